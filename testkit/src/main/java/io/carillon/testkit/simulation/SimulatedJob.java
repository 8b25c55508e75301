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
package io.carillon.testkit.simulation;

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.execution.ItemPolicy;
import io.carillon.jobs.scheduling.CronSchedule;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** One job of a history: its configuration as the registry holds it now, and its code. One thread at a time. */
final class SimulatedJob {

    static final String NAMESPACE = "sim";
    static final int MOST_ITEMS = 6;

    private static final List<String> STRATEGIES =
            List.of("AVG_ALLOCATION", "ODEVITY", "ROUND_ROBIN", "SINGLE_SHARDING_BALANCE");
    private static final List<String> CRONS =
            List.of("0/2 * * * * ?", "0/2 * * * * ?", "0/3 * * * * ?", "0/1 * * * * ?");

    final JobPaths paths;
    final Set<Integer> disabledItems = new TreeSet<>();
    /** Whether its runs keep a checkpoint. */
    final boolean keepsCheckpoints;
    /** Whether its instances meet before and after each firing. */
    final boolean meets;

    private final boolean fails;
    private final boolean longRuns;
    private JobConfiguration configuration;
    private @Nullable CronSchedule schedule;

    /** The next planned time that has not come; null without a cron expression. */
    @Nullable
    Instant nextDue;

    /** When monitorExecution was switched last: what was claimed before or soon after is not looked at. */
    Instant monitorSwitched = Instant.MIN;

    /** Excuses what is not run while it is paused; null while it is not. */
    ObservedReasons.@Nullable Interval paused;

    /** The planned times that are left out, by command. */
    final Set<Instant> skipped = new HashSet<>();

    /** When an instance of ElasticJob was its leader last. */
    Instant ledByPeers = Instant.MIN;

    /** The smallest number of items that it ever had. */
    int fewestItems;

    /** Whether a command has interrupted it. */
    boolean wasInterrupted;

    /** @param mixed whether instances of ElasticJob take part: then it has nothing that they do not know */
    SimulatedJob(String name, VirtualWorld world, boolean mixed) {
        this.keepsCheckpoints = world.chance(3);
        this.meets = !mixed && world.chance(6);
        this.fails = world.chance(3);
        this.longRuns = world.chance(4);
        JobConfiguration.Builder drawn = JobConfiguration.newBuilder(name, 1 + world.draw(MOST_ITEMS))
                .timeZone("GMT")
                .failover(world.chance(2))
                .misfire(world.chance(2))
                .monitorExecution(!world.chance(6))
                .jobErrorHandlerType("IGNORE")
                .jobShardingStrategyType(world.pick(mixed ? STRATEGIES.subList(0, 3) : STRATEGIES));
        if (meets) {
            drawn.jobListenerTypes(List.of(SimulatedMeeting.TYPE));
        }
        if (fails && world.chance(2)) {
            drawn.setProperty(ItemPolicy.RETRY_MAX, "2").setProperty(ItemPolicy.RETRY_BACKOFF, "200ms");
        }
        if (!world.chance(8)) {
            drawn.cron(world.pick(CRONS));
        }
        this.configuration = drawn.build();
        this.fewestItems = items();
        this.paths = new JobPaths(NAMESPACE, name);
        this.schedule = scheduleOf(configuration);
        plan(world.now());
    }

    private static @Nullable CronSchedule scheduleOf(JobConfiguration configuration) {
        String cron = configuration.getCron();
        return cron == null ? null : CronSchedule.of(cron, configuration.getTimeZone());
    }

    private void plan(Instant now) {
        CronSchedule cron = schedule;
        nextDue = cron == null ? null : cron.next(now);
    }

    /** The planned times that have come; afterwards {@link #nextDue} has not. */
    @Nullable
    Instant takeDue(Instant now) {
        Instant due = nextDue;
        CronSchedule cron = schedule;
        if (due == null || cron == null || due.isAfter(now)) {
            return null;
        }
        nextDue = cron.next(due);
        return due;
    }

    /** How long a run takes: longer than from one firing to the next now and then, in some jobs often. */
    Duration drawLength(VirtualWorld world) {
        int kind = world.draw(longRuns ? 30 : 300);
        return kind == 0 ? Duration.ofSeconds(4) : kind < 4 ? Duration.ofMillis(1_500) : world.millis(1, 300);
    }

    /** Another configuration, changed in one setting. */
    JobConfiguration change(VirtualWorld world) {
        JobConfiguration.Builder next = configuration.toBuilder();
        switch (world.draw(5)) {
            case 0 -> next.shardingTotalCount(1 + world.draw(MOST_ITEMS));
            case 1 -> next.failover(!configuration.isFailover());
            case 2 -> next.misfire(!configuration.isMisfire());
            case 3 -> next.monitorExecution(!configuration.isMonitorExecution());
            default -> next.cron(configuration.getCron() == null ? null : world.pick(CRONS));
        }
        return next.build();
    }

    /** Takes over what was stored. */
    void changed(JobConfiguration stored, Instant now) {
        if (stored.isMonitorExecution() != configuration.isMonitorExecution()) {
            monitorSwitched = now;
        }
        boolean planned = Objects.equals(stored.getCron(), configuration.getCron());
        configuration = stored;
        fewestItems = Math.min(fewestItems, items());
        if (!planned) {
            schedule = scheduleOf(stored);
            plan(now);
        }
    }

    /** Whether an instance of ElasticJob leads it. */
    boolean isLedByPeer(EngineSimulation simulation) {
        String leader = simulation.server().data(paths.leaderInstance());
        return leader != null && simulation.isPeer(leader);
    }

    JobConfiguration configuration() {
        return configuration;
    }

    String name() {
        return configuration.getJobName();
    }

    int items() {
        return configuration.getShardingTotalCount();
    }

    boolean isPlanned() {
        return schedule != null;
    }

    @Nullable
    CronSchedule schedule() {
        return schedule;
    }

    SimpleJob code() {
        return new Code(fails);
    }

    /** The user's code, which fails now and then; how long it takes is the worker's matter. */
    private static final class Code implements SimpleJob {

        private final boolean fails;

        private Code(boolean fails) {
            this.fails = fails;
        }

        @Override
        public void execute(ShardingContext context) {
            long mixed = (context.fence() * 31 + context.getShardingItem()) * 31 + context.attempt();
            if (fails && Math.floorMod((mixed * 0x9E3779B97F4A7C15L) >>> 40, 6L) == 0) {
                throw new IllegalStateException("drawn to fail");
            }
            context.reportHandled(1);
        }
    }
}
