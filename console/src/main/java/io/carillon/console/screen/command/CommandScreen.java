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
package io.carillon.console.screen.command;

import io.carillon.console.ConsoleCluster;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.Answer;
import io.carillon.console.ask.JobFilter;
import io.carillon.console.ask.Questions;
import io.carillon.console.command.Command;
import io.carillon.console.command.Command.Done;
import io.carillon.console.command.Commands;
import io.carillon.console.command.InstanceCommand;
import io.carillon.console.command.JobCommand;
import io.carillon.console.command.JobCommand.ChangeRequest;
import io.carillon.console.command.RefusedException;
import io.carillon.console.screen.command.CommandView.Field;
import io.carillon.console.screen.command.CommandView.Row;
import io.carillon.console.web.Page;
import io.carillon.console.web.Pages;
import io.carillon.console.web.Scope;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;

/**
 * One dialog for all commands that need no more than a reason, for one target or for many. Thread-safe. The more is touched, the
 * more must be confirmed: from {@value Commands#TYPED_FROM} targets on their number is typed; at most {@value Commands#MOST_TARGETS} at once.
 */
@Controller
public final class CommandScreen {
    private static final int SOON_MINUTES = 60;

    private final Scope scope;
    private final Questions questions;
    private final Commands commands;
    private final Pages pages;
    private final InstantSource time;

    public CommandScreen(Scope scope, Questions questions, Commands commands, Pages pages, InstantSource time) {
        this.time = time;
        this.scope = scope;
        this.questions = questions;
        this.commands = commands;
        this.pages = pages;
    }

    @GetMapping("/clusters/{cluster}/commands/{command}")
    void ask(
            @PathVariable("cluster") String cluster,
            @PathVariable("command") String name,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        List<Command> asked = commands(cluster, name, request);
        show(request, response, 200, cluster, name, asked, "", List.of());
    }

    @PostMapping("/clusters/{cluster}/commands/{command}")
    void run(
            @PathVariable("cluster") String cluster,
            @PathVariable("command") String name,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        List<Command> asked = commands(cluster, name, request);
        Page page = pages.page(request, cluster, self(cluster, name));
        if (asked.size() >= Commands.TYPED_FROM && !String.valueOf(asked.size()).equals(Scope.text(request, "count"))) {
            show(request, response, 400, cluster, name, asked, page.t("confirm.wrongCount", asked.size()), List.of());
            return;
        }
        if (request.getParameter("matching") != null
                && !String.valueOf(asked.size()).equals(Scope.text(request, "expected"))) {
            show(request, response, 409, cluster, name, asked, page.t("confirm.otherCount", asked.size()), List.of());
            return;
        }
        List<Row> rows = new ArrayList<>();
        boolean down = false;
        for (Command command : asked) {
            if (down) {
                rows.add(new Row(command.target(), false, page.t("confirm.notTried")));
                continue;
            }
            try {
                Done done = commands.run(Visitor.of(request), command, Scope.text(request, "reason"));
                rows.add(new Row(
                        command.target(), true, page.t(done.key(), done.values().toArray())));
            } catch (RefusedException refused) {
                String text = page.t(refused.key() + ".text", refused.values());
                if (asked.size() == 1) {
                    show(request, response, refused.status(), cluster, name, asked, text, List.of());
                    return;
                }
                rows.add(new Row(command.target(), false, text));
                // what does not answer for one does not for the next; a thousand would wait a thousand times
                down = refused.status() == 503;
            }
        }
        response.setHeader("HX-Trigger", "carillon-done");
        show(request, response, 200, cluster, name, asked, "", rows);
    }

    private static String self(String cluster, String name) {
        return "/clusters/" + Page.segment(cluster) + "/commands/" + Page.segment(name);
    }

    private void show(
            HttpServletRequest request,
            HttpServletResponse response,
            int status,
            String cluster,
            String name,
            List<Command> asked,
            String problem,
            List<Row> rows)
            throws IOException {
        List<Field> hidden = new ArrayList<>();
        List<String> choices = rows.isEmpty() ? choices(request, scope.cluster(request, cluster), asked) : List.of();
        for (String field : new String[] {"matching", "job", "item", "instance", "server", "id", "to", "version"}) {
            if (field.equals("to") && !choices.isEmpty()) {
                // it is chosen in the form
                continue;
            }
            for (String value : Scope.values(request, field)) {
                hidden.add(new Field(field, value));
            }
        }
        if (request.getParameter("matching") != null) {
            hidden.add(new Field("expected", String.valueOf(asked.size())));
        }
        String jobName = asked.size() == 1 ? asked.get(0).jobName() : null;
        String back = "/clusters/" + Page.segment(cluster)
                + (jobName != null
                        ? "/jobs/" + Page.segment(jobName)
                        : asked.get(0).jobName() != null ? "/jobs" : "/instances");
        CommandView view = new CommandView(
                name,
                asked.stream().map(Command::target).toList(),
                hidden,
                asked.get(0).needsReason(),
                Scope.text(request, "reason"),
                choices,
                Scope.text(request, "to"),
                asked.size() >= Commands.TYPED_FROM,
                problem,
                rows,
                back);
        pages.show(request, response, status, "command", pages.page(request, cluster, self(cluster, name)), view);
    }

    /** Which instances a shard can be moved to, of a job that the visitor may see; empty for other commands. */
    private List<String> choices(HttpServletRequest request, ConsoleCluster cluster, List<Command> asked) {
        if (!(asked.get(0) instanceof JobCommand.MoveItem move)) {
            return List.of();
        }
        Answer<Optional<JobStatus>> found =
                questions.visibleJob(Visitor.of(request), cluster, questions.job(cluster, move.jobName()));
        if (!found.isKnown()) {
            // that nobody is there to move it to is said only when that is known
            throw new RefusedException(503, "problem.registry", cluster.name());
        }
        JobStatus job = found.or(Optional.empty())
                .orElseThrow(() -> new RefusedException(404, "problem.unknownJob", move.jobName()));
        return job.instances().stream()
                .filter(instance -> job.items().stream()
                        .noneMatch(item -> item.item() == move.item() && instance.equals(item.owner())))
                .toList();
    }

    /** What is asked for, one for each target. */
    private List<Command> commands(String cluster, String name, HttpServletRequest request) {
        ConsoleCluster found = scope.cluster(request, cluster);
        List<Command> asked = new ArrayList<>();
        for (String job : jobs(found, request)) {
            asked.add(onJob(found.name(), name, job, request));
        }
        for (String instance : Scope.values(request, "instance")) {
            asked.add(
                    switch (name) {
                        case "drain" -> new InstanceCommand.Drain(cluster, instance);
                        case "undrain" -> new InstanceCommand.Undrain(cluster, instance);
                        default -> throw unknown(name);
                    });
        }
        for (String server : Scope.values(request, "server")) {
            asked.add(
                    switch (name) {
                        case "disable-server" -> new InstanceCommand.SwitchServer(cluster, server, false);
                        case "enable-server" -> new InstanceCommand.SwitchServer(cluster, server, true);
                        default -> throw unknown(name);
                    });
        }
        if (asked.isEmpty() || asked.size() > Commands.MOST_TARGETS) {
            throw new RefusedException(400, "problem.targets", asked.size(), Commands.MOST_TARGETS);
        }
        return asked;
    }

    /** The jobs that are named, or all that match the words of a list. */
    private List<String> jobs(ConsoleCluster cluster, HttpServletRequest request) {
        String matching = request.getParameter("matching");
        if (matching == null) {
            return Scope.values(request, "job");
        }
        Visitor visitor = Visitor.of(request);
        Answer<List<JobStatus>> known = questions.visible(visitor, cluster, questions.jobs(cluster));
        if (!known.isKnown()) {
            throw new RefusedException(503, "problem.registry", cluster.name());
        }
        return JobFilter.of(matching, null, null, null).all(known.or(List.of()), visitor.name()).stream()
                .map(JobStatus::jobName)
                .toList();
    }

    private Command onJob(String cluster, String name, String job, HttpServletRequest request) {
        return switch (name) {
            case "trigger" -> new JobCommand.Trigger(cluster, job, null, null, List.of());
            case "disable" -> new JobCommand.Disable(cluster, job);
            case "skip-next" -> new JobCommand.SkipNext(cluster, job);
            case "pause" -> new JobCommand.PauseUntil(cluster, job, until(request));
            case "roll-back" ->
                new JobCommand.RollBack(cluster, job, number(request, "to"), number(request, "version"));
            case "enable" -> new JobCommand.Enable(cluster, job);
            case "interrupt" ->
                new JobCommand.Interrupt(
                        cluster, job, Scope.text(request, "item").isEmpty() ? null : item(request));
            case "rerun-failed" -> new JobCommand.RerunFailed(cluster, job);
            case "disable-item" -> new JobCommand.SwitchItem(cluster, job, item(request), false);
            case "enable-item" -> new JobCommand.SwitchItem(cluster, job, item(request), true);
            case "move-item" -> new JobCommand.MoveItem(cluster, job, item(request), Scope.text(request, "to"));
            case "remove" -> new JobCommand.Remove(cluster, job);
            case "request-pause" ->
                new ChangeRequest(cluster, job, Scope.text(request, "id"), ChangeRequest.Change.PAUSE);
            case "request-resume" ->
                new ChangeRequest(cluster, job, Scope.text(request, "id"), ChangeRequest.Change.RESUME);
            case "request-cancel" ->
                new ChangeRequest(cluster, job, Scope.text(request, "id"), ChangeRequest.Change.CANCEL);
            default -> throw unknown(name);
        };
    }

    private static RefusedException unknown(String name) {
        return new RefusedException(404, "problem.unknownCommand", name);
    }

    private static int number(HttpServletRequest request, String name) {
        Integer number = Scope.number(request, name);
        if (number == null) {
            throw new RefusedException(400, "problem.number", Scope.text(request, name));
        }
        return number;
    }

    /** A pause's end: a number of minutes from now. */
    private Instant until(HttpServletRequest request) {
        int minutes = Scope.text(request, "minutes").isEmpty() ? SOON_MINUTES : number(request, "minutes");
        return time.instant().plus(Duration.ofMinutes(Math.max(1, minutes)));
    }

    private static int item(HttpServletRequest request) {
        String text = Scope.text(request, "item");
        if (!text.matches("[0-9]{1,5}")) {
            throw new RefusedException(400, "problem.item", text);
        }
        return Integer.parseInt(text);
    }
}
