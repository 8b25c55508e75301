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
package io.carillon.console.api;

import io.carillon.console.ConsoleCluster;
import io.carillon.console.access.Role;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.Answer;
import io.carillon.console.ask.Ask.Question;
import io.carillon.console.ask.Failure;
import io.carillon.console.ask.Questions;
import io.carillon.console.command.Command;
import io.carillon.console.command.Command.Done;
import io.carillon.console.command.Commands;
import io.carillon.console.command.InstanceCommand;
import io.carillon.console.command.JobCommand;
import io.carillon.console.command.JobCommand.ChangeRequest;
import io.carillon.console.command.RefusedException;
import io.carillon.console.command.RunPlan;
import io.carillon.console.command.Settings;
import io.carillon.console.command.ThreeForms;
import io.carillon.console.text.Texts;
import io.carillon.console.web.Page;
import io.carillon.console.web.Scope;
import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.history.Decision;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.operations.Explanation;
import io.carillon.jobs.operations.JobMoves;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import io.carillon.jobs.operations.JobRequests.BackfillRequest;
import io.carillon.jobs.operations.JobRequests.RequestStatus;
import io.carillon.jobs.scheduling.CronSchedule;
import jakarta.servlet.http.HttpServletRequest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;

/**
 * {@code /api/v1}: what the pages can do with jobs and instances, as JSON, through the same {@link Commands} and {@link Questions}.
 * Thread-safe.
 *
 * <p>{@code Idempotency-Key} on what runs something: the same key of the same caller within a day is answered as the first time, and
 * nothing is done again. {@code If-Match} with the definition's {@code ETag} on its change: 412 without it, 409 when it has changed.
 */
@Controller
@RequestMapping(path = "/api/v1", produces = MediaType.APPLICATION_JSON_VALUE)
public final class JobsApi {
    private static final int MOST_RUNS = 1_000;
    private static final int MOST_FIRINGS = 100;

    private final Scope scope;
    private final Questions questions;
    private final Commands commands;
    private final Repeats repeats;
    private final InstantSource time;

    public JobsApi(Scope scope, Questions questions, Commands commands, Repeats repeats, InstantSource time) {
        this.scope = scope;
        this.questions = questions;
        this.commands = commands;
        this.repeats = repeats;
        this.time = time;
    }

    // ---- what is asked and answered -----------------------------------------------------------------------------

    /** What came of a command, in English. */
    public record Outcome(
            String command,
            String target,
            String text,
            @Nullable String after) {
        static Outcome of(String command, String target, Done done) {
            return new Outcome(
                    command, target, Texts.ENGLISH.get(done.key(), done.values().toArray()), done.after());
        }
    }

    /**
     * Runs a job once: all optional. {@code instances}: of the items those that these own at that moment; {@code evenIfDisabled}: the
     * request is kept although the job is switched off, and begins when it is on; {@code dryRun}: says what would run, does nothing.
     */
    public record RunOrder(
            @Nullable String parameter,
            @Nullable String time,
            @Nullable List<Integer> items,
            @Nullable List<String> instances,
            @Nullable Boolean evenIfDisabled,
            @Nullable Boolean dryRun,
            @Nullable String reason) {}

    /**
     * What came of asking for a run, in English.
     *
     * @param request the id of the request that was made; null when none was
     * @param requestLink where the request can be followed; null when none was made
     * @param plan where it would run; empty unless it was a dry run
     */
    public record RunOutcome(
            String command,
            String target,
            String text,
            @Nullable String after,
            boolean dryRun,
            @Nullable String request,
            @Nullable String requestLink,
            List<RunItem> plan) {}

    /** A shard of a run that has not begun; {@code fate}: RUNS, WAITS (it is running), NO_OWNER, OFF. */
    public record RunItem(
            int item,
            @Nullable String instance,
            String fate,
            @Nullable String runningSince) {}

    /** Runs a job for a range: {@code from} and {@code to} in ISO form, the rest optional. */
    public record BackfillOrder(
            String from,
            String to,
            @Nullable Integer everySeconds,
            @Nullable String parameter,
            @Nullable List<Integer> items,
            @Nullable Integer atOnce,
            @Nullable Integer pauseSeconds,
            @Nullable Integer atMost,
            @Nullable List<String> instances,
            @Nullable Boolean evenIfDisabled,
            @Nullable String reason) {}

    /** A wanted state: what it may be depends on what it is of. */
    public record State(String state, @Nullable String reason) {}

    /** Interrupts a job, or one of its items. */
    public record InterruptOrder(
            @Nullable Integer item, @Nullable String reason) {}

    /** The instance that is to own a shard. */
    public record Owner(@Nullable String instance, @Nullable String reason) {}

    /** A reason alone. */
    public record Because(@Nullable String reason) {}

    /**
     * A job's settings; values of properties that look secret are hidden from who may not change them.
     *
     * @param settings what a change begins with: what is stored, or is in effect where that cannot be used
     * @param declared what the code says; null when it has said nothing
     * @param effective what instances use; null when that is not known
     * @param unusable why what is stored cannot be used; null when it can
     * @param drift the settings in which the code and what is stored differ
     */
    public record Definition(
            String job,
            int version,
            Map<String, String> settings,
            @Nullable Map<String, String> declared,
            @Nullable Map<String, String> effective,
            @Nullable String unusable,
            List<String> drift) {}

    /** Settings to change, by name; what is not named stays. */
    public record DefinitionChange(
            Map<String, String> settings, @Nullable String reason) {}

    /** A schedule to be looked at. */
    public record ScheduleQuestion(
            String cron,
            @Nullable String timeZone,
            @Nullable String dst,
            @Nullable Integer count) {}

    /** The next runs by a schedule. */
    public record ScheduleAnswer(String zone, List<PlannedRun> runs) {}

    /** A planned run; {@code mark} tells of clock changes. */
    public record PlannedRun(String at, String wall, String mark) {}

    /** Runs of a job, newest first. */
    public record RunList(String job, List<ConsoleApi.Run> runs) {}

    /** A run with its failure taken apart. */
    public record RunDetail(
            ConsoleApi.Run run,
            @Nullable String failureType,
            @Nullable String failureMessage,
            @Nullable String fingerprint) {}

    /** Requests of a job, newest first. */
    public record RequestList(String job, List<Request> requests) {}

    /** A run or a range that somebody asked for. */
    public record Request(
            String id,
            String kind,
            String state,
            String asked,
            @Nullable String parameter,
            List<Integer> items,
            int times,
            int timesDone,
            long itemsDone,
            long itemsFailed,
            @Nullable String waitsFor,
            @Nullable String ended) {}

    /** What became of the firings of a slot. */
    public record Why(String job, String from, String to, boolean complete, List<Firing> firings) {}

    /** A firing and its items. */
    public record Firing(String due, boolean planned, List<FiringItem> items) {}

    /** An item of a firing. */
    public record FiringItem(int item, String state, String text, List<String> codes) {}

    /** The items of a job, and which of them change their owner. */
    public record ShardList(String job, List<ConsoleApi.Item> items, JobDeal deal) {}

    /**
     * What the next deal changes, and what was seen to change.
     *
     * @param asked whether the items are dealt anew before the next firing
     * @param unforetold why nobody can say who gets which item; null when that is known
     * @param foretold what the next deal changes
     * @param waitsFor the items that run and that the deal waits for
     * @param seen the latest changes, newest first
     */
    public record JobDeal(
            boolean asked,
            @Nullable String unforetold,
            List<ShardMove> foretold,
            List<Integer> waitsFor,
            List<ShardMove> seen) {
        static JobDeal of(JobMoves moves) {
            return new JobDeal(
                    moves.asked(),
                    moves.unforetold() == null ? null : moves.unforetold().name(),
                    moves.foretold().stream().map(ShardMove::of).toList(),
                    moves.waitsFor(),
                    moves.seen().stream().map(ShardMove::of).toList());
        }
    }

    /** An item with its old and its new owner; {@code verb} is REVOKE, RELEASE, TAKE or WAIT. */
    public record ShardMove(
            int item,
            String verb,
            @Nullable String from,
            @Nullable String to,
            @Nullable String at) {
        static ShardMove of(JobMoves.Move move) {
            return new ShardMove(move.item(), move.verb().name(), move.from(), move.to(), ConsoleApi.text(move.at()));
        }
    }

    // ---- reading ------------------------------------------------------------------------------------------------

    @GetMapping("/clusters/{cluster}/jobs/{job}/shards")
    ResponseEntity<ShardList> shards(
            @PathVariable("cluster") String name, @PathVariable("job") String jobName, HttpServletRequest request) {
        ConsoleCluster cluster = scope.cluster(request, name);
        JobStatus job = visible(request, cluster, jobName);
        JobMoves moves = known(questions.moves(cluster, jobName), "problem.registry", name);
        return ResponseEntity.ok(new ShardList(
                jobName, job.items().stream().map(ConsoleApi::item).toList(), JobDeal.of(moves)));
    }

    @GetMapping("/clusters/{cluster}/jobs/{job}/runs")
    ResponseEntity<RunList> runs(
            @PathVariable("cluster") String name,
            @PathVariable("job") String jobName,
            @RequestParam(name = "limit", defaultValue = "50") int limit,
            HttpServletRequest request) {
        ConsoleCluster cluster = scope.cluster(request, name);
        visible(request, cluster, jobName);
        int most = Math.max(1, Math.min(MOST_RUNS, limit));
        List<RunRecord> runs = known(questions.runs(cluster, jobName, most), "problem.history", jobName);
        return ResponseEntity.ok(
                new RunList(jobName, runs.stream().map(ConsoleApi::run).toList()));
    }

    @GetMapping("/clusters/{cluster}/jobs/{job}/runs/{run}")
    ResponseEntity<RunDetail> run(
            @PathVariable("cluster") String name,
            @PathVariable("job") String jobName,
            @PathVariable("run") String id,
            HttpServletRequest request) {
        ConsoleCluster cluster = scope.cluster(request, name);
        visible(request, cluster, jobName);
        RunRecord run = known(questions.runs(cluster, jobName, MOST_RUNS), "problem.history", jobName).stream()
                .filter(found -> found.id().toString().equals(id))
                .findFirst()
                .orElseThrow(() -> new RefusedException(404, "problem.unknownRun", MOST_RUNS));
        Failure failure = Failure.of(run.cause());
        return ResponseEntity.ok(new RunDetail(
                ConsoleApi.run(run),
                failure == null ? null : failure.type(),
                failure == null ? null : failure.message(),
                failure == null ? null : failure.fingerprint()));
    }

    @GetMapping("/clusters/{cluster}/jobs/{job}/why")
    ResponseEntity<Why> why(
            @PathVariable("cluster") String name,
            @PathVariable("job") String jobName,
            @RequestParam(name = "from", required = false) @Nullable String from,
            @RequestParam(name = "to", required = false) @Nullable String to,
            HttpServletRequest request) {
        ConsoleCluster cluster = scope.cluster(request, name);
        visible(request, cluster, jobName);
        Instant end = to == null ? time.instant() : instant(to);
        Instant start = from == null ? end.minus(Duration.ofHours(1)) : instant(from);
        Explanation told = known(
                questions.of(cluster, "why " + jobName + " " + start + " " + end, () -> cluster.queries()
                        .why(jobName, start, end)),
                "problem.history",
                jobName);
        return ResponseEntity.ok(new Why(
                jobName,
                start.toString(),
                end.toString(),
                told.complete(),
                told.firings().stream()
                        .map(firing -> new Firing(
                                firing.due().toString(),
                                firing.planned(),
                                firing.items().stream()
                                        .map(item -> new FiringItem(
                                                item.item(),
                                                item.state().name(),
                                                item.text(),
                                                item.reasons().stream()
                                                        .map(Decision::reason)
                                                        .map(Enum::name)
                                                        .toList()))
                                        .toList()))
                        .toList()));
    }

    @GetMapping("/clusters/{cluster}/jobs/{job}/definition")
    ResponseEntity<Definition> definition(
            @PathVariable("cluster") String name, @PathVariable("job") String jobName, HttpServletRequest request) {
        ConsoleCluster cluster = scope.cluster(request, name);
        JobStatus job = visible(request, cluster, jobName);
        boolean editor = Visitor.of(request).may(Role.EDITOR, name, questions.group(job));
        return definition(jobName, forms(cluster, jobName), editor);
    }

    private static ResponseEntity<Definition> definition(String jobName, ThreeForms forms, boolean editor) {
        return ResponseEntity.ok()
                .eTag("\"" + forms.version() + "\"")
                .body(new Definition(
                        jobName,
                        forms.version(),
                        Objects.requireNonNull(settings(forms.base(jobName), editor)),
                        settings(forms.declared(), editor),
                        settings(forms.effective(), editor),
                        forms.unusable().isEmpty() ? null : forms.unusable(),
                        forms.rows().stream()
                                .filter(ThreeForms.Row::differs)
                                .map(row -> row.field().name())
                                .toList()));
    }

    private static @Nullable Map<String, String> settings(@Nullable JobConfiguration configuration, boolean editor) {
        if (configuration == null) {
            return null;
        }
        Map<String, String> settings = Settings.values(configuration);
        if (!editor) {
            Settings.ALL.forEach(
                    field -> settings.computeIfPresent(field.name(), (key, value) -> Settings.masked(field, value)));
        }
        return settings;
    }

    @GetMapping("/clusters/{cluster}/jobs/{job}/requests")
    ResponseEntity<RequestList> requests(
            @PathVariable("cluster") String name, @PathVariable("job") String jobName, HttpServletRequest request) {
        ConsoleCluster cluster = scope.cluster(request, name);
        visible(request, cluster, jobName);
        List<RequestStatus> all = known(
                questions.of(cluster, "requests " + jobName, () -> cluster.commands()
                        .requests()
                        .requests(jobName)),
                "problem.registry",
                name);
        return ResponseEntity.ok(
                new RequestList(jobName, all.stream().map(JobsApi::request).toList()));
    }

    private static Request request(RequestStatus status) {
        return new Request(
                status.id(),
                status.kind().name(),
                status.state().name(),
                status.asked().toString(),
                status.parameter(),
                status.items(),
                status.times(),
                status.timesDone(),
                status.itemsDone(),
                status.itemsFailed(),
                status.waitsFor() == null ? null : status.waitsFor().name(),
                status.ended() == null ? null : status.ended().toString());
    }

    /** Checks a schedule and tells its next runs; changes nothing. */
    @PostMapping("/schedules/preview")
    ResponseEntity<ScheduleAnswer> preview(@RequestBody ScheduleQuestion question) {
        try {
            CronSchedule schedule = JobConfiguration.newBuilder("preview", 1)
                    .cron(question.cron())
                    .timeZone(question.timeZone())
                    .props(question.dst() == null ? Map.of() : Map.of(JobConfiguration.DST, question.dst()))
                    .build()
                    .schedule();
            if (schedule == null) {
                throw new RefusedException(422, "problem.invalid", "cron: '' (expected: an expression).");
            }
            int count = question.count() == null ? 10 : Math.max(1, Math.min(MOST_FIRINGS, question.count()));
            return ResponseEntity.ok(new ScheduleAnswer(
                    schedule.zone().getId(),
                    schedule.preview(time.instant(), count).stream()
                            .map(firing -> new PlannedRun(
                                    firing.at().toString(),
                                    firing.wall().toString(),
                                    firing.mark().name()))
                            .toList()));
        } catch (InvalidSettingException invalid) {
            throw new RefusedException(422, "problem.invalid", invalid.problem());
        }
    }

    // ---- changing -----------------------------------------------------------------------------------------------

    @PostMapping("/clusters/{cluster}/jobs/{job}/runs")
    ResponseEntity<RunOutcome> trigger(
            @PathVariable("cluster") String cluster,
            @PathVariable("job") String jobName,
            @RequestHeader(name = "Idempotency-Key", required = false) @Nullable String key,
            @RequestBody(required = false) @Nullable RunOrder order,
            HttpServletRequest request) {
        RunOrder wanted = order == null ? new RunOrder(null, null, null, null, null, null, null) : order;
        JobCommand.Trigger command = new JobCommand.Trigger(
                cluster,
                jobName,
                wanted.parameter(),
                wanted.time() == null ? null : instant(wanted.time()),
                wanted.items() == null ? List.of() : wanted.items(),
                wanted.instances() == null ? List.of() : wanted.instances(),
                Boolean.TRUE.equals(wanted.evenIfDisabled()));
        return Boolean.TRUE.equals(wanted.dryRun())
                ? planned(request, command)
                : asked(command, once(request, key, command, wanted.reason()));
    }

    /** What a run would do; for who may run it. */
    private ResponseEntity<RunOutcome> planned(HttpServletRequest request, JobCommand.Trigger command) {
        JobStatus job = visible(request, scope.cluster(request, command.cluster()), command.jobName());
        if (!Visitor.of(request).may(command.role(), command.cluster(), questions.group(job))) {
            throw new RefusedException(403, "problem.role", command.role().key(), command.jobName());
        }
        RunPlan plan = RunPlan.of(job, command.items(), command.instances(), command.evenIfDisabled());
        return ResponseEntity.ok(new RunOutcome(
                command.name(),
                command.target(),
                Texts.ENGLISH.get(
                        "trigger.planned",
                        plan.runnable().size(),
                        plan.count(RunPlan.Fate.WAITS),
                        plan.count(RunPlan.Fate.NO_OWNER),
                        plan.count(RunPlan.Fate.OFF)),
                null,
                true,
                null,
                null,
                plan.items().stream()
                        .map(item -> new RunItem(
                                item.item(),
                                item.owner(),
                                item.fate().name(),
                                item.runningSince() == null
                                        ? null
                                        : item.runningSince().toString()))
                        .toList()));
    }

    private static ResponseEntity<RunOutcome> asked(Command command, Made made) {
        String link = made.request() == null
                ? null
                : "/api/v1/clusters/" + Page.segment(command.cluster()) + "/jobs/" + Page.segment(command.target())
                        + "/requests";
        return ResponseEntity.ok(new RunOutcome(
                command.name(), command.target(), made.text(), made.after(), false, made.request(), link, List.of()));
    }

    @PostMapping("/clusters/{cluster}/jobs/{job}/backfills")
    ResponseEntity<RunOutcome> backfill(
            @PathVariable("cluster") String cluster,
            @PathVariable("job") String jobName,
            @RequestHeader(name = "Idempotency-Key", required = false) @Nullable String key,
            @RequestBody BackfillOrder order,
            HttpServletRequest request) {
        Integer every = order.everySeconds();
        BackfillRequest range = new BackfillRequest(
                jobName,
                instant(order.from()),
                instant(order.to()),
                every == null ? null : Duration.ofSeconds(every),
                order.parameter(),
                order.items() == null ? List.of() : order.items(),
                order.atOnce() == null ? 1 : order.atOnce(),
                Duration.ofSeconds(order.pauseSeconds() == null ? 0 : order.pauseSeconds()),
                order.atMost() == null ? BackfillRequest.AT_MOST : order.atMost());
        JobCommand.Backfill command = new JobCommand.Backfill(
                cluster,
                jobName,
                range,
                order.instances() == null ? List.of() : order.instances(),
                Boolean.TRUE.equals(order.evenIfDisabled()));
        return asked(command, once(request, key, command, order.reason()));
    }

    @PostMapping("/clusters/{cluster}/jobs/{job}/reruns")
    ResponseEntity<Outcome> rerun(
            @PathVariable("cluster") String cluster,
            @PathVariable("job") String jobName,
            @RequestHeader(name = "Idempotency-Key", required = false) @Nullable String key,
            @RequestBody(required = false) @Nullable Because because,
            HttpServletRequest request) {
        JobCommand.RerunFailed command = new JobCommand.RerunFailed(cluster, jobName);
        Made made = once(request, key, command, because == null ? null : because.reason());
        return ResponseEntity.ok(new Outcome(command.name(), command.target(), made.text(), made.after()));
    }

    @PostMapping("/clusters/{cluster}/jobs/{job}/interrupts")
    ResponseEntity<Outcome> interrupt(
            @PathVariable("cluster") String cluster,
            @PathVariable("job") String jobName,
            @RequestBody InterruptOrder order,
            HttpServletRequest request) {
        return run(request, new JobCommand.Interrupt(cluster, jobName, order.item()), order.reason());
    }

    /** Leaves out the next firing of the schedule, and no other. */
    @PostMapping("/clusters/{cluster}/jobs/{job}/skips")
    ResponseEntity<Outcome> skipNext(
            @PathVariable("cluster") String cluster,
            @PathVariable("job") String jobName,
            @RequestBody Because because,
            HttpServletRequest request) {
        return run(request, new JobCommand.SkipNext(cluster, jobName), because.reason());
    }

    /** Gives a shard to an instance that is online, from the next firing on. */
    @PutMapping("/clusters/{cluster}/jobs/{job}/shards/{item}/owner")
    ResponseEntity<Outcome> shardOwner(
            @PathVariable("cluster") String cluster,
            @PathVariable("job") String jobName,
            @PathVariable("item") int item,
            @RequestBody Owner owner,
            HttpServletRequest request) {
        String instance = owner.instance() == null ? "" : owner.instance();
        return run(request, new JobCommand.MoveItem(cluster, jobName, item, instance), owner.reason());
    }

    /** {@code paused}, {@code running} or {@code cancelled}. */
    @PutMapping("/clusters/{cluster}/jobs/{job}/requests/{id}/state")
    ResponseEntity<Outcome> requestState(
            @PathVariable("cluster") String cluster,
            @PathVariable("job") String jobName,
            @PathVariable("id") String id,
            @RequestBody State state,
            HttpServletRequest request) {
        ChangeRequest.Change change =
                switch (state.state()) {
                    case "paused" -> ChangeRequest.Change.PAUSE;
                    case "running" -> ChangeRequest.Change.RESUME;
                    case "cancelled" -> ChangeRequest.Change.CANCEL;
                    default -> throw badState(state, "paused, running, cancelled");
                };
        return run(request, new ChangeRequest(cluster, jobName, id, change), state.reason());
    }

    /** {@code enabled} or {@code disabled}. */
    @PutMapping("/clusters/{cluster}/jobs/{job}/state")
    ResponseEntity<Outcome> jobState(
            @PathVariable("cluster") String cluster,
            @PathVariable("job") String jobName,
            @RequestBody State state,
            HttpServletRequest request) {
        return turn(
                request,
                state,
                "enabled",
                "disabled",
                on -> on ? new JobCommand.Enable(cluster, jobName) : new JobCommand.Disable(cluster, jobName));
    }

    /** {@code enabled} or {@code disabled}. */
    @PutMapping("/clusters/{cluster}/jobs/{job}/shards/{item}/state")
    ResponseEntity<Outcome> shardState(
            @PathVariable("cluster") String cluster,
            @PathVariable("job") String jobName,
            @PathVariable("item") int item,
            @RequestBody State state,
            HttpServletRequest request) {
        return turn(request, state, "enabled", "disabled", on -> new JobCommand.SwitchItem(cluster, jobName, item, on));
    }

    /** {@code active} or {@code drained}. */
    @PutMapping("/clusters/{cluster}/instances/{instance}/state")
    ResponseEntity<Outcome> instanceState(
            @PathVariable("cluster") String cluster,
            @PathVariable("instance") String instance,
            @RequestBody State state,
            HttpServletRequest request) {
        return turn(
                request,
                state,
                "active",
                "drained",
                on -> on
                        ? new InstanceCommand.Undrain(cluster, instance)
                        : new InstanceCommand.Drain(cluster, instance));
    }

    /** {@code enabled} or {@code disabled}. */
    @PutMapping("/clusters/{cluster}/servers/{server}/state")
    ResponseEntity<Outcome> serverState(
            @PathVariable("cluster") String cluster,
            @PathVariable("server") String server,
            @RequestBody State state,
            HttpServletRequest request) {
        return turn(request, state, "enabled", "disabled", on -> new InstanceCommand.SwitchServer(cluster, server, on));
    }

    @PutMapping("/clusters/{cluster}/jobs/{job}/definition")
    ResponseEntity<Definition> change(
            @PathVariable("cluster") String name,
            @PathVariable("job") String jobName,
            @RequestHeader(name = "If-Match", required = false) @Nullable String match,
            @RequestBody DefinitionChange change,
            HttpServletRequest request) {
        ConsoleCluster cluster = scope.cluster(request, name);
        visible(request, cluster, jobName);
        String version = match == null ? "" : match.replace("\"", "").strip();
        if (!version.matches("[0-9]{1,9}")) {
            throw new RefusedException(412, "problem.ifMatch", jobName);
        }
        JobConfiguration base = forms(cluster, jobName).base(jobName);
        for (String setting : change.settings().keySet()) {
            if (Settings.ALL.stream().noneMatch(field -> field.name().equals(setting))) {
                throw new RefusedException(422, "problem.setting", setting);
            }
        }
        JobConfiguration wanted;
        try {
            wanted = Settings.with(base, change.settings());
        } catch (InvalidSettingException invalid) {
            throw new RefusedException(422, "problem.invalid", invalid.problem());
        }
        commands.run(
                Visitor.of(request),
                new JobCommand.Edit(name, wanted, Integer.parseInt(version), "edit"),
                change.reason() == null ? "" : change.reason());
        return definition(jobName, forms(cluster, jobName), true);
    }

    @DeleteMapping("/clusters/{cluster}/jobs/{job}")
    ResponseEntity<Outcome> remove(
            @PathVariable("cluster") String cluster,
            @PathVariable("job") String jobName,
            @RequestParam(name = "reason", defaultValue = "") String reason,
            HttpServletRequest request) {
        return run(request, new JobCommand.Remove(cluster, jobName), reason);
    }

    // ---- how ----------------------------------------------------------------------------------------------------

    /** What a command that is not done twice has made. */
    private record Made(
            String text, @Nullable String request, @Nullable String after) {
        static Made of(Done done) {
            return new Made(Texts.ENGLISH.get(done.key(), done.values().toArray()), done.request(), done.after());
        }

        /** As it is kept for who asks again. */
        String kept() {
            return text + "\n" + (request == null ? "" : request) + (after == null ? "" : "\n" + after);
        }

        static Made read(String kept) {
            String[] parts = kept.split("\n", 3);
            return new Made(
                    parts[0],
                    parts.length < 2 || parts[1].isEmpty() ? null : parts[1],
                    parts.length < 3 ? null : parts[2]);
        }
    }

    private Made once(HttpServletRequest request, @Nullable String key, Command command, @Nullable String reason) {
        Visitor visitor = Visitor.of(request);
        Optional<String> before = repeats.begin(visitor, key, command);
        if (before.isPresent()) {
            return Made.read(before.get());
        }
        try {
            Made made = Made.of(commands.run(visitor, command, reason == null ? "" : reason));
            repeats.end(visitor, key, made.kept());
            return made;
        } catch (RefusedException refused) {
            // what has not answered in time may still be done: whoever asks again is told so, and it is not done twice
            if (!refused.key().equals("problem.slow")) {
                repeats.forget(visitor, key);
            }
            throw refused;
        }
    }

    private ResponseEntity<Outcome> run(HttpServletRequest request, Command command, @Nullable String reason) {
        Done done = commands.run(Visitor.of(request), command, reason == null ? "" : reason);
        return ResponseEntity.ok(Outcome.of(command.name(), command.target(), done));
    }

    /** Switches something on or off. */
    private ResponseEntity<Outcome> turn(
            HttpServletRequest request, State state, String on, String off, Function<Boolean, Command> command) {
        if (!state.state().equals(on) && !state.state().equals(off)) {
            throw badState(state, on + ", " + off);
        }
        return run(request, command.apply(state.state().equals(on)), state.reason());
    }

    private static RefusedException badState(State state, String expected) {
        return new RefusedException(
                422,
                "problem.invalid",
                "state: '" + state.state().toLowerCase(Locale.ROOT) + "' (expected: one of " + expected + ").");
    }

    private static Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeException unreadable) {
            throw new RefusedException(422, "problem.time", text);
        }
    }

    private JobStatus visible(HttpServletRequest request, ConsoleCluster cluster, String jobName) {
        Answer<Optional<JobStatus>> answer =
                questions.visibleJob(Visitor.of(request), cluster, questions.job(cluster, jobName));
        if (!answer.isKnown()) {
            throw new RefusedException(503, "problem.registry", cluster.name());
        }
        return answer.or(Optional.empty()).orElseThrow(() -> new RefusedException(404, "problem.unknownJob", jobName));
    }

    private ThreeForms forms(ConsoleCluster cluster, String jobName) {
        return known(
                        questions.of(cluster, "forms " + jobName, () -> ThreeForms.of(cluster, jobName)),
                        "problem.registry",
                        cluster.name())
                .orElseThrow(() -> new RefusedException(404, "problem.unknownJob", jobName));
    }

    private static <T> T known(Question<T> question, String key, Object about) {
        if (question.answer() instanceof Answer.Known<T> known) {
            return known.value();
        }
        throw new RefusedException(503, key, about);
    }
}
