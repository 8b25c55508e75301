/*
 * Copyright 2026 The Carillon Authors
 *
 * Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file except in
 * compliance with the License. You may obtain a copy of the License at
 *
 *     https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software distributed under the License is
 * distributed on an "AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and limitations under the License.
 */
package io.carillon.console.screen.timeline;

import io.carillon.console.ConsoleCluster;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.Answer;
import io.carillon.console.ask.Ask.Question;
import io.carillon.console.ask.Questions;
import io.carillon.console.command.RefusedException;
import io.carillon.console.web.Page;
import io.carillon.console.web.Pages;
import io.carillon.console.web.Scope;
import io.carillon.jobs.operations.Explanation;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;

/** Why was it late, is a shard too large, why did it not run? One job's firings in a slot of time. Thread-safe. */
@Controller
public final class TimelineScreen {
    private final Scope scope;
    private final Questions questions;
    private final Pages pages;
    private final InstantSource time;

    public TimelineScreen(Scope scope, Questions questions, Pages pages, InstantSource time) {
        this.scope = scope;
        this.questions = questions;
        this.pages = pages;
        this.time = time;
    }

    @GetMapping("/clusters/{cluster}/jobs/{job}/timeline")
    void show(
            @PathVariable("cluster") String name,
            @PathVariable("job") String jobName,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        ConsoleCluster cluster = scope.cluster(request, name);
        Question<Optional<JobStatus>> job = questions.job(cluster, jobName);
        String range = Scope.text(request, "range");
        if (!TimelineView.RANGES.contains(range)) {
            range = "1h";
        }
        Instant chosen = instant(Scope.text(request, "to"));
        // the same second for all who follow, so that they share one answer
        Instant now = time.instant().truncatedTo(ChronoUnit.SECONDS);
        Duration length = length(range);
        // what comes next belongs to the picture, too
        Instant to = chosen != null ? chosen : now.plus(length.dividedBy(8));
        Instant from = to.minus(length);
        if (questions
                .visibleJob(Visitor.of(request), cluster, job)
                .map(Optional::isEmpty)
                .or(false)) {
            throw new RefusedException(404, "problem.unknownJob", jobName);
        }
        Question<Explanation> told =
                questions.of(cluster, "why " + jobName + " " + from + " " + to, () -> cluster.queries()
                        .why(jobName, from, to));
        boolean all = Scope.text(request, "rows").equals("all");
        Answer<Explanation> answer = told.answer();
        TimelineView view =
                new TimelineView(jobName, range, from, to, chosen == null, all, answer, TimelineView.barsOf(answer));
        String self = "/clusters/" + Page.segment(name) + "/jobs/" + Page.segment(jobName) + "/timeline?range=" + range
                + (chosen == null ? "" : "&to=" + chosen)
                + (all ? "&rows=all" : "");
        pages.show(request, response, 200, "timeline", pages.page(request, name, self), view);
    }

    private static @Nullable Instant instant(String text) {
        try {
            return text.isEmpty() ? null : Instant.parse(text);
        } catch (DateTimeParseException unreadable) {
            return null;
        }
    }

    private static Duration length(String range) {
        long number = Long.parseLong(range.substring(0, range.length() - 1));
        return switch (range.charAt(range.length() - 1)) {
            case 'm' -> Duration.ofMinutes(number);
            case 'h' -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
    }
}
