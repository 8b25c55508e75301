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
package io.carillon.console.screen.edit;

import io.carillon.console.ConsoleCluster;
import io.carillon.console.access.Role;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.Answer;
import io.carillon.console.ask.Ask.Question;
import io.carillon.console.ask.Questions;
import io.carillon.console.command.Command.Done;
import io.carillon.console.command.Commands;
import io.carillon.console.command.JobCommand;
import io.carillon.console.command.RefusedException;
import io.carillon.console.command.Settings;
import io.carillon.console.web.Page;
import io.carillon.console.web.Pages;
import io.carillon.console.web.Scope;
import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.operations.JobCommands.Stored;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;

/** Is this change right, and when will it bite? Edit, look at what differs and at the next runs, then save. Thread-safe. */
@Controller
public final class EditScreen {
    private static final String DST_FIELD = "dst";

    private final Scope scope;
    private final Questions questions;
    private final Commands commands;
    private final Pages pages;
    private final InstantSource time;

    public EditScreen(Scope scope, Questions questions, Commands commands, Pages pages, InstantSource time) {
        this.scope = scope;
        this.questions = questions;
        this.commands = commands;
        this.pages = pages;
        this.time = time;
    }

    @GetMapping("/clusters/{cluster}/jobs/{job}/edit")
    void form(
            @PathVariable("cluster") String name,
            @PathVariable("job") String jobName,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        ConsoleCluster cluster = scope.cluster(request, name);
        JobStatus job = visible(request, cluster, jobName);
        Stored stored = stored(cluster, jobName);
        Map<String, String> values = Settings.values(stored.configuration());
        show(request, response, 200, name, jobName, values, stored, stored.version(), "", null, "", job);
    }

    /** Checks and shows what would change; with {@code step=save} does it. */
    @PostMapping("/clusters/{cluster}/jobs/{job}/edit")
    void submit(
            @PathVariable("cluster") String name,
            @PathVariable("job") String jobName,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        ConsoleCluster cluster = scope.cluster(request, name);
        JobStatus job = visible(request, cluster, jobName);
        Stored stored = stored(cluster, jobName);
        Map<String, String> values = typed(request, stored.configuration());
        Integer version = Scope.number(request, "version");
        int from = version == null ? stored.version() : version;
        JobConfiguration wanted;
        try {
            wanted = Settings.with(stored.configuration(), values);
        } catch (InvalidSettingException invalid) {
            show(request, response, 422, name, jobName, values, stored, from, invalid.problem(), null, "", job);
            return;
        } catch (IllegalArgumentException invalid) {
            show(
                    request,
                    response,
                    422,
                    name,
                    jobName,
                    values,
                    stored,
                    from,
                    String.valueOf(invalid.getMessage()),
                    null,
                    "",
                    job);
            return;
        }
        List<Settings.Change> changes = Settings.changes(stored.configuration(), wanted);
        boolean save = Scope.text(request, "step").equals("save") && from == stored.version() && !changes.isEmpty();
        if (!save) {
            show(
                    request,
                    response,
                    from == stored.version() ? 200 : 409,
                    name,
                    jobName,
                    values,
                    stored,
                    from,
                    "",
                    changes,
                    "",
                    job);
            return;
        }
        Page page = pages.page(request, name, self(name, jobName));
        try {
            Done done = commands.run(
                    Visitor.of(request),
                    new JobCommand.Edit(name, wanted, from, "edit"),
                    Scope.text(request, "reason"));
            Stored now = stored(cluster, jobName);
            show(
                    request,
                    response,
                    200,
                    name,
                    jobName,
                    Settings.values(now.configuration()),
                    now,
                    now.version(),
                    "",
                    null,
                    page.t(done.key(), done.values().toArray()),
                    job);
        } catch (RefusedException refused) {
            show(
                    request,
                    response,
                    refused.status(),
                    name,
                    jobName,
                    values,
                    stored(cluster, jobName),
                    from,
                    page.t(refused.key() + ".text", refused.values()),
                    changes,
                    "",
                    job);
        }
    }

    /** The next runs by what stands in the form: a part of the page, asked for with each change. */
    @GetMapping("/clusters/{cluster}/schedule")
    void schedule(@PathVariable("cluster") String name, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        scope.cluster(request, name);
        ScheduleView view = ScheduleView.of(
                Scope.text(request, "cron"), Scope.text(request, "timeZone"), dst(request), time.instant());
        pages.show(
                request,
                response,
                200,
                "schedule",
                pages.page(request, name, "/clusters/" + Page.segment(name) + "/schedule"),
                view);
    }

    private static String dst(HttpServletRequest request) {
        String dst = Scope.text(request, DST_FIELD);
        if (!dst.isEmpty()) {
            return dst;
        }
        return Scope.text(request, "props")
                .lines()
                .filter(line -> line.strip().startsWith(JobConfiguration.DST + "="))
                .map(line -> line.substring(line.indexOf('=') + 1).strip())
                .findFirst()
                .orElse("");
    }

    private static String self(String cluster, String jobName) {
        return "/clusters/" + Page.segment(cluster) + "/jobs/" + Page.segment(jobName) + "/edit";
    }

    private JobStatus visible(HttpServletRequest request, ConsoleCluster cluster, String jobName) {
        Question<Optional<JobStatus>> asked = questions.job(cluster, jobName);
        Answer<Optional<JobStatus>> answer = questions.visibleJob(Visitor.of(request), cluster, asked);
        if (!answer.isKnown()) {
            throw new RefusedException(503, "problem.registry", cluster.name());
        }
        JobStatus job =
                answer.or(Optional.empty()).orElseThrow(() -> new RefusedException(404, "problem.unknownJob", jobName));
        // the form holds what a viewer does not see elsewhere, such as properties
        if (!Visitor.of(request).may(Role.EDITOR, cluster.name(), questions.group(job))) {
            throw new RefusedException(403, "problem.role", Role.EDITOR.key(), jobName);
        }
        return job;
    }

    private Stored stored(ConsoleCluster cluster, String jobName) {
        Answer<Optional<Stored>> answer = questions
                .of(cluster, "stored " + jobName, () -> cluster.commands().stored(jobName))
                .answer();
        if (answer instanceof Answer.Missing<Optional<Stored>> missing) {
            throw new RefusedException(503, "problem.failed", missing.reason());
        }
        return answer.or(Optional.empty()).orElseThrow(() -> new RefusedException(404, "problem.unknownJob", jobName));
    }

    private static Map<String, String> typed(HttpServletRequest request, JobConfiguration stored) {
        Map<String, String> values = new LinkedHashMap<>();
        for (Settings.Field field : Settings.ALL) {
            String value = request.getParameter(field.name());
            values.put(
                    field.name(),
                    value != null
                            ? value.replace("\r\n", "\n")
                            // a switch that is off is not sent at all
                            : field.kind() == Settings.Kind.SWITCH
                                    ? "false"
                                    : field.read().apply(stored));
        }
        return values;
    }

    private void show(
            HttpServletRequest request,
            HttpServletResponse response,
            int status,
            String cluster,
            String jobName,
            Map<String, String> values,
            Stored stored,
            int version,
            String problem,
            @Nullable List<Settings.Change> changes,
            String done,
            JobStatus job)
            throws IOException {
        EditView view = new EditView(
                jobName,
                values,
                Settings.values(stored.configuration()),
                version,
                problem,
                version != stored.version(),
                changes,
                done,
                ScheduleView.of(
                        String.valueOf(values.get("cron")),
                        String.valueOf(values.get("timeZone")),
                        String.valueOf(values.get("props"))
                                .lines()
                                .filter(line -> line.startsWith(JobConfiguration.DST + "="))
                                .map(line ->
                                        line.substring(line.indexOf('=') + 1).strip())
                                .findFirst()
                                .orElse(""),
                        time.instant()),
                job,
                scope.sources()
                        .cluster(cluster)
                        .map(found -> questions
                                .of(found, "versions " + jobName, () -> found.queries()
                                        .versions(jobName))
                                .answer())
                        .orElseThrow());
        pages.show(request, response, status, "edit", pages.page(request, cluster, self(cluster, jobName)), view);
    }
}
