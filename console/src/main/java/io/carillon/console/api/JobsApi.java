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
import io.carillon.console.command.Settings;
import io.carillon.console.text.Texts;
import io.carillon.console.web.Scope;
import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.history.Decision;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.operations.Explanation;
import io.carillon.jobs.operations.JobCommands.Stored;
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

    /** Runs a job once: all optional. */
    public record RunOrder(
            @Nullable String parameter,
            @Nullable String time,
            @Nullable List<Integer> items,
            @Nullable String reason) {}

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
            @Nullable String reason) {}

    /** A wanted state: what it may be depends on what it is of. */
    public record State(String state, @Nullable String reason) {}

    /** Interrupts a job, or one of its items. */
    public record InterruptOrder(
            @Nullable Integer item, @Nullable String reason) {}

    /** A reason alone. */
    public record Because(@Nullable String reason) {}

    /** A job's stored settings; values of properties that look secret are hidden from who may not change them. */
    public record Definition(String job, int version, Map<String, String> settings) {}

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
        return definition(jobName, stored(cluster, jobName), editor);
    }

    private static ResponseEntity<Definition> definition(String jobName, Stored stored, boolean editor) {
        Map<String, String> settings = Settings.values(stored.configuration());
        if (!editor) {
            Settings.ALL.forEach(
                    field -> settings.computeIfPresent(field.name(), (key, value) -> Settings.masked(field, value)));
        }
        return ResponseEntity.ok()
                .eTag("\"" + stored.version() + "\"")
                .body(new Definition(jobName, stored.version(), settings));
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
    ResponseEntity<Outcome> trigger(
            @PathVariable("cluster") String cluster,
            @PathVariable("job") String jobName,
            @RequestHeader(name = "Idempotency-Key", required = false) @Nullable String key,
            @RequestBody(required = false) @Nullable RunOrder order,
            HttpServletRequest request) {
        RunOrder wanted = order == null ? new RunOrder(null, null, null, null) : order;
        return once(
                request,
                key,
                new JobCommand.Trigger(
                        cluster,
                        jobName,
                        wanted.parameter(),
                        wanted.time() == null ? null : instant(wanted.time()),
                        wanted.items() == null ? List.of() : wanted.items()),
                wanted.reason());
    }

    @PostMapping("/clusters/{cluster}/jobs/{job}/backfills")
    ResponseEntity<Outcome> backfill(
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
        return once(request, key, new JobCommand.Backfill(cluster, jobName, range), order.reason());
    }

    @PostMapping("/clusters/{cluster}/jobs/{job}/reruns")
    ResponseEntity<Outcome> rerun(
            @PathVariable("cluster") String cluster,
            @PathVariable("job") String jobName,
            @RequestHeader(name = "Idempotency-Key", required = false) @Nullable String key,
            @RequestBody(required = false) @Nullable Because because,
            HttpServletRequest request) {
        return once(
                request, key, new JobCommand.RerunFailed(cluster, jobName), because == null ? null : because.reason());
    }

    @PostMapping("/clusters/{cluster}/jobs/{job}/interrupts")
    ResponseEntity<Outcome> interrupt(
            @PathVariable("cluster") String cluster,
            @PathVariable("job") String jobName,
            @RequestBody InterruptOrder order,
            HttpServletRequest request) {
        return run(request, new JobCommand.Interrupt(cluster, jobName, order.item()), order.reason());
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
        Stored stored = stored(cluster, jobName);
        for (String setting : change.settings().keySet()) {
            if (Settings.ALL.stream().noneMatch(field -> field.name().equals(setting))) {
                throw new RefusedException(422, "problem.setting", setting);
            }
        }
        JobConfiguration wanted;
        try {
            wanted = Settings.with(stored.configuration(), change.settings());
        } catch (InvalidSettingException invalid) {
            throw new RefusedException(422, "problem.invalid", invalid.problem());
        }
        commands.run(
                Visitor.of(request),
                new JobCommand.Edit(name, wanted, Integer.parseInt(version), "edit"),
                change.reason() == null ? "" : change.reason());
        return definition(jobName, stored(cluster, jobName), true);
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

    private ResponseEntity<Outcome> once(
            HttpServletRequest request, @Nullable String key, Command command, @Nullable String reason) {
        Visitor visitor = Visitor.of(request);
        Optional<String> before = repeats.begin(visitor, key, command);
        if (before.isPresent()) {
            String[] answer = before.get().split("\n", 2);
            return ResponseEntity.ok(
                    new Outcome(command.name(), command.target(), answer[0], answer.length == 1 ? null : answer[1]));
        }
        try {
            ResponseEntity<Outcome> answer = run(request, command, reason);
            Outcome outcome = answer.getBody();
            if (outcome != null) {
                repeats.end(
                        visitor,
                        key,
                        outcome.after() == null ? outcome.text() : outcome.text() + "\n" + outcome.after());
            }
            return answer;
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

    private Stored stored(ConsoleCluster cluster, String jobName) {
        return known(
                        questions.of(cluster, "stored " + jobName, () -> cluster.commands()
                                .stored(jobName)),
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
