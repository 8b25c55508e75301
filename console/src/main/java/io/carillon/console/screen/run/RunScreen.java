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
package io.carillon.console.screen.run;

import io.carillon.console.ConsoleCluster;
import io.carillon.console.OutLinks;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.Answer;
import io.carillon.console.ask.Ask.Question;
import io.carillon.console.ask.Failure;
import io.carillon.console.ask.Questions;
import io.carillon.console.command.RefusedException;
import io.carillon.console.web.Page;
import io.carillon.console.web.Pages;
import io.carillon.console.web.Scope;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;

/** Is it the code, the data or the machine? One run and its failure. Thread-safe. */
@Controller
public final class RunScreen {
    private static final int OF_THE_JOB = 1_000;
    private static final int OF_ALL = 1_000;

    private final Scope scope;
    private final Questions questions;
    private final Pages pages;
    private final OutLinks links;

    public RunScreen(Scope scope, Questions questions, Pages pages, OutLinks links) {
        this.scope = scope;
        this.questions = questions;
        this.pages = pages;
        this.links = links;
    }

    @GetMapping("/clusters/{cluster}/jobs/{job}/runs/{run}")
    void show(
            @PathVariable("cluster") String name,
            @PathVariable("job") String jobName,
            @PathVariable("run") String id,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        ConsoleCluster cluster = scope.cluster(request, name);
        Visitor visitor = Visitor.of(request);
        Question<Optional<JobStatus>> asked = questions.job(cluster, jobName);
        Question<List<RunRecord>> ofJob = questions.runs(cluster, jobName, OF_THE_JOB);
        Question<List<RunRecord>> ofAll = questions.runs(cluster, "", OF_ALL);
        Optional<JobStatus> job = questions.visibleJob(visitor, cluster, asked).or(Optional.empty());
        if (job.isEmpty() && !visitor.seesAll(name)) {
            throw new RefusedException(404, "problem.unknownJob", jobName);
        }
        Answer<List<RunRecord>> runs = ofJob.answer();
        if (!runs.isKnown()) {
            throw new RefusedException(503, "problem.history", jobName);
        }
        List<RunRecord> latest = runs.or(List.of());
        RunRecord run = latest.stream()
                .filter(found -> found.id().toString().equals(id))
                .findFirst()
                .orElseThrow(() -> new RefusedException(404, "problem.unknownRun", OF_THE_JOB));
        List<RunRecord> attempts = latest.stream()
                .filter(other -> other.shardingItem() == run.shardingItem()
                        && other.scheduledTime().equals(run.scheduledTime())
                        && other.fence() == run.fence())
                .sorted(Comparator.comparing(RunRecord::attempt))
                .toList();
        Failure failure = Failure.of(run.cause());
        List<RunRecord> all = ofAll.answer().or(List.of());
        List<RunRecord> same = failure == null
                ? List.of()
                : all.stream().filter(other -> isSame(failure, other)).toList();
        RunView view = new RunView(
                run,
                job.map(questions::group).orElse("*"),
                attempts,
                failure,
                same.size(),
                (int) same.stream().map(RunRecord::jobName).distinct().count(),
                same.stream()
                        .map(RunRecord::started)
                        .min(Comparator.naturalOrder())
                        .orElse(null),
                all.size(),
                links.trace(name, run),
                links.log(name, run));
        String self = "/clusters/" + Page.segment(name) + "/jobs/" + Page.segment(jobName) + "/runs/" + id;
        pages.show(request, response, 200, "run", pages.page(request, name, self), view);
    }

    private static boolean isSame(Failure failure, RunRecord other) {
        Failure of = Failure.of(other.cause());
        return of != null && of.fingerprint().equals(failure.fingerprint());
    }
}
