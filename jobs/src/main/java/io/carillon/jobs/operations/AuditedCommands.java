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
package io.carillon.jobs.operations;

import io.carillon.jobs.JobConfiguration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The commands on behalf of somebody: each is logged, and kept in the audit with how it was before and after. What changes
 * nothing is only passed on. Thread-safe.
 */
final class AuditedCommands implements JobCommands {

    private static final Logger LOG = LoggerFactory.getLogger(JobAudit.class);

    private final RegistryCommands commands;
    private final JobAudit audit;
    private final InstantSource time;
    private final By by;

    AuditedCommands(RegistryCommands commands, JobAudit audit, InstantSource time, By by) {
        this.commands = commands;
        this.audit = audit;
        this.time = time;
        this.by = by;
    }

    @Override
    public JobCommands as(By somebody) {
        return new AuditedCommands(commands, audit, time, somebody);
    }

    @Override
    public JobCommands onRecordAs(By somebody) {
        return new AuditedCommands(commands, JobAudit.NONE, time, somebody);
    }

    // ---- keeping -----------------------------------------------------------------------------------------------

    private void keep(By who, String what, String target, @Nullable Supplier<String> state, Runnable command) {
        keep(
                who,
                what,
                target,
                state,
                () -> {
                    command.run();
                    return "";
                },
                done -> state == null ? null : tell(state));
    }

    /** @param after what is said of the answer of the command */
    private <T> T keep(
            By who,
            String what,
            String target,
            @Nullable Supplier<String> before,
            Supplier<T> command,
            Function<T, @Nullable String> after) {
        Instant now = time.instant();
        UUID id = TimedId.at(now);
        String was = before == null || audit == JobAudit.NONE ? null : tell(before);
        audit.begin(new JobAudit.Entry(id, now, who, what, target, was, null, null));
        try {
            T answer = command.get();
            LOG.info("{} of {} by {}", what, target, who);
            audit.end(id, was, audit == JobAudit.NONE ? null : after.apply(answer), "done");
            return answer;
        } catch (RuntimeException e) {
            LOG.info("{} of {} by {} failed: {}", what, target, who, e.getMessage());
            try {
                audit.end(id, was, null, "failed: " + e.getMessage());
            } catch (RuntimeException unkept) {
                e.addSuppressed(unkept);
            }
            throw e;
        }
    }

    /** A state that cannot be told does not keep a command from being carried out: the command itself says what is wrong. */
    private static @Nullable String tell(Supplier<String> state) {
        try {
            return state.get();
        } catch (RuntimeException e) {
            return null;
        }
    }

    private static String about(Target target) {
        String job = target.jobName();
        return job != null && target.serverIp() == null
                ? job
                : job == null ? String.valueOf(target.serverIp()) : job + " on " + target.serverIp();
    }

    private static By by(String actor, String reason, By otherwise) {
        return new By(actor, reason, otherwise.from());
    }

    // ---- commands ----------------------------------------------------------------------------------------------

    @Override
    public void trigger(String jobName) {
        keep(by, "trigger", jobName, null, () -> commands.trigger(jobName));
    }

    @Override
    public void disable(Target target) {
        keep(by, "disable", about(target), () -> commands.describe(target), () -> commands.disable(target, by));
    }

    @Override
    public void enable(Target target) {
        keep(by, "enable", about(target), () -> commands.describe(target), () -> commands.enable(target, by));
    }

    @Override
    public void pauseUntil(String jobName, Instant until) {
        keep(
                by,
                "pauseUntil",
                jobName,
                () -> commands.describe(Target.job(jobName)),
                () -> commands.pauseUntil(jobName, until, by));
    }

    @Override
    public void shutdown(Target target) {
        keep(by, "shutdown", about(target), null, () -> commands.shutdown(target));
    }

    @Override
    public void remove(Target target) {
        keep(by, "remove", about(target), null, () -> commands.remove(target));
    }

    @Override
    public void removeJob(String jobName) {
        keep(
                by,
                "removeJob",
                jobName,
                () -> commands.stored(jobName)
                        .map(stored -> stored.configuration().settings().toString())
                        .orElse(""),
                () -> {
                    commands.removeJob(jobName);
                    return "";
                },
                done -> null);
    }

    @Override
    public void disableItem(String jobName, int item) {
        keep(by, "disableItem", jobName, itemState(jobName, item), () -> commands.disableItem(jobName, item, by));
    }

    @Override
    public void enableItem(String jobName, int item) {
        keep(by, "enableItem", jobName, itemState(jobName, item), () -> commands.enableItem(jobName, item));
    }

    @Override
    public void moveItem(String jobName, int item, String instance) {
        keep(
                by,
                "moveItem",
                jobName,
                () -> commands.ownerOf(jobName, item),
                () -> {
                    commands.wishes().moveItem(jobName, item, instance);
                    return "";
                },
                done -> "item " + item + " of " + instance + ", from the next firing on");
    }

    @Override
    public Instant skipNext(String jobName) {
        return keep(
                by,
                "skipNext",
                jobName,
                null,
                () -> commands.wishes().skipNext(jobName, by),
                skipped -> "skips " + skipped);
    }

    private Supplier<String> itemState(String jobName, int item) {
        return () -> "item " + item + " " + (commands.isItemDisabled(jobName, item) ? "DISABLED" : "ENABLED");
    }

    @Override
    public Optional<Stored> stored(String jobName) {
        return commands.stored(jobName);
    }

    @Override
    public void update(JobConfiguration configuration) {
        change("update", configuration, () -> commands.update(configuration, null, by));
    }

    @Override
    public int update(JobConfiguration configuration, int expectedVersion) {
        return change("update", configuration, () -> commands.update(configuration, expectedVersion, by));
    }

    private int change(String what, JobConfiguration configuration, Supplier<Integer> command) {
        String jobName = configuration.getJobName();
        List<ConfigurationVersion.Change> changes = audit == JobAudit.NONE ? List.of() : changes(configuration);
        return keep(
                by,
                what,
                jobName,
                () -> text(changes, ConfigurationVersion.Change::before),
                command,
                version -> "version " + version + ": " + text(changes, ConfigurationVersion.Change::after));
    }

    private List<ConfigurationVersion.Change> changes(JobConfiguration configuration) {
        try {
            return commands.configuration(configuration.getJobName())
                    .map(stored -> ConfigurationVersion.between(stored, configuration))
                    .orElse(List.of());
        } catch (RuntimeException unusable) {
            return List.of();
        }
    }

    private static String text(
            List<ConfigurationVersion.Change> changes, Function<ConfigurationVersion.Change, String> value) {
        return String.join(
                "; ",
                changes.stream()
                        .map(change -> change.setting() + "=" + value.apply(change))
                        .toList());
    }

    @Override
    public int rollBack(String jobName, int version, int expectedVersion) {
        return keep(
                by,
                "rollBack",
                jobName,
                () -> "version " + expectedVersion,
                () -> commands.rollBack(jobName, version, expectedVersion, by),
                now -> "version " + now + ", as version " + version);
    }

    @Override
    public void add(JobConfiguration configuration, String jobClass) {
        keep(
                by,
                "add",
                configuration.getJobName(),
                null,
                () -> {
                    commands.add(configuration, jobClass);
                    return "";
                },
                done -> configuration.settings().toString());
    }

    // ---- items and instances -----------------------------------------------------------------------------------

    @Override
    public void interrupt(String jobName, String actor, String reason) {
        By who = by(actor, reason, by);
        keep(who, "interrupt", jobName, null, () -> commands.orders().interrupt(jobName, List.of(), who));
    }

    @Override
    public void interrupt(String jobName, int item, String actor, String reason) {
        By who = by(actor, reason, by);
        keep(who, "interrupt", jobName, () -> "item " + item, () -> commands.orders()
                .interrupt(jobName, List.of(item), who));
    }

    @Override
    public List<Integer> rerunFailed(String jobName) {
        return rerun(jobName, null);
    }

    @Override
    public List<Integer> rerunFailed(String jobName, Instant scheduledTime) {
        return rerun(jobName, scheduledTime);
    }

    private List<Integer> rerun(String jobName, @Nullable Instant scheduledTime) {
        return keep(
                by,
                "rerunFailed",
                jobName,
                null,
                () -> commands.orders().rerun(jobName, scheduledTime, by),
                items -> "items " + items);
    }

    @Override
    public void drain(String instance, String actor, String reason) {
        By who = by(actor, reason, by);
        keep(who, "drain", instance, drained(instance), () -> commands.orders().drain(instance, who));
    }

    @Override
    public void undrain(String instance, String actor, String reason) {
        By who = by(actor, reason, by);
        keep(who, "undrain", instance, drained(instance), () -> commands.orders()
                .undrain(instance, who));
    }

    private Supplier<String> drained(String instance) {
        return () -> commands.orders().drainedInstances().contains(instance) ? "DRAINED" : "TAKES PART";
    }

    // ---- requests ----------------------------------------------------------------------------------------------

    @Override
    public JobRequests requests() {
        JobRequests requests = commands.requests();
        return new JobRequests() {
            @Override
            public String trigger(TriggerRequest request) {
                return keep(
                        by,
                        "trigger",
                        request.jobName(),
                        null,
                        () -> requests.trigger(request),
                        id -> "request " + id + ": " + request);
            }

            @Override
            public String backfill(BackfillRequest request) {
                return keep(
                        by,
                        "backfill",
                        request.jobName(),
                        null,
                        () -> requests.backfill(request),
                        id -> "request " + id + ": " + request);
            }

            @Override
            public void pause(String jobName, String id) {
                keep(by, "pauseRequest", jobName, state(jobName, id), () -> requests.pause(jobName, id));
            }

            @Override
            public void resume(String jobName, String id) {
                keep(by, "resumeRequest", jobName, state(jobName, id), () -> requests.resume(jobName, id));
            }

            @Override
            public void cancel(String jobName, String id) {
                keep(by, "cancelRequest", jobName, state(jobName, id), () -> requests.cancel(jobName, id));
            }

            private Supplier<String> state(String jobName, String id) {
                return () -> "request " + id + ": "
                        + requests.request(jobName, id)
                                .map(request -> request.state().name())
                                .orElse("unknown");
            }

            @Override
            public List<RequestStatus> requests(String jobName) {
                return requests.requests(jobName);
            }

            @Override
            public Optional<RequestStatus> request(String jobName, String id) {
                return requests.request(jobName, id);
            }
        };
    }
}
