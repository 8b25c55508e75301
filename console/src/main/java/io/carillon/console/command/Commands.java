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
package io.carillon.console.command;

import io.carillon.console.ConsoleCluster;
import io.carillon.console.ConsoleMessages;
import io.carillon.console.ConsoleSources;
import io.carillon.console.access.Accounts.AccountException;
import io.carillon.console.access.Grant;
import io.carillon.console.access.Role;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.Answer;
import io.carillon.console.ask.Questions;
import io.carillon.console.command.Command.By;
import io.carillon.console.command.Command.Done;
import io.carillon.console.live.Hints;
import io.carillon.jobs.operations.ConfigurationConflictException;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import io.carillon.jobs.operations.NotNowException;
import io.carillon.jobs.operations.TimedId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place through which each command passes: is the console allowed to change anything, may this visitor, is a reason
 * given, is it on record; then it is done, and open pages are told. Thread-safe.
 */
public final class Commands {
    private static final Logger log = LoggerFactory.getLogger(Commands.class);
    /** The topic of hints that messages may have changed. */
    public static final String MESSAGES = "messages";

    /** From how many targets on their number is typed before a command is run on them. */
    public static final int TYPED_FROM = 21;
    /** How many targets a command is run on at once, at most. */
    public static final int MOST_TARGETS = 1_000;

    private static final int MOST_THREADS = 32;
    private static final int LONGEST_REASON = 500;
    private static final int LONGEST_RESULT = 500;

    private final ConsoleSources sources;
    private final Questions questions;
    private final Trail trail;
    private final Hints hints;
    private final InstantSource time;
    private final boolean readOnly;
    private final boolean scriptJobs;
    private final Duration limit;
    private final ThreadPoolExecutor threads;

    /**
     * @param limit how long somebody waits for a command
     * @param readOnly whether nothing can be changed
     * @param scriptJobs whether text that instances run as a program can be changed
     */
    public Commands(
            ConsoleSources sources,
            Questions questions,
            Trail trail,
            Hints hints,
            InstantSource time,
            Duration limit,
            boolean readOnly,
            boolean scriptJobs) {
        AtomicInteger number = new AtomicInteger();
        this.threads = new ThreadPoolExecutor(0, MOST_THREADS, 30, TimeUnit.SECONDS, new SynchronousQueue<>(), work -> {
            Thread thread = new Thread(work, "carillon-console-command-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        this.limit = limit;
        this.sources = sources;
        this.questions = questions;
        this.trail = trail;
        this.hints = hints;
        this.time = time;
        this.readOnly = readOnly;
        this.scriptJobs = scriptJobs;
    }

    /** Whether nothing can be changed through this console at all. */
    public boolean isReadOnly() {
        return readOnly;
    }

    /**
     * Whether a page should offer something. It is decided again when it is asked for.
     *
     * @param group of the job, or {@code *} for what concerns the whole cluster
     */
    public boolean isOffered(Visitor visitor, Role role, String cluster, String group) {
        return !readOnly
                && visitor.may(role, cluster, group)
                && sources.cluster(cluster).map(known -> !known.readOnly()).orElse(true);
    }

    /** Whether a page should offer something with messages; decided again when it is asked for. */
    public boolean isOffered(Visitor visitor, Role role) {
        return !readOnly && sources.mayWithMessages(visitor, role);
    }

    /**
     * Does what somebody asks for.
     *
     * @throws RefusedException when it was not done, or failed: 404 for what the visitor may not even see
     */
    public Done run(Visitor visitor, Command command, String reason) {
        ConsoleCluster cluster = sources.cluster(command.cluster())
                .filter(found -> visitor.sees(found.name()))
                .orElseThrow(() -> new RefusedException(404, "problem.unknownCluster", command.cluster()));
        if (!command.groups().isEmpty()) {
            needForEach(visitor, command.role(), command.cluster(), command.groups());
        } else if (!visitor.may(command.role(), command.cluster(), group(visitor, cluster, command))) {
            throw new RefusedException(403, "problem.role", command.role().key(), command.target());
        }
        if (cluster.readOnly()) {
            throw new RefusedException(403, "problem.readOnlyCluster", cluster.name());
        }
        String why = reason(command.needsReason(), reason);
        By by = new By(visitor.name(), why, visitor.from());
        String job = command.jobName() == null ? "" : command.jobName();
        try {
            What what = new What(
                    command.name(),
                    cluster.name(),
                    job,
                    command.target(),
                    () -> command.before(cluster),
                    "problem.failed");
            return inTime(record -> carryOut(
                    begin(what, by, record), what, () -> runWithoutNewPrograms(command, cluster, by), Done::after));
        } finally {
            questions.forget(cluster);
            hints.changed(cluster.name(), job);
        }
    }

    /**
     * Does what somebody asks for that concerns no cluster; who may do it, may do it everywhere.
     *
     * @throws RefusedException when it was not done, or failed
     * @throws AccountException when it was not done, for a reason of the users' own
     */
    public Done run(Visitor visitor, ConsoleCommand command, String reason) {
        if (!visitor.mayEverywhere(command.role())) {
            throw new RefusedException(403, "problem.role", command.role().key(), command.target());
        }
        String why = reason(command.needsReason(), reason);
        By by = new By(visitor.name(), why, visitor.from());
        try {
            What what = new What(command.name(), "", "", command.target(), command::before, "problem.failed");
            return inTime(record -> carryOut(begin(what, by, record), what, () -> command.run(by), Done::after));
        } finally {
            questions.forgetRecords();
            if (command.concernsJobs()) {
                sources.clusters().forEach(cluster -> {
                    questions.forget(cluster);
                    hints.changed(cluster.name(), "");
                });
            }
        }
    }

    /**
     * Does what somebody asks for with messages, which belong to no cluster. It takes as long as it takes: the answer tells what
     * became of each message.
     *
     * @throws RefusedException when it was not done, or failed: 404 for a store that the visitor may not see
     */
    public MessageCommand.Report run(Visitor visitor, MessageCommand command, String reason) {
        ConsoleMessages messages = sources.messages(command.store())
                .filter(found -> sources.seesMessages(visitor))
                .orElseThrow(() -> new RefusedException(404, "problem.unknownStore", command.store()));
        if (!sources.mayWithMessages(visitor, command.role())) {
            throw new RefusedException(403, "problem.role", command.role().key(), command.store());
        }
        By by = new By(visitor.name(), reason(true, reason), visitor.from());
        What what = new What(
                command.name(),
                "",
                "",
                command.store() + ": " + command.target(),
                () -> command.before(messages),
                "problem.store");
        try {
            UUID id = inTime(record -> begin(what, by, record));
            return carryOut(id, what, () -> command.run(messages, by), MessageCommand.Report::summary);
        } finally {
            questions.forget(messages);
            hints.changed(List.of(MESSAGES));
        }
    }

    private String reason(boolean needed, String reason) {
        if (readOnly) {
            throw new RefusedException(403, "problem.readOnly");
        }
        String why = reason.strip();
        if (why.length() > LONGEST_REASON || (needed && why.isEmpty())) {
            throw new RefusedException(400, "problem.reason", LONGEST_REASON);
        }
        return why;
    }

    /** Whether a command is on record. */
    private enum OnRecord {
        NOT_YET,
        /** The audit was asked to keep it. */
        ASKED,
        KEPT,
        /** The audit did not answer in time: it is not done, whenever the audit answers. */
        GIVEN_UP
    }

    /**
     * Waits for a command no longer than the limit; it goes on all the same, and the audit learns how it ended. One that is not
     * on record by then, though the audit was asked, is not done.
     */
    private <T> T inTime(Function<AtomicReference<OnRecord>, T> work) {
        AtomicReference<OnRecord> record = new AtomicReference<>(OnRecord.NOT_YET);
        FutureTask<T> task = new FutureTask<>(() -> work.apply(record));
        try {
            threads.execute(task);
            return task.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException busy) {
            throw new RefusedException(503, "problem.busy");
        } catch (TimeoutException slow) {
            throw record.compareAndSet(OnRecord.ASKED, OnRecord.GIVEN_UP)
                    ? notOnRecord()
                    : new RefusedException(503, "problem.slow", limit.toSeconds());
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof RuntimeException own) {
                throw own;
            }
            throw new IllegalStateException(failed.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new RefusedException(503, "problem.slow", limit.toSeconds());
        }
    }

    /**
     * What is on record of a command before it is done.
     *
     * @param failure the text for a failure that is nobody's mistake
     */
    private record What(
            String name,
            String cluster,
            String job,
            String target,
            Supplier<@Nullable String> before,
            String failure) {}

    /** Does it, and puts on record how it ended. */
    private <T> T carryOut(UUID id, What what, Supplier<T> work, Function<T, @Nullable String> after) {
        try {
            T done = work.get();
            end(id, after.apply(done), "done");
            return done;
        } catch (RuntimeException wrong) {
            throw refusal(id, wrong, what);
        }
    }

    /** What is said of a command that was not carried out; and puts that on record. */
    private RuntimeException refusal(UUID id, RuntimeException wrong, What what) {
        if (wrong instanceof RefusedException refused) {
            end(id, null, "refused: " + refused.key());
            return refused;
        }
        if (wrong instanceof AccountException refused) {
            end(id, null, "refused: " + refused.key());
            return refused;
        }
        boolean conflict = wrong instanceof ConfigurationConflictException;
        boolean missing = wrong instanceof NoSuchElementException;
        boolean notNow = wrong instanceof NotNowException;
        if (conflict || missing || notNow || wrong instanceof IllegalArgumentException) {
            end(id, null, "refused: " + wrong.getMessage());
            return conflict
                    ? new RefusedException(409, "problem.conflict", what.target())
                    : missing
                            ? new RefusedException(404, "problem.gone", oneLine(wrong))
                            : new RefusedException(notNow ? 409 : 422, "problem.invalid", oneLine(wrong));
        }
        end(id, null, "failed: " + wrong.getMessage());
        log.debug("{} of {} failed", what.name(), what.target(), wrong);
        return new RefusedException(503, what.failure(), oneLine(wrong));
    }

    private Done runWithoutNewPrograms(Command command, ConsoleCluster cluster, By by) {
        List<String> programs = scriptJobs ? List.of() : command.newPrograms(cluster);
        if (!programs.isEmpty()) {
            throw new RefusedException(403, "problem.programs", String.join(", ", programs));
        }
        return command.run(inTheNameOf(cluster, by), by);
    }

    /** The engine keeps who it was with what is switched off, for everybody to see. */
    private static ConsoleCluster inTheNameOf(ConsoleCluster cluster, By by) {
        return new ConsoleCluster(
                cluster.name(),
                cluster.queries(),
                cluster.commands().onRecordAs(new io.carillon.jobs.operations.By(by.who(), by.reason(), by.from())),
                cluster.tree(),
                cluster.readOnly());
    }

    /**
     * Whether a visitor has a role for each of several jobs.
     *
     * @param groups the group of each job, by its name
     * @throws RefusedException naming those for which the role is missing
     */
    public static void needForEach(Visitor visitor, Role role, String cluster, Map<String, String> groups) {
        List<String> missing = groups.entrySet().stream()
                .filter(job -> !visitor.may(role, cluster, job.getValue()))
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
        if (!missing.isEmpty()) {
            throw new RefusedException(403, "problem.role", role.key(), String.join(", ", missing));
        }
    }

    /** The group that decides; a job that the visitor may not see is as good as none. */
    private String group(Visitor visitor, ConsoleCluster cluster, Command command) {
        String jobName = command.jobName();
        if (jobName == null || visitor.may(Role.ADMIN, cluster.name(), Grant.ALL)) {
            return Grant.ALL;
        }
        Answer<Optional<JobStatus>> answer = questions.job(cluster, jobName).answer();
        if (!answer.isKnown()) {
            throw new RefusedException(503, "problem.registry", cluster.name());
        }
        String group = answer.or(Optional.empty())
                .map(questions::group)
                .orElseThrow(() -> new RefusedException(404, "problem.unknownJob", jobName));
        if (!visitor.may(Role.VIEWER, cluster.name(), group)) {
            throw new RefusedException(404, "problem.unknownJob", jobName);
        }
        return group;
    }

    private RefusedException notOnRecord() {
        return new RefusedException(
                503, "problem.audit", "the audit has not answered within " + limit.toMillis() + " ms");
    }

    private UUID begin(What what, By by, AtomicReference<OnRecord> record) {
        String before = tell(what.before());
        Instant asked = time.instant();
        UUID id = TimedId.at(asked);
        record.set(OnRecord.ASKED);
        try {
            trail.begin(new Trail.Entry(
                    id,
                    asked,
                    by.who(),
                    by.from(),
                    what.name(),
                    what.cluster(),
                    what.job(),
                    what.target(),
                    before,
                    null,
                    by.reason(),
                    null));
        } catch (RuntimeException notKept) {
            log.debug("the audit does not answer", notKept);
            throw new RefusedException(503, "problem.audit", oneLine(notKept));
        }
        boolean late = Duration.between(asked, time.instant()).compareTo(limit) > 0;
        if (!record.compareAndSet(OnRecord.ASKED, OnRecord.KEPT) || late) {
            end(id, null, "refused: problem.audit");
            throw notOnRecord();
        }
        return id;
    }

    private static @Nullable String tell(Supplier<@Nullable String> before) {
        try {
            return before.get();
        } catch (RuntimeException unknown) {
            return "unknown: " + oneLine(unknown);
        }
    }

    private void end(UUID id, @Nullable String after, String result) {
        try {
            trail.end(id, after, result.length() > LONGEST_RESULT ? result.substring(0, LONGEST_RESULT) : result);
        } catch (RuntimeException notKept) {
            log.warn("audit: how entry {} ended was not kept: {} ({})", id, result, notKept.getMessage());
        }
    }

    private static String oneLine(RuntimeException failure) {
        String message = failure.getMessage();
        return message == null || message.isBlank()
                ? failure.getClass().getSimpleName()
                : message.strip().lines().findFirst().orElse("");
    }
}
