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
import io.carillon.console.access.Role;
import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.TypedJob;
import io.carillon.jobs.operations.ConfigurationVersion;
import io.carillon.jobs.operations.JobCommands;
import io.carillon.jobs.operations.JobQueries;
import io.carillon.jobs.operations.JobRequests.BackfillRequest;
import io.carillon.jobs.operations.JobRequests.TriggerRequest;
import io.carillon.jobs.operations.Target;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What can be done to one job. */
public sealed interface JobCommand extends Command {
    @Override
    String jobName();

    /**
     * Runs a job now.
     *
     * @param parameter null: the job's own
     * @param time the business time, or null for now
     * @param items empty: all
     * @param instances the shards that these own when the command is carried out; empty: all owners
     * @param evenIfDisabled whether it is asked for though the job is switched off; it begins when the job is on again
     */
    record Trigger(
            String cluster,
            String jobName,
            @Nullable String parameter,
            @Nullable Instant time,
            List<Integer> items,
            List<String> instances,
            boolean evenIfDisabled)
            implements JobCommand {
        public Trigger {
            items = List.copyOf(items);
            instances = List.copyOf(instances);
        }

        /** Wherever the items are owned, and only while the job is on. */
        public Trigger(
                String cluster,
                String jobName,
                @Nullable String parameter,
                @Nullable Instant time,
                List<Integer> items) {
            this(cluster, jobName, parameter, time, items, List.of(), false);
        }

        @Override
        public String name() {
            return "trigger";
        }

        @Override
        public Role role() {
            return Role.OPERATOR;
        }

        @Override
        public Done run(ConsoleCluster in, By by) {
            List<Integer> wanted = wanted(in, jobName, items, instances, evenIfDisabled);
            if (parameter == null && time == null && wanted.isEmpty() && isOfPeersOnly(in)) {
                in.commands().trigger(jobName);
                return Done.of("done.triggerPeers", jobName).now("all items, once");
            }
            String id = in.commands().requests().trigger(new TriggerRequest(jobName, parameter, time, wanted));
            return Done.of("done.trigger", jobName, id)
                    .now("request " + id
                            + (parameter == null ? "" : ", parameter " + parameter)
                            + (time == null ? "" : ", for " + time)
                            + (wanted.isEmpty() ? "" : ", items " + wanted)
                            + (instances.isEmpty() ? "" : " of " + String.join(", ", instances)))
                    .asked(id);
        }

        /** Whether only instances of ElasticJob run the job: they know no requests, but can be told to run all items once. */
        private boolean isOfPeersOnly(ConsoleCluster in) {
            List<JobQueries.InstanceDetail> online = in.queries().instanceDetails().stream()
                    .filter(instance -> instance.jobs().contains(jobName))
                    .toList();
            return !online.isEmpty() && online.stream().allMatch(JobQueries.InstanceDetail::peer);
        }
    }

    /**
     * Runs a job for a range of business times.
     *
     * @param instances the shards that these own when the command is carried out; empty: all owners
     * @param evenIfDisabled whether it is asked for though the job is switched off; it begins when the job is on again
     */
    record Backfill(
            String cluster, String jobName, BackfillRequest request, List<String> instances, boolean evenIfDisabled)
            implements JobCommand {
        public Backfill {
            instances = List.copyOf(instances);
        }

        @Override
        public String name() {
            return "backfill";
        }

        @Override
        public Role role() {
            return Role.OPERATOR;
        }

        @Override
        public boolean needsReason() {
            return true;
        }

        @Override
        public Done run(ConsoleCluster in, By by) {
            List<Integer> wanted = wanted(in, jobName, request.items(), instances, evenIfDisabled);
            String id = in.commands().requests().backfill(request.onItems(wanted));
            return Done.of("done.backfill", jobName, id)
                    .now("request " + id + ", from " + request.from() + " to " + request.to()
                            + (wanted.isEmpty() ? "" : ", items " + wanted)
                            + (instances.isEmpty() ? "" : " of " + String.join(", ", instances)))
                    .asked(id);
        }
    }

    /** The items that are asked for; what instances own is looked up now. A job that is not there is the engine's to refuse. */
    private static List<Integer> wanted(
            ConsoleCluster in, String jobName, List<Integer> items, List<String> instances, boolean evenIfDisabled) {
        JobQueries.JobStatus job = in.queries().job(jobName).orElse(null);
        if (job == null) {
            return items;
        }
        RunPlan plan = RunPlan.of(job, items, instances, evenIfDisabled);
        return instances.isEmpty() ? items : plan.runnable();
    }

    /** Does something with a request that is on its way: {@code pause}, {@code resume}, {@code cancel}. */
    record ChangeRequest(String cluster, String jobName, String id, Change change) implements JobCommand {
        /** What. */
        public enum Change {
            PAUSE,
            RESUME,
            CANCEL
        }

        @Override
        public String name() {
            return "request-" + change.name().toLowerCase(java.util.Locale.ROOT);
        }

        @Override
        public Role role() {
            return Role.OPERATOR;
        }

        @Override
        public String target() {
            return jobName + " request " + id;
        }

        @Override
        public Done run(ConsoleCluster in, By by) {
            switch (change) {
                case PAUSE -> in.commands().requests().pause(jobName, id);
                case RESUME -> in.commands().requests().resume(jobName, id);
                case CANCEL -> in.commands().requests().cancel(jobName, id);
            }
            return Done.of("done." + name(), jobName, id);
        }
    }

    /** Switches a job off on all its servers. */
    record Disable(String cluster, String jobName) implements JobCommand {
        @Override
        public String name() {
            return "disable";
        }

        @Override
        public Role role() {
            return Role.OPERATOR;
        }

        @Override
        public boolean needsReason() {
            return true;
        }

        @Override
        public @Nullable String before(ConsoleCluster in) {
            return intent(in, jobName);
        }

        @Override
        public Done run(ConsoleCluster in, By by) {
            in.commands().disable(Target.job(jobName));
            return Done.of("done.disable", jobName).now("disabled");
        }
    }

    /** Switches a job off until a time. */
    record PauseUntil(String cluster, String jobName, Instant until) implements JobCommand {
        @Override
        public String name() {
            return "pause";
        }

        @Override
        public Role role() {
            return Role.OPERATOR;
        }

        @Override
        public boolean needsReason() {
            return true;
        }

        @Override
        public @Nullable String before(ConsoleCluster in) {
            return intent(in, jobName);
        }

        @Override
        public Done run(ConsoleCluster in, By by) {
            in.commands().pauseUntil(jobName, until);
            return Done.of("done.pause", jobName, until).now("paused until " + until);
        }
    }

    /** Leaves out exactly the next planned run. */
    record SkipNext(String cluster, String jobName) implements JobCommand {
        @Override
        public String name() {
            return "skip-next";
        }

        @Override
        public Role role() {
            return Role.OPERATOR;
        }

        @Override
        public boolean needsReason() {
            return true;
        }

        @Override
        public Done run(ConsoleCluster in, By by) {
            Instant skipped = in.commands().skipNext(jobName);
            return Done.of("done.skip-next", jobName, skipped).now("skips " + skipped);
        }
    }

    /** Stores settings again that were stored before. */
    record RollBack(String cluster, String jobName, int to, int version) implements JobCommand {
        @Override
        public String name() {
            return "roll-back";
        }

        @Override
        public Role role() {
            return Role.EDITOR;
        }

        @Override
        public String target() {
            return jobName + " to version " + to;
        }

        @Override
        public @Nullable String before(ConsoleCluster in) {
            return "version " + version;
        }

        @Override
        public List<String> newPrograms(ConsoleCluster in) {
            return in.queries().versions(jobName).stream()
                    .filter(earlier -> earlier.version() == to)
                    .map(ConfigurationVersion::configuration)
                    .filter(Objects::nonNull)
                    .filter(earlier -> isNewProgram(in, earlier))
                    .map(JobConfiguration::getJobName)
                    .toList();
        }

        @Override
        public Done run(ConsoleCluster in, By by) {
            int stored = in.commands().rollBack(jobName, to, version);
            return Done.of("done.roll-back", jobName, to, stored).now("version " + stored + ", as version " + to);
        }
    }

    /** Switches a job on again. */
    record Enable(String cluster, String jobName) implements JobCommand {
        @Override
        public String name() {
            return "enable";
        }

        @Override
        public Role role() {
            return Role.OPERATOR;
        }

        @Override
        public @Nullable String before(ConsoleCluster in) {
            return intent(in, jobName);
        }

        @Override
        public Done run(ConsoleCluster in, By by) {
            in.commands().enable(Target.job(jobName));
            return Done.of("done.enable", jobName).now("enabled");
        }
    }

    /**
     * Interrupts what runs.
     *
     * @param item null: all items
     */
    record Interrupt(
            String cluster, String jobName, @Nullable Integer item) implements JobCommand {
        @Override
        public String name() {
            return "interrupt";
        }

        @Override
        public Role role() {
            return Role.OPERATOR;
        }

        @Override
        public String target() {
            return item == null ? jobName : jobName + " item " + item;
        }

        @Override
        public boolean needsReason() {
            return true;
        }

        @Override
        public Done run(ConsoleCluster in, By by) {
            if (item == null) {
                in.commands().interrupt(jobName, by.who(), by.reason());
            } else {
                in.commands().interrupt(jobName, item, by.who(), by.reason());
            }
            return Done.of("done.interrupt", target());
        }
    }

    /** Runs those items once more whose last run did not end well. */
    record RerunFailed(String cluster, String jobName) implements JobCommand {
        @Override
        public String name() {
            return "rerun-failed";
        }

        @Override
        public Role role() {
            return Role.OPERATOR;
        }

        @Override
        public Done run(ConsoleCluster in, By by) {
            List<Integer> items = in.commands().rerunFailed(jobName);
            return items.isEmpty()
                    ? Done.of("done.rerun-nothing", jobName)
                    : Done.of("done.rerun-failed", jobName, text(items)).now("items " + text(items));
        }
    }

    /** Switches one item off or on. */
    record SwitchItem(String cluster, String jobName, int item, boolean on) implements JobCommand {
        @Override
        public String name() {
            return on ? "enable-item" : "disable-item";
        }

        @Override
        public Role role() {
            return Role.OPERATOR;
        }

        @Override
        public String target() {
            return jobName + " item " + item;
        }

        @Override
        public boolean needsReason() {
            return !on;
        }

        @Override
        public Done run(ConsoleCluster in, By by) {
            if (on) {
                in.commands().enableItem(jobName, item);
            } else {
                in.commands().disableItem(jobName, item);
            }
            return Done.of("done." + name(), jobName, item).now(on ? "enabled" : "disabled");
        }
    }

    /** Gives a shard to another instance, from the next firing on. */
    record MoveItem(String cluster, String jobName, int item, String instance) implements JobCommand {
        @Override
        public String name() {
            return "move-item";
        }

        @Override
        public Role role() {
            return Role.OPERATOR;
        }

        @Override
        public String target() {
            return jobName + " item " + item;
        }

        @Override
        public boolean needsReason() {
            return true;
        }

        @Override
        public @Nullable String before(ConsoleCluster in) {
            return in.queries().job(jobName).stream()
                    .flatMap(job -> job.items().stream())
                    .filter(known -> known.item() == item)
                    .map(known -> "owner: " + (known.owner() == null ? "nobody" : known.owner()))
                    .findFirst()
                    .orElse(null);
        }

        @Override
        public Done run(ConsoleCluster in, By by) {
            if (instance.isBlank()) {
                throw new RefusedException(400, "problem.noInstance");
            }
            in.commands().moveItem(jobName, item, instance);
            return Done.of("done.move-item", jobName, item, instance).now("owner from the next firing on: " + instance);
        }
    }

    /**
     * Replaces a job's stored configuration.
     *
     * @param version that it was made from
     * @param what {@code edit}, or {@code rollback} to an earlier version
     */
    record Edit(String cluster, JobConfiguration configuration, int version, String what) implements JobCommand {
        @Override
        public String name() {
            return what;
        }

        @Override
        public String jobName() {
            return configuration.getJobName();
        }

        @Override
        public Role role() {
            return Role.EDITOR;
        }

        @Override
        public @Nullable String before(ConsoleCluster in) {
            return in.commands()
                    .stored(jobName())
                    .map(JobCommands.Stored::configuration)
                    .map(present -> Settings.print(present, configuration))
                    .orElse(null);
        }

        @Override
        public List<String> newPrograms(ConsoleCluster in) {
            return isNewProgram(in, configuration) ? List.of(jobName()) : List.of();
        }

        @Override
        public Done run(ConsoleCluster in, By by) {
            String after;
            try {
                after = in.commands()
                        .stored(jobName())
                        .map(stored -> Settings.print(configuration, stored.configuration()))
                        .orElse(null);
            } catch (InvalidSettingException unusable) {
                // it takes the place of what nobody can read
                after = Settings.print(configuration, null);
            }
            int stored = in.commands().update(configuration, version);
            return Done.of("done.edit", jobName(), stored).now(after);
        }
    }

    /** Removes a job with all that is known of it. */
    record Remove(String cluster, String jobName) implements JobCommand {
        @Override
        public String name() {
            return "remove";
        }

        @Override
        public Role role() {
            return Role.ADMIN;
        }

        @Override
        public boolean needsReason() {
            return true;
        }

        @Override
        public @Nullable String before(ConsoleCluster in) {
            return in.commands()
                    .stored(jobName)
                    .map(stored -> Settings.print(stored.configuration(), null))
                    .orElse(null);
        }

        @Override
        public Done run(ConsoleCluster in, By by) {
            in.commands().removeJob(jobName);
            return Done.of("done.remove", jobName);
        }
    }

    private static @Nullable String intent(ConsoleCluster in, String jobName) {
        return in.queries()
                .job(jobName)
                .map(job -> job.disabled() ? "disabled" : "enabled")
                .orElse(null);
    }

    private static String text(List<Integer> items) {
        return items.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    /** Whether a configuration has a command line that is not the stored one's. */
    static boolean isNewProgram(ConsoleCluster in, JobConfiguration changed) {
        String wanted = changed.getProps().getOrDefault(TypedJob.COMMAND_LINE, "");
        return !wanted.isBlank() && !storedCommandLine(in, changed.getJobName()).equals(wanted);
    }

    private static String storedCommandLine(ConsoleCluster in, String jobName) {
        try {
            return in.commands()
                    .stored(jobName)
                    .map(present -> present.configuration().getProps().getOrDefault(TypedJob.COMMAND_LINE, ""))
                    .orElse("");
        } catch (InvalidSettingException unusable) {
            // nobody knows what it ran: whatever takes its place is new
            return "";
        }
    }
}
