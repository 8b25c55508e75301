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
package io.carillon.console.screen.trigger;

import io.carillon.console.ConsoleCluster;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.Answer;
import io.carillon.console.ask.Questions;
import io.carillon.console.command.Command;
import io.carillon.console.command.Command.Done;
import io.carillon.console.command.Commands;
import io.carillon.console.command.JobCommand;
import io.carillon.console.command.RefusedException;
import io.carillon.console.command.RunPlan;
import io.carillon.console.screen.trigger.TriggerView.Preview;
import io.carillon.console.screen.trigger.TriggerView.Values;
import io.carillon.console.web.Page;
import io.carillon.console.web.Pages;
import io.carillon.console.web.Scope;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import io.carillon.jobs.operations.JobRequests.BackfillRequest;
import io.carillon.jobs.scheduling.CronSchedule;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;

/** Repeat yesterday, test a fix, catch up: a job beside its schedule, once or for a range. Thread-safe. */
@Controller
public final class TriggerScreen {
    private static final int COUNTED = 10_000;
    private static final int SHOWN = 20;
    private static final int MOST_ITEMS = 1_000;

    private final Scope scope;
    private final Questions questions;
    private final Commands commands;
    private final Pages pages;

    public TriggerScreen(Scope scope, Questions questions, Commands commands, Pages pages) {
        this.scope = scope;
        this.questions = questions;
        this.commands = commands;
        this.pages = pages;
    }

    @GetMapping("/clusters/{cluster}/jobs/{job}/trigger")
    void form(
            @PathVariable("cluster") String name,
            @PathVariable("job") String jobName,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        ConsoleCluster cluster = scope.cluster(request, name);
        JobStatus job = visible(request, cluster, jobName);
        show(request, response, 200, name, TriggerView.of(job, values(request)));
    }

    /** Runs it; with {@code step=preview} tells what would run, when and where, and does nothing. */
    @PostMapping("/clusters/{cluster}/jobs/{job}/trigger")
    void submit(
            @PathVariable("cluster") String name,
            @PathVariable("job") String jobName,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        ConsoleCluster cluster = scope.cluster(request, name);
        JobStatus job = visible(request, cluster, jobName);
        Values values = values(request);
        TriggerView view = TriggerView.of(job, values);
        Page page = pages.page(request, name, self(name, jobName));
        try {
            if (Scope.text(request, "step").equals("preview")) {
                RunPlan plan = RunPlan.of(job, items(values.items()), values.instances(), values.evenIfDisabled());
                Preview times = values.range() ? preview(cluster, backfill(page, jobName, values)) : null;
                show(request, response, 200, name, view.planned(plan, times));
                return;
            }
            Command command = values.range()
                    ? new JobCommand.Backfill(
                            name, jobName, backfill(page, jobName, values), values.instances(), values.evenIfDisabled())
                    : new JobCommand.Trigger(
                            name,
                            jobName,
                            values.parameter().isEmpty() ? null : values.parameter(),
                            page.instant(values.time()),
                            items(values.items()),
                            values.instances(),
                            values.evenIfDisabled());
            Done done = commands.run(Visitor.of(request), command, values.reason());
            response.setHeader("HX-Trigger", "carillon-done");
            String said = page.t(done.key(), done.values().toArray());
            show(request, response, 200, name, view.done(said, done.request()));
        } catch (RefusedException refused) {
            String problem = page.t(refused.key() + ".text", refused.values());
            show(request, response, refused.status(), name, view.wrong(problem));
        } catch (IllegalArgumentException invalid) {
            String problem = page.t("problem.invalid.text", String.valueOf(invalid.getMessage()));
            show(request, response, 422, name, view.wrong(problem));
        }
    }

    private static String self(String cluster, String jobName) {
        return "/clusters/" + Page.segment(cluster) + "/jobs/" + Page.segment(jobName) + "/trigger";
    }

    private void show(
            HttpServletRequest request, HttpServletResponse response, int status, String cluster, TriggerView view)
            throws IOException {
        pages.show(
                request,
                response,
                status,
                "trigger",
                pages.page(request, cluster, self(cluster, view.job().jobName())),
                view);
    }

    private JobStatus visible(HttpServletRequest request, ConsoleCluster cluster, String jobName) {
        Answer<Optional<JobStatus>> answer =
                questions.visibleJob(Visitor.of(request), cluster, questions.job(cluster, jobName));
        if (!answer.isKnown()) {
            throw new RefusedException(503, "problem.registry", cluster.name());
        }
        return answer.or(Optional.empty()).orElseThrow(() -> new RefusedException(404, "problem.unknownJob", jobName));
    }

    private static Values values(HttpServletRequest request) {
        String atOnce = Scope.text(request, "atOnce");
        return new Values(
                Scope.text(request, "kind").equals("range"),
                Scope.text(request, "parameter"),
                Scope.text(request, "time"),
                Scope.text(request, "items"),
                Scope.values(request, "instance"),
                Scope.text(request, "evenIfDisabled").equals("true"),
                Scope.text(request, "from"),
                Scope.text(request, "to"),
                Scope.text(request, "every"),
                atOnce.isEmpty() ? "1" : atOnce,
                Scope.text(request, "pause"),
                Scope.text(request, "reason"));
    }

    private static BackfillRequest backfill(Page page, String jobName, Values values) {
        Instant from = page.instant(values.from());
        Instant to = page.instant(values.to());
        if (from == null || to == null) {
            throw new RefusedException(422, "problem.range");
        }
        BackfillRequest range = BackfillRequest.of(jobName, from, to)
                .onItems(items(values.items()))
                .throttled(number(values.atOnce(), "1"), Duration.ofSeconds(number(values.pause(), "0")));
        if (!values.step().isEmpty()) {
            range = range.every(Duration.ofMinutes(Math.max(1, number(values.step(), "1"))));
        }
        return values.parameter().isEmpty() ? range : range.withParameter(values.parameter());
    }

    private static int number(String text, String absent) {
        String number = text.isEmpty() ? absent : text;
        if (!number.matches("[0-9]{1,7}")) {
            throw new RefusedException(422, "problem.number", text);
        }
        return Integer.parseInt(number);
    }

    /** Items as in {@code 0, 3-5}; empty for all. */
    static List<Integer> items(String text) {
        TreeSet<Integer> items = new TreeSet<>();
        for (String part : text.split("[,\\s]+")) {
            if (part.isEmpty()) {
                continue;
            }
            if (!part.matches("[0-9]{1,5}(-[0-9]{1,5})?")) {
                throw new RefusedException(422, "problem.item", part);
            }
            int dash = part.indexOf('-');
            int first = Integer.parseInt(dash < 0 ? part : part.substring(0, dash));
            int last = dash < 0 ? first : Integer.parseInt(part.substring(dash + 1));
            if (last - first >= MOST_ITEMS) {
                throw new RefusedException(422, "problem.item", part);
            }
            for (int item = first; item <= last; item++) {
                items.add(item);
            }
        }
        return List.copyOf(items);
    }

    /** The business times of a range, as the engine would plan them. */
    private static Preview preview(ConsoleCluster cluster, BackfillRequest range) {
        List<Instant> times = new ArrayList<>();
        Duration step = range.step();
        int count = 0;
        if (step != null) {
            for (Instant at = range.from(); at.isBefore(range.to()) && count < COUNTED; at = at.plus(step)) {
                count++;
                if (times.size() < SHOWN) {
                    times.add(at);
                }
            }
            return new Preview(List.copyOf(times), count, count == COUNTED);
        }
        CronSchedule schedule = cluster.commands()
                .configuration(range.jobName())
                .map(JobConfiguration::schedule)
                .orElse(null);
        if (schedule == null) {
            throw new RefusedException(422, "problem.noSchedule");
        }
        Instant at = schedule.next(range.from().minusMillis(1));
        while (at != null && at.isBefore(range.to()) && count < COUNTED) {
            count++;
            if (times.size() < SHOWN) {
                times.add(at);
            }
            at = schedule.next(at);
        }
        return new Preview(List.copyOf(times), count, count == COUNTED);
    }
}
