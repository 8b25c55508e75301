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
package io.carillon.testkit.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.InstanceOrder;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.execution.DistributeOnceListener;
import io.carillon.jobs.execution.ErrorHandler;
import io.carillon.jobs.history.RunRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Listeners that are called once per firing for all instances, in virtual time. */
class DistributeOnceTest {

    static final List<String> TOLD = new ArrayList<>();

    private final DrivenCluster cluster = new DrivenCluster();

    /** Without time-outs. */
    public static class Once extends DistributeOnceListener {

        public Once() {}

        Once(Duration started, Duration completed) {
            super(started, completed);
        }

        @Override
        public String type() {
            return "ONCE";
        }

        @Override
        public void beforeFirstItem(Firing here) {
            TOLD.add("before");
        }

        @Override
        public void afterLastItem(Firing here) {
            TOLD.add("after");
        }
    }

    /** With time-outs. */
    public static final class OnceInTime extends Once {
        public OnceInTime() {
            super(Duration.ofSeconds(2), Duration.ofSeconds(3));
        }

        @Override
        public String type() {
            return "ONCE_IN_TIME";
        }
    }

    /** Keeps what it is told. */
    public static final class Keeping implements ErrorHandler {
        @Override
        public String type() {
            return "KEEP";
        }

        @Override
        public void handle(JobConfiguration configuration, int shardingItem, Throwable cause) {
            TOLD.add("error " + cause.getMessage());
        }
    }

    @BeforeEach
    void forget() {
        TOLD.clear();
    }

    private static JobConfiguration.Builder job(int items, String listener) {
        return JobConfiguration.newBuilder("job", items)
                .cron("0/10 * * * * ?")
                .timeZone("GMT")
                .jobListenerTypes(List.of(listener))
                .jobErrorHandlerType("KEEP");
    }

    private DrivenCluster.Instance join(String ip, JobConfiguration configuration) {
        return cluster.join(
                ip,
                configuration,
                context -> TOLD.add("item " + context.getShardingItem()
                        + (configuration.getCron() == null
                                ? ""
                                : " of " + context.scheduledTime().getEpochSecond() % 60)));
    }

    private List<String> told() {
        List<String> told = List.copyOf(TOLD);
        TOLD.clear();
        return told;
    }

    private void assertThatOneFiringWasTold(int items, String of) {
        List<String> told = told();
        assertThat(told).startsWith("before").endsWith("after").hasSize(items + 2);
        for (int item = 0; item < items; item++) {
            assertThat(told).contains("item " + item + of);
        }
    }

    @Test
    void oneOfThreeInstancesIsToldBeforeTheFirstItemAndAfterTheLast() {
        JobConfiguration job = job(6, "ONCE").build();
        for (int i = 1; i <= 3; i++) {
            join("10.0.0." + i, job);
        }
        long before = 0;
        for (int second : List.of(10, 20, 30)) {
            cluster.until(second + ".900");
            assertThatOneFiringWasTold(6, " of " + second);
            if (second > 10) {
                assertThat(cluster.server.requests() - before)
                        .as("for the meetings of three instances, in all")
                        .isLessThan(3 * 20);
            }
            before = cluster.server.requests();
            assertThat(cluster.server.dump().keySet())
                    .noneMatch(path -> path.matches(".*/guarantee/.*(/[0-9]+|latch-[0-9]+)"))
                    .noneMatch(path -> path.endsWith("/running"));
        }
    }

    @Test
    void noItemBeginsUntilAllHaveComeAndTheEndWaitsForTheLast() {
        JobConfiguration job = job(2, "ONCE").build();
        DrivenCluster.Instance a = join("10.0.0.1", job);
        DrivenCluster.Instance b = join("10.0.0.2", job);
        cluster.until("10.900");
        told();
        cluster.until("19.000");
        b.still = true;
        cluster.until("20.500");
        assertThat(told()).isEmpty();
        b.hold = true;
        b.still = false;
        cluster.until("22.000");
        assertThat(told()).containsExactly("before", "item 1 of 20");
        b.hold = false;
        cluster.settle();
        assertThat(told()).containsExactly("item 0 of 20", "after");
        assertThat(a.ended).hasSize(2);
    }

    @Test
    void aTriggerIsOneFiringForAll() {
        JobConfiguration job = job(4, "ONCE").cron(null).build();
        for (int i = 1; i <= 3; i++) {
            join("10.0.0." + i, job);
        }
        for (int round = 0; round < 3; round++) {
            List<Write> writes = new ArrayList<>();
            if (round == 0) {
                writes.add(new Write.Create("/ns/job/trigger", "", CreateMode.PERSISTENT));
            }
            for (int i = 1; i <= 3; i++) {
                writes.add(new Write.Create("/ns/job/trigger/10.0.0." + i + "@-@1", "", CreateMode.PERSISTENT));
            }
            cluster.write(writes.toArray(Write[]::new));
            assertThatOneFiringWasTold(4, "");
        }
    }

    @Test
    void whoWasCutOutOfAFiringAndIsTriggeredThenIsNotWaitedForAtItsEnd() {
        JobConfiguration job = job(2, "ONCE").build();
        join("10.0.0.1", job);
        DrivenCluster.Instance b = join("10.0.0.2", job);
        cluster.until("10.900");
        told();
        b.hold = true;
        cluster.until("20.500");
        assertThat(told()).hasSize(2).startsWith("before");
        // it stands still for longer than its claim may be trusted
        b.still = true;
        cluster.until("23.500");
        cluster.write(
                new Write.Create("/ns/job/trigger", "", CreateMode.PERSISTENT),
                new Write.Create("/ns/job/trigger/10.0.0.2@-@1", "", CreateMode.PERSISTENT));
        b.still = false;
        b.hold = false;
        cluster.until("25.000");
        assertThat(told()).contains("before").filteredOn("after"::equals).hasSize(2);
        assertThat(cluster.server.dump().keySet()).noneMatch(path -> path.endsWith("/running"));
    }

    @Test
    void fault2032AnInstanceThatDiesInAFiringSpoilsNeitherItsEndNorTheNextOne() {
        for (boolean failover : List.of(false, true)) {
            DistributeOnceTest test = new DistributeOnceTest();
            JobConfiguration job = job(3, "ONCE").failover(failover).build();
            test.join("10.0.0.1", job);
            test.join("10.0.0.2", job);
            DrivenCluster.Instance c = test.join("10.0.0.3", job);
            test.cluster.until("10.900");
            TOLD.clear();
            c.hold = true;
            test.cluster.until("21.000");
            assertThat(TOLD).hasSize(3).startsWith("before");
            c.die();
            if (failover) {
                assertThat(test.told()).hasSize(5).endsWith("after");
            } else {
                assertThat(test.told()).hasSize(4).endsWith("after");
            }
            test.cluster.until("30.900");
            test.assertThatOneFiringWasTold(3, " of 30");
        }
    }

    @Test
    void nobodyWaitsForAnInstanceThatIsGoneOrSwitchedOff() {
        JobConfiguration job = job(2, "ONCE").build();
        join("10.0.0.1", job);
        DrivenCluster.Instance b = join("10.0.0.2", job);
        cluster.until("10.900");
        told();
        b.still = true;
        cluster.until("21.000");
        assertThat(told()).isEmpty();
        b.die();
        cluster.settle();
        assertThat(told()).startsWith("before").endsWith("after").hasSizeGreaterThan(2);
        cluster.until("30.900");
        assertThatOneFiringWasTold(2, " of 30");
        join("10.0.0.3", job);
        cluster.until("40.900");
        told();
        cluster.write(new Write.SetData("/ns/job/servers/10.0.0.3", "DISABLED", -1));
        cluster.until("50.900");
        assertThatOneFiringWasTold(2, " of 50");
    }

    @Test
    void anInstanceThatJoinsWhileOthersWaitIsDealtItemsFirst() {
        JobConfiguration job = job(3, "ONCE").build();
        join("10.0.0.1", job);
        DrivenCluster.Instance b = join("10.0.0.2", job);
        cluster.until("10.900");
        told();
        cluster.until("19.500");
        b.still = true;
        cluster.until("20.500");
        join("10.0.0.3", job);
        cluster.until("21.000");
        assertThat(told()).isEmpty();
        b.still = false;
        cluster.until("29.900");
        assertThat(told())
                .as("the third, which may still come, begins with the next firing")
                .isEmpty();
        cluster.until("30.900");
        List<String> told = told();
        assertThat(told.subList(0, 4)).startsWith("before").endsWith("after").contains("item 2 of 20");
        TOLD.addAll(told.subList(4, told.size()));
        assertThatOneFiringWasTold(3, " of 30");
        cluster.until("40.900");
        assertThatOneFiringWasTold(3, " of 40");
    }

    @Test
    void whoWaitsTooLongTellsTheErrorHandlerAndRunsWithout() {
        JobConfiguration job = job(2, "ONCE_IN_TIME").build();
        join("10.0.0.1", job);
        DrivenCluster.Instance b = join("10.0.0.2", job);
        cluster.until("10.900");
        told();
        cluster.until("19.500");
        b.still = true;
        cluster.until("21.800");
        assertThat(told()).isEmpty();
        cluster.until("22.500");
        List<String> told = told();
        assertThat(told).hasSize(2).contains("item 1 of 20");
        assertThat(told.get(0))
                .startsWith("error job 'job': startedTimeout: PT2S (expected: within that time come [10.0.0.2@-@1]).");
        b.still = false;
        cluster.until("29.900");
        told();
        cluster.until("30.900");
        assertThatOneFiringWasTold(2, " of 30");
        b.hold = true;
        cluster.until("42.000");
        assertThat(told()).containsExactly("before", "item 1 of 40");
        cluster.until("43.500");
        assertThat(told())
                .singleElement()
                .asString()
                .startsWith(
                        "error job 'job': completedTimeout: PT3S (expected: within that time come [10.0.0.2@-@1]).");
        b.hold = false;
        cluster.until("49.900");
        told();
        cluster.until("50.900");
        assertThatOneFiringWasTold(2, " of 50");
    }

    @Test
    void anInstanceThatLosesItsSessionWhileItWaitsComesAgain() {
        JobConfiguration job = job(2, "ONCE").build();
        DrivenCluster.Instance a = join("10.0.0.1", job);
        DrivenCluster.Instance b = join("10.0.0.2", job);
        cluster.until("10.900");
        told();
        cluster.until("19.500");
        b.still = true;
        cluster.until("20.500");
        a.client.expireSession();
        cluster.until("21.500");
        b.still = false;
        cluster.until("29.900");
        assertThat(told()).as("a, which lost its firing, may still come").isEmpty();
        cluster.until("30.900");
        List<String> told = told();
        assertThat(told.subList(0, 3)).containsExactly("before", "item 0 of 20", "after");
        TOLD.addAll(told.subList(3, told.size()));
        assertThatOneFiringWasTold(2, " of 30");
    }

    @Test
    void anInstanceOfElasticJobsMeetsWithCarillons() {
        JobConfiguration job = job(2, "ONCE").build();
        join("10.0.0.1", job);
        cluster.until("05.000");
        var peer = cluster.write(
                new Write.Create("/ns/job/servers/10.0.0.9", "ENABLED", CreateMode.PERSISTENT),
                new Write.Create(
                        "/ns/job/instances/10.0.0.9@-@7",
                        "jobInstanceId: 10.0.0.9@-@7\nserverIp: 10.0.0.9\n",
                        CreateMode.EPHEMERAL));
        cluster.until("10.300");
        cluster.until("10.900");
        assertThat(cluster.node("sharding/0/instance")).isEqualTo("10.0.0.9@-@7");
        assertThat(told()).isEmpty();
        // the other side marks its item, sees that not all is there until ours has come, and waits for the end of the
        // parent
        cluster.write(peer, new Write.Create("/ns/job/guarantee/started/0", "", CreateMode.PERSISTENT));
        assertThat(told()).containsExactly("before", "item 1 of 10");
        assertThat(cluster.node("guarantee/started")).isNull();
        // ours waits at the end, until the other side is last, does it, and removes the marks
        assertThat(cluster.node("guarantee/completed/1")).isNotNull();
        cluster.write(
                peer,
                new Write.Delete("/ns/job/guarantee/completed/1", -1),
                new Write.Delete("/ns/job/guarantee/completed", -1));
        assertThat(cluster.server.dump().keySet()).doesNotContain("/ns/job/sharding/1/running");
        assertThat(told()).isEmpty();
    }

    private void order(InstanceOrder order, String instance) {
        InMemoryRegistry.Client admin = cluster.server.connect();
        admin.commit(List.of(new Write.Create(InstanceOrder.root("ns"), "", CreateMode.PERSISTENT)), result -> {});
        admin.commit(
                List.of(new Write.Create(InstanceOrder.inbox("ns", instance), "", CreateMode.CONTAINER)), result -> {});
        cluster.write(
                admin,
                new Write.Create(InstanceOrder.path("ns", instance), order.print(), CreateMode.EPHEMERAL_SEQUENTIAL));
    }

    @Test
    void itemsThatAreInterruptedWhileTheyWaitEndAtOnceAndLeaveNoMarkBehind() {
        JobConfiguration job = job(2, "ONCE").build();
        DrivenCluster.Instance a = join("10.0.0.1", job);
        DrivenCluster.Instance b = join("10.0.0.2", job);
        cluster.until("10.900");
        told();
        cluster.until("19.500");
        b.still = true;
        cluster.until("20.500");
        assertThat(told()).isEmpty();
        order(new InstanceOrder(InstanceOrder.Kind.INTERRUPT, "job", List.of(), null, "me", "enough"), "10.0.0.1@-@1");
        cluster.until("21.000");
        assertThat(a.ended.get(a.ended.size() - 1).outcome()).isEqualTo(RunRecord.Outcome.INTERRUPTED);
        assertThat(cluster.server.dump().keySet())
                .as("it waits for nobody, and nobody waits for it")
                .noneMatch(path -> path.endsWith("/sharding/1/running"))
                .noneMatch(path -> path.matches(".*/guarantee/.*/[0-9]+"));
        b.still = false;
        cluster.until("29.900");
        assertThat(told()).as("a may still come, for all that the other knows").isEmpty();
        cluster.until("30.900");
        List<String> told = told();
        assertThat(told.subList(0, 3)).containsExactly("before", "item 0 of 20", "after");
        TOLD.addAll(told.subList(3, told.size()));
        assertThatOneFiringWasTold(2, " of 30");
    }

    @Test
    void aRerunOfFailedItemsMeetsNobody() {
        JobConfiguration job = job(2, "ONCE").build();
        boolean[] broken = {true};
        DrivenCluster.Instance a = cluster.join("10.0.0.1", job, context -> {
            if (broken[0]) {
                throw new IllegalStateException("broken");
            }
            TOLD.add("item " + context.getShardingItem() + " of "
                    + context.scheduledTime().getEpochSecond() % 60);
        });
        join("10.0.0.2", job);
        cluster.until("10.900");
        assertThat(a.ended).extracting(RunRecord::outcome).containsExactly(RunRecord.Outcome.FAILED);
        int item = a.ended.get(0).shardingItem();
        told();
        broken[0] = false;
        order(
                new InstanceOrder(
                        InstanceOrder.Kind.RERUN,
                        "job",
                        List.of(item),
                        Instant.parse("2026-01-01T00:00:10Z"),
                        "me",
                        ""),
                "10.0.0.1@-@1");
        cluster.until("12.000");
        assertThat(told()).containsExactly("item " + item + " of 10");
        cluster.until("20.900");
        assertThatOneFiringWasTold(2, " of 20");
    }
}
