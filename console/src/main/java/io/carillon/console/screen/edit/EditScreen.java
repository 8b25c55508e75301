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
import io.carillon.console.command.ThreeForms;
import io.carillon.console.web.Page;
import io.carillon.console.web.Pages;
import io.carillon.console.web.Scope;
import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.operations.ChangePreview;
import io.carillon.jobs.operations.ConfigurationVersion;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
        Opened job = open(request, name, jobName);
        show(request, response, 200, job, Draft.of(job));
    }

    /**
     * Checks and shows what would change; with {@code step=save} does it; with {@code take} puts what the code declares into the form,
     * for that setting or, with {@code *}, for all.
     */
    @PostMapping("/clusters/{cluster}/jobs/{job}/edit")
    void submit(
            @PathVariable("cluster") String name,
            @PathVariable("job") String jobName,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        Opened job = open(request, name, jobName);
        Integer version = Scope.number(request, "version");
        Draft draft = new Draft(
                typed(request, job.base()), version == null ? job.forms().version() : version, "", null, "", false);
        String take = Scope.text(request, "take");
        if (!take.isEmpty()) {
            show(request, response, 200, job, taken(draft, job, take, pages.page(request, name, self(name, jobName))));
            return;
        }
        JobConfiguration wanted;
        try {
            wanted = Settings.with(job.base(), draft.values());
        } catch (InvalidSettingException invalid) {
            show(request, response, 422, job, draft.with(invalid.problem()));
            return;
        } catch (IllegalArgumentException invalid) {
            show(request, response, 422, job, draft.with(String.valueOf(invalid.getMessage())));
            return;
        }
        List<Settings.Change> changes = Settings.changes(job.base(), wanted);
        boolean current = draft.version() == job.forms().version();
        // what cannot be used is replaced even by what is in effect already
        boolean changing = !changes.isEmpty() || !job.forms().unusable().isEmpty();
        if (!Scope.text(request, "step").equals("save") || !current || !changing) {
            show(request, response, current ? 200 : 409, job, draft.with(changes));
            return;
        }
        Page page = pages.page(request, name, self(name, jobName));
        try {
            Done done = commands.run(
                    Visitor.of(request),
                    new JobCommand.Edit(name, wanted, draft.version(), "edit"),
                    Scope.text(request, "reason"));
            Opened now = open(request, name, jobName);
            show(
                    request,
                    response,
                    200,
                    now,
                    Draft.of(now).done(page.t(done.key(), done.values().toArray())));
        } catch (RefusedException refused) {
            show(
                    request,
                    response,
                    refused.status(),
                    open(request, name, jobName),
                    draft.with(changes).with(page.t(refused.key() + ".text", refused.values())));
        }
    }

    /** The next runs by what stands in the form: a part of the page, asked for with each change. */
    @GetMapping("/clusters/{cluster}/schedule")
    void schedule(@PathVariable("cluster") String name, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        ConsoleCluster cluster = scope.cluster(request, name);
        ScheduleView view = ScheduleView.of(
                Scope.text(request, "cron"), Scope.text(request, "timeZone"), dst(request), time.instant());
        String jobName = Scope.text(request, "job");
        if (!jobName.isEmpty()) {
            Opened job = open(request, name, jobName);
            Map<String, String> values = new LinkedHashMap<>();
            for (String field : List.of("cron", "timeZone", "props")) {
                String value = request.getParameter(field);
                if (value != null) {
                    values.put(field, value);
                }
            }
            view = view.usually(effects(cluster, job, values));
        }
        pages.show(
                request,
                response,
                200,
                "schedule",
                pages.page(request, name, "/clusters/" + Page.segment(name) + "/schedule"),
                view);
    }

    /**
     * A job that is edited.
     *
     * @param base what a change begins with
     */
    private record Opened(
            ConsoleCluster cluster, String jobName, JobStatus status, ThreeForms forms, JobConfiguration base) {}

    /**
     * What stands in the form.
     *
     * @param version from which the values were made
     * @param problem what is wrong with the values, or empty
     * @param changes what would change; null before that was asked
     * @param done what came of it, or empty
     * @param taken whether what the code declares has just been put into it
     */
    private record Draft(
            Map<String, String> values,
            int version,
            String problem,
            @Nullable List<Settings.Change> changes,
            String done,
            boolean taken) {
        static Draft of(Opened job) {
            return new Draft(Settings.values(job.base()), job.forms().version(), "", null, "", false);
        }

        Draft with(String wrong) {
            return new Draft(values, version, wrong, changes, done, false);
        }

        Draft with(List<Settings.Change> differing) {
            return new Draft(values, version, problem, differing, done, false);
        }

        Draft done(String said) {
            return new Draft(values, version, problem, changes, said, false);
        }
    }

    private static Draft taken(Draft draft, Opened job, String take, Page page) {
        JobConfiguration declared = job.forms().declared();
        if (declared == null) {
            return draft.with(page.t("forms.notSaid"));
        }
        Map<String, String> values = new LinkedHashMap<>(draft.values());
        Settings.values(declared).forEach((name, value) -> {
            if (take.equals(name) || take.equals("*")) {
                values.put(name, value);
            }
        });
        return new Draft(values, draft.version(), "", null, "", true);
    }

    private static String dst(HttpServletRequest request) {
        String dst = Scope.text(request, DST_FIELD);
        if (!dst.isEmpty()) {
            return dst;
        }
        return dst(Scope.text(request, "props"));
    }

    private static String dst(String props) {
        return props.lines()
                .filter(line -> line.strip().startsWith(JobConfiguration.DST + "="))
                .map(line -> line.substring(line.indexOf('=') + 1).strip())
                .findFirst()
                .orElse("");
    }

    private static String self(String cluster, String jobName) {
        return "/clusters/" + Page.segment(cluster) + "/jobs/" + Page.segment(jobName) + "/edit";
    }

    private Opened open(HttpServletRequest request, String name, String jobName) {
        ConsoleCluster cluster = scope.cluster(request, name);
        JobStatus job = visible(request, cluster, jobName);
        ThreeForms forms = forms(cluster, jobName);
        return new Opened(cluster, jobName, job, forms, forms.base(jobName));
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

    private ThreeForms forms(ConsoleCluster cluster, String jobName) {
        Answer<Optional<ThreeForms>> answer = questions
                .of(cluster, "forms " + jobName, () -> ThreeForms.of(cluster, jobName))
                .answer();
        if (answer instanceof Answer.Missing<Optional<ThreeForms>> missing) {
            throw new RefusedException(503, "problem.failed", missing.inWords());
        }
        return answer.or(Optional.empty()).orElseThrow(() -> new RefusedException(404, "problem.unknownJob", jobName));
    }

    /** What storing the values would bring; null when they are wrong, or it is not known in time. */
    private @Nullable ChangePreview effects(ConsoleCluster cluster, Opened job, Map<String, String> values) {
        JobConfiguration wanted;
        try {
            wanted = Settings.with(job.base(), values);
        } catch (IllegalArgumentException invalid) {
            return null;
        }
        return questions
                                .of(cluster, "change of " + job.jobName() + " " + values, () -> cluster.queries()
                                        .preview(wanted, ScheduleView.RUNS))
                                .answer()
                        instanceof Answer.Known<ChangePreview> known
                ? known.value()
                : null;
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

    private void show(HttpServletRequest request, HttpServletResponse response, int status, Opened job, Draft draft)
            throws IOException {
        String cluster = job.cluster().name();
        Question<List<ConfigurationVersion>> versions =
                questions.of(job.cluster(), "versions " + job.jobName(), () -> job.cluster()
                        .queries()
                        .versions(job.jobName()));
        ChangePreview effects = effects(job.cluster(), job, draft.values());
        EditView view = new EditView(
                job.jobName(),
                draft.values(),
                Settings.values(job.base()),
                job.forms(),
                draft.version(),
                draft.problem(),
                draft.changes(),
                effects == null ? Set.of() : effects.effects(),
                draft.done(),
                draft.taken(),
                ScheduleView.of(
                                String.valueOf(draft.values().get("cron")),
                                String.valueOf(draft.values().get("timeZone")),
                                dst(String.valueOf(draft.values().get("props"))),
                                time.instant())
                        .usually(effects),
                job.status(),
                versions.answer());
        pages.show(request, response, status, "edit", pages.page(request, cluster, self(cluster, job.jobName())), view);
    }
}
