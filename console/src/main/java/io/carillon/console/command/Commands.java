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
import io.carillon.console.access.Grant;
import io.carillon.console.access.Role;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.Answer;
import io.carillon.console.ask.Questions;
import io.carillon.console.command.Command.By;
import io.carillon.console.command.Command.Done;
import io.carillon.console.live.Hints;
import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.operations.ConfigurationConflictException;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import java.time.InstantSource;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.UUID;
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

    private static final int LONGEST_REASON = 500;
    private static final int LONGEST_RESULT = 500;

    private final ConsoleSources sources;
    private final Questions questions;
    private final Trail trail;
    private final Hints hints;
    private final InstantSource time;
    private final boolean readOnly;

    public Commands(
            ConsoleSources sources,
            Questions questions,
            Trail trail,
            Hints hints,
            InstantSource time,
            boolean readOnly) {
        this.sources = sources;
        this.questions = questions;
        this.trail = trail;
        this.hints = hints;
        this.time = time;
        this.readOnly = readOnly;
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
        return !readOnly && visitor.may(role, cluster, group);
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
        String group = group(visitor, cluster, command);
        if (!visitor.may(command.role(), command.cluster(), group)) {
            throw new RefusedException(403, "problem.role", command.role().key(), command.target());
        }
        if (readOnly) {
            throw new RefusedException(403, "problem.readOnly");
        }
        String why = reason(reason, command.needsReason());
        By by = new By(visitor.name(), why, visitor.from());
        String job = command.jobName();
        try {
            return onRecord(
                    by,
                    new What(
                            command.name(),
                            cluster.name(),
                            job == null ? "" : job,
                            command.target(),
                            before(() -> command.before(cluster)),
                            "problem.failed"),
                    () -> command.run(inTheNameOf(cluster, by), by),
                    Done::after);
        } finally {
            questions.forget(cluster);
            hints.changed(cluster.name(), job == null ? "" : job);
        }
    }

    /**
     * Does what somebody asks for with messages, which belong to no cluster.
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
        if (readOnly) {
            throw new RefusedException(403, "problem.readOnly");
        }
        By by = new By(visitor.name(), reason(reason, true), visitor.from());
        try {
            return onRecord(
                    by,
                    new What(
                            command.name(),
                            "",
                            "",
                            command.store() + ": " + command.target(),
                            before(() -> command.before(messages)),
                            "problem.store"),
                    () -> command.run(messages, by),
                    MessageCommand.Report::summary);
        } finally {
            questions.forget(messages);
            hints.changed(List.of(MESSAGES));
        }
    }

    private static String reason(String reason, boolean needed) {
        String why = reason.strip();
        if (why.length() > LONGEST_REASON || (needed && why.isEmpty())) {
            throw new RefusedException(400, "problem.reason", LONGEST_REASON);
        }
        return why;
    }

    /** What is on record of a command before it is done. */
    private record What(
            String name,
            String cluster,
            String job,
            String target,
            @Nullable String before,
            String failure) {}

    /** Puts it on record, does it, and puts on record how it ended. */
    private <T> T onRecord(By by, What what, Supplier<T> work, Function<T, @Nullable String> after) {
        UUID id = begin(what, by);
        try {
            T done = work.get();
            end(id, after.apply(done), "done");
            return done;
        } catch (RefusedException refused) {
            end(id, null, "refused: " + refused.key());
            throw refused;
        } catch (ConfigurationConflictException conflict) {
            end(id, null, "refused: " + conflict.getMessage());
            throw new RefusedException(409, "problem.conflict", what.target());
        } catch (InvalidSettingException invalid) {
            end(id, null, "refused: " + invalid.getMessage());
            throw new RefusedException(422, "problem.invalid", oneLine(invalid));
        } catch (IllegalArgumentException invalid) {
            end(id, null, "refused: " + invalid.getMessage());
            throw new RefusedException(422, "problem.invalid", oneLine(invalid));
        } catch (NoSuchElementException missing) {
            end(id, null, "refused: " + missing.getMessage());
            throw new RefusedException(404, "problem.gone", oneLine(missing));
        } catch (RuntimeException failed) {
            end(id, null, "failed: " + failed.getMessage());
            log.debug("{} of {} failed", what.name(), what.target(), failed);
            throw new RefusedException(503, what.failure(), oneLine(failed));
        }
    }

    /** The engine keeps who it was with what is switched off, for everybody to see. */
    private static ConsoleCluster inTheNameOf(ConsoleCluster cluster, By by) {
        return new ConsoleCluster(
                cluster.name(),
                cluster.queries(),
                cluster.commands().as(new io.carillon.jobs.operations.By(by.who(), by.reason(), by.from())));
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

    private UUID begin(What what, By by) {
        UUID id =
                new UUID(time.instant().toEpochMilli() << 16, UUID.randomUUID().getLeastSignificantBits());
        try {
            trail.begin(new Trail.Entry(
                    id,
                    time.instant(),
                    by.who(),
                    by.from(),
                    what.name(),
                    what.cluster(),
                    what.job(),
                    what.target(),
                    what.before(),
                    null,
                    by.reason(),
                    null));
        } catch (RuntimeException notKept) {
            log.debug("the audit does not answer", notKept);
            throw new RefusedException(503, "problem.audit", oneLine(notKept));
        }
        return id;
    }

    private static @Nullable String before(Supplier<@Nullable String> state) {
        try {
            return state.get();
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
