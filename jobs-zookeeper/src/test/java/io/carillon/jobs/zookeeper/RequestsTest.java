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
package io.carillon.jobs.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.operations.JobCommands;
import io.carillon.jobs.operations.RegistryOperations;
import io.carillon.testkit.jobs.ManualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a job costs a real ZooKeeper: requests, counted on the wire of each instance, in virtual time.
 *
 * <p>ElasticJob 3.0.4, counted at the server with its default settings: 111 for a start, 18 for a firing with one item, 12,006
 * with 1,000 items.
 */
final class RequestsTest {

    private static final int START = 15;
    private static final int FIRING = 2;

    private static LocalZooKeeper zooKeeper;
    private static int namespaces;

    private final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00.600Z"));
    private final String namespace = "counted-" + ++namespaces;
    private final List<CountedInstance> instances = new ArrayList<>();

    @BeforeAll
    static void startZooKeeper() throws Exception {
        zooKeeper = new LocalZooKeeper();
    }

    @AfterAll
    static void stopZooKeeper() throws Exception {
        zooKeeper.close();
    }

    @AfterEach
    void closeInstances() {
        instances.forEach(CountedInstance::close);
    }

    private CountedInstance instance() {
        CountedInstance made = new CountedInstance(zooKeeper, namespace, "10.0.0." + (instances.size() + 1), time);
        instances.add(made);
        return made;
    }

    private static JobConfiguration.Builder eachSecond(int items) {
        return JobConfiguration.newBuilder("job", items).cron("* * * * * ?").timeZone("GMT");
    }

    /** Until all that was to be said between the instances and the server has been said. */
    private void settle() throws Exception {
        long before;
        long now = -1;
        do {
            before = now;
            instances.forEach(CountedInstance::poll);
            // twice: what the second has asked may be told to the first
            for (int i = 0; i < 2; i++) {
                for (CountedInstance each : instances) {
                    each.askTheServer();
                }
            }
            now = instances.stream().mapToLong(CountedInstance::requests).sum();
        } while (now != before);
        instances.forEach(CountedInstance::poll);
    }

    private void await(BooleanSupplier condition) {
        for (int i = 0; i < 30_000; i++) {
            instances.forEach(CountedInstance::poll);
            if (condition.getAsBoolean()) {
                return;
            }
            LockSupport.parkNanos(1_000_000);
        }
        throw new AssertionError("did not come to pass within a minute");
    }

    private int ended() {
        return instances.stream().mapToInt(CountedInstance::endedSoFar).sum();
    }

    /** The next second, and what each instance asked in it. */
    private long[] firing(int runs) throws Exception {
        settle();
        instances.forEach(CountedInstance::takeEnded);
        long[] asked = instances.stream().mapToLong(CountedInstance::requests).toArray();
        time.advance(Duration.ofSeconds(1));
        await(() -> ended() >= runs);
        settle();
        assertThat(ended()).as("runs of the firing").isEqualTo(runs);
        for (int i = 0; i < asked.length; i++) {
            asked[i] = instances.get(i).requests() - asked[i];
        }
        return asked;
    }

    private static void print(String what, Object figures, String elasticJob) {
        System.out.printf("| %-62s | %-12s | %-28s |%n", what, figures, elasticJob);
    }

    @ParameterizedTest
    @CsvSource({"1, true, false", "3, true, false", "3, true, true", "3, false, false", "1000, true, false"})
    void aJobStartsWithAtMost15RequestsAndFiresWithAtMost2(int items, boolean monitor, boolean failover)
            throws Exception {
        JobConfiguration job =
                eachSecond(items).monitorExecution(monitor).failover(failover).build();
        CountedInstance first = instance();
        first.schedule(job);
        settle();
        long started = first.requests();
        long[] dealt = firing(items);
        String settings = items + " items, monitorExecution " + (monitor ? "on" : "off") + ", failover "
                + (failover ? "on" : "off");
        print("first start, " + settings, started, "111 and 3 per item");
        print("first start with the first firing", started + dealt[0], "129 and more");
        assertThat(started + dealt[0]).isLessThanOrEqualTo(START);

        CountedInstance second = instance();
        CountedInstance third = instance();
        second.schedule(job);
        third.schedule(job);
        settle();
        print("start of a second instance", second.requests(), "111");
        assertThat(second.requests()).isLessThanOrEqualTo(START);
        firing(items); // the items are dealt anew
        long[] steady = firing(items);
        print("a firing on three instances, " + settings, Arrays.toString(steady), items == 1 ? "18" : "12 per item");
        for (int i = 0; i < steady.length; i++) {
            boolean owns = !instances.get(i).takeEnded().isEmpty();
            assertThat(steady[i]).isLessThanOrEqualTo(owns ? monitor ? FIRING : 1 : 0);
        }
        assertThat(firing(items)).isEqualTo(steady);
    }

    @Test
    void allOfAThousandItemsAreClaimedAndReleasedByOneInstanceInTwoRequests() throws Exception {
        CountedInstance only = instance();
        only.schedule(JobConfiguration.newBuilder("a-job-with-a-name-as-long-as-people-give-in-large-companies", 1000)
                .cron("* * * * * ?")
                .failover(true)
                .shardingItemParameters("0=the first of a thousand")
                .build());
        settle();
        firing(1000);
        long[] steady = firing(1000);
        print("a firing of 1,000 items on one instance", steady[0], "12,006");
        assertThat(steady).containsExactly(FIRING);
    }

    @Test
    void aDataflowAStreamAndAMisfireCostNoMore() throws Exception {
        CountedInstance flow = instance();
        flow.scheduleDataflow(eachSecond(3).build());
        settle();
        firing(3);
        assertThat(firing(3)).containsExactly(FIRING);
        flow.leave("job");
        settle();
        flow.scheduleDataflow(eachSecond(3)
                .props(java.util.Map.of("streaming.process", "true"))
                .overwrite(true)
                .build());
        settle();
        firing(3);
        long[] streamed = firing(3);
        print("a firing of a stream", streamed[0], "");
        assertThat(streamed).containsExactly(FIRING);

        flow.hold(true);
        long before = flow.requests();
        time.advance(Duration.ofSeconds(1));
        settle();
        time.advance(Duration.ofSeconds(1));
        settle();
        assertThat(flow.requests() - before).as("a firing that is missed").isEqualTo(1);
        flow.takeEnded();
        flow.hold(false);
        await(() -> ended() == 6);
        settle();
        print("a long firing and the one made up for after it", flow.requests() - before, "");
        assertThat(flow.takeEnded().stream().filter(run -> run.source() == RunRecord.Source.MISFIRE))
                .hasSize(3);
        assertThat(flow.requests() - before).isEqualTo(2 * FIRING);
    }

    @Test
    void afterAChangeOfTheConfigurationEachInstanceReadsItOnceAndFiresAsBefore() throws Exception {
        CountedInstance first = instance();
        CountedInstance second = instance();
        first.schedule(eachSecond(2).failover(true).build());
        settle();
        second.schedule(eachSecond(2).failover(true).build());
        settle();
        firing(2);
        firing(2);
        long[] before = {first.requests(), second.requests()};
        try (ZooKeeperRegistry admin = zooKeeper.open();
                RegistryOperations operations = RegistryOperations.open(admin, namespace, RunHistory.none(), time)) {
            JobCommands commands = operations.commands();
            commands.update(commands.configuration("job").orElseThrow().toBuilder()
                    .jobParameter("changed")
                    .build());
        }
        settle();
        print(
                "a change of the configuration, two instances",
                List.of(first.requests() - before[0], second.requests() - before[1]),
                "");
        assertThat(first.requests() - before[0]).isEqualTo(1);
        assertThat(second.requests() - before[1]).isEqualTo(1);
        assertThat(firing(2)).as("the first firing after it").containsExactly(FIRING, FIRING);
        assertThat(firing(2)).as("the second firing after it").containsExactly(FIRING, FIRING);
    }

    @Test
    void anInstanceThatLeavesCostsTheOthersADealAndNothingAfterwards() throws Exception {
        CountedInstance first = instance();
        CountedInstance second = instance();
        first.schedule(eachSecond(4).failover(true).build());
        settle();
        second.schedule(eachSecond(4).failover(true).build());
        settle();
        firing(4);
        firing(4);
        long before = first.requests();
        second.leave("job");
        settle();
        long[] dealt = firing(4);
        print("an instance leaves, with the firing after it", first.requests() - before, "");
        assertThat(dealt[1]).isZero();
        assertThat(firing(4)).containsExactly(FIRING, 0);
    }

    @Test
    void aJobThatIsNotDueAsksNothingHoweverLongItWaits() throws Exception {
        for (int i = 0; i < 3; i++) {
            instance();
        }
        for (int job = 0; job < 20; job++) {
            for (CountedInstance each : instances) {
                each.schedule(JobConfiguration.newBuilder("idle-" + job, 3)
                        .cron("0 0 0 1 1 ? 2099")
                        .failover(true)
                        .build());
            }
        }
        settle();
        settle();
        long[] asked = instances.stream().mapToLong(CountedInstance::requests).toArray();
        for (int second = 0; second < 3_600; second++) {
            time.advance(Duration.ofSeconds(1));
            instances.forEach(CountedInstance::poll);
        }
        long pings = instances.get(0).pings();
        await(() -> instances.get(0).pings() > pings);
        settle();
        print(
                "20 jobs on three instances, idle for an hour",
                Arrays.toString(new long[] {
                    instances.get(0).requests() - asked[0],
                    instances.get(1).requests() - asked[1],
                    instances.get(2).requests() - asked[2]
                }),
                "0");
        assertThat(instances.stream().mapToLong(CountedInstance::requests).toArray())
                .isEqualTo(asked);
    }
}
