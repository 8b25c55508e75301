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
import io.carillon.jobs.scheduling.CronSchedule;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** One job of a history: its configuration as the registry holds it now. One thread at a time. */
final class SimulatedJob {

    static final String NAMESPACE = "sim";
    private static final List<String> STRATEGIES =
            List.of("AVG_ALLOCATION", "ODEVITY", "ROUND_ROBIN", "SINGLE_SHARDING_BALANCE");
    private static final List<String> CRONS =
            List.of("0/2 * * * * ?", "0/2 * * * * ?", "0/3 * * * * ?", "0/1 * * * * ?");

    final JobPaths paths;
    final Set<Integer> disabledItems = new TreeSet<>();
    private JobConfiguration configuration;
    private @Nullable CronSchedule schedule;

    /** The next planned time that has not come; null without a cron expression. */
    @Nullable
    Instant nextDue;

    /** When monitorExecution was switched last: what was claimed before or soon after is not looked at. */
    Instant monitorSwitched = Instant.MIN;

    SimulatedJob(String name, VirtualWorld world) {
        JobConfiguration.Builder drawn = JobConfiguration.newBuilder(name, 1 + world.draw(6))
                .timeZone("GMT")
                .failover(world.chance(2))
                .misfire(world.chance(2))
                .monitorExecution(!world.chance(6))
                .jobShardingStrategyType(world.pick(STRATEGIES));
        if (!world.chance(8)) {
            drawn.cron(world.pick(CRONS));
        }
        this.configuration = drawn.build();
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

    /** Another configuration, changed in one setting. */
    JobConfiguration change(VirtualWorld world) {
        JobConfiguration.Builder next = configuration.toBuilder();
        switch (world.draw(5)) {
            case 0 -> next.shardingTotalCount(1 + world.draw(6));
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
        configuration = stored;
        schedule = scheduleOf(stored);
        plan(now);
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

    SimpleJob code() {
        return new Code();
    }

    /** The user's code; how long it takes is the worker's matter. */
    private static final class Code implements SimpleJob {
        @Override
        public void execute(ShardingContext context) {
            context.reportHandled(1);
        }
    }
}
