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
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.coordination.InstanceOrder;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.engine.DrivenEngine;
import io.carillon.jobs.execution.ItemPolicy;
import io.carillon.jobs.execution.ItemRun;
import io.carillon.jobs.execution.Workers;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.history.RunRecord.Outcome;
import io.carillon.jobs.history.RunRecord.Source;
import io.carillon.jobs.model.InstanceId;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Items that fail, are tried again, are run again, and are handed over: in virtual time. */
class ItemsTest {

    private static final Instant MIDNIGHT = Instant.parse("2026-01-01T00:00:00Z");

    private final ManualTime time = new ManualTime(MIDNIGHT.plusMillis(500));
    private final Deque<Runnable> steps = new ArrayDeque<>();
    private final InMemoryRegistry server = new InMemoryRegistry(time, Duration.ofSeconds(4), steps::add);
    private final List<Instance> instances = new ArrayList<>();

    /** An engine whose user code runs when the test says so, or at once. */
    private final class Instance implements Workers {
        private final InMemoryRegistry.Client client = server.connect();
        private final DrivenEngine engine;
        private final List<ItemRun> waiting = new ArrayList<>();
        private final List<RunRecord> ended = new ArrayList<>();
        private Predicate<io.carillon.jobs.ShardingContext> fails = context -> false;
        private boolean hold;

        Instance(String ip) {
            this(ip, registry -> registry);
        }

        /** @param seen what the engine sees of its client */
        Instance(String ip, UnaryOperator<Registry> seen) {
            engine = new DrivenEngine(
                    seen.apply(client), "ns", new InstanceId(ip, "1"), Duration.ofSeconds(3), time, this, ended::add);
            engine.open();
            instances.add(this);
        }

        Instance join(JobConfiguration configuration) {
            engine.schedule(new Code(), configuration);
            return this;
        }

        private final class Code implements SimpleJob {
            @Override
            public void execute(io.carillon.jobs.ShardingContext context) {
                if (fails.test(context)) {
                    throw new IllegalStateException("broken " + context.attempt());
                }
            }
        }

        @Override
        public void start(ItemRun run, int atOnce) {
            waiting.add(run);
        }

        void finish() {
            List<ItemRun> runs = List.copyOf(waiting);
            waiting.clear();
            runs.forEach(ItemRun::run);
        }

        List<String> log() {
            return ended.stream()
                    .map(run -> run.source() + " " + run.shardingItem() + " "
                            + run.scheduledTime().getEpochSecond() % 60 + " " + run.outcome() + " " + run.attempt())
                    .toList();
        }

        @Override
        public void close() {}
    }

    private void settle() {
        boolean more = true;
        while (more) {
            for (Instance instance : instances) {
                instance.engine.poll(time.instant());
                if (!instance.hold) {
                    instance.finish();
                    instance.engine.poll(time.instant());
                }
            }
            more = !steps.isEmpty();
            while (!steps.isEmpty()) {
                steps.remove().run();
            }
        }
    }

    private void until(String secondsAndMillis) {
        Instant end = Instant.parse("2026-01-01T00:00:" + secondsAndMillis + "Z");
        settle();
        while (time.instant().isBefore(end)) {
            Duration step = Duration.between(time.instant(), end);
            time.advance(step.compareTo(Duration.ofMillis(50)) > 0 ? Duration.ofMillis(50) : step);
            settle();
        }
    }

    private static JobConfiguration.Builder job(int items, String cron) {
        return JobConfiguration.newBuilder("job", items)
                .cron(cron)
                .timeZone("GMT")
                .jobErrorHandlerType("IGNORE");
    }

    private static JobConfiguration.Builder trying(int times, String backoff, String cron) {
        return job(1, cron)
                .setProperty(ItemPolicy.RETRY_MAX, "" + times)
                .setProperty(ItemPolicy.RETRY_BACKOFF, backoff);
    }

    private Set<String> nodes(String part) {
        Set<String> found = new HashSet<>(server.dump().keySet());
        found.removeIf(path -> !path.contains(part));
        return found;
    }

    // ---- tried again -------------------------------------------------------------------------------------------

    @Test
    void aFailedItemIsTriedAgainAfterPausesUnderTheSameClaimAndWithoutAskingTheRegistry() {
        Instance a = new Instance("10.0.0.1")
                .join(trying(2, "400ms", "0/10 * * * * ?").build());
        a.fails = context -> true;
        until("10.000");
        assertThat(a.log()).containsExactly("NORMAL_TRIGGER 0 10 RETRIED 1");
        assertThat(nodes("/running")).hasSize(1);
        long claimed = server.requests();
        until("12.500");
        assertThat(a.log())
                .containsExactly(
                        "NORMAL_TRIGGER 0 10 RETRIED 1",
                        "NORMAL_TRIGGER 0 10 RETRIED 2",
                        "NORMAL_TRIGGER 0 10 FAILED 3");
        assertThat(server.requests() - claimed).as("the release").isEqualTo(1);
        assertThat(nodes("/running")).isEmpty();
        assertThat(a.ended)
                .extracting(RunRecord::fence)
                .containsOnly(a.ended.get(0).fence());
        Duration first = Duration.between(a.ended.get(0).ended(), a.ended.get(1).started());
        Duration second =
                Duration.between(a.ended.get(1).ended(), a.ended.get(2).started());
        assertThat(first).isBetween(Duration.ofMillis(300), Duration.ofMillis(450));
        assertThat(second).isBetween(Duration.ofMillis(600), Duration.ofMillis(850));
    }

    @Test
    void theErrorHandlerIsToldOnceAtTheEnd() {
        ExecutionTest.TOLD.clear();
        Instance a = new Instance("10.0.0.1")
                .join(trying(2, "400ms", "0/10 * * * * ?")
                        .jobErrorHandlerType("COLLECT")
                        .build());
        a.fails = context -> true;
        until("15.000");
        assertThat(ExecutionTest.TOLD).containsExactly("error 0 broken 3");
    }

    @Test
    void aSurvivorThatIsBusyTakesAllCutItemsAtOnceBesideItsOwn() {
        JobConfiguration job = job(6, "0/10 * * * * ?").failover(true).build();
        Instance a = new Instance("10.0.0.1").join(job);
        Instance b = new Instance("10.0.0.2").join(job);
        a.hold = true;
        b.hold = true;
        until("10.100");
        assertThat(a.waiting).hasSize(3);
        assertThat(b.waiting).hasSize(3);
        instances.remove(b);
        b.client.expireSession();
        settle();
        assertThat(a.waiting).as("its own three still run").hasSize(6);
        a.finish();
        settle();
        assertThat(a.ended)
                .extracting(RunRecord::source)
                .filteredOn(source -> source == RunRecord.Source.FAILOVER)
                .hasSize(3);
        assertThat(a.ended).extracting(RunRecord::shardingItem).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5);
    }

    @Test
    void anItemThatThrowsAfterItsTimeOutHasTimedOut() {
        Instance a = new Instance("10.0.0.1").join(job(1, "0/10 * * * * ?").build());
        a.hold = true;
        until("10.100");
        ItemRun run = a.waiting.get(0);
        a.fails = context -> run.expire(context.attempt());
        a.finish();
        settle();
        assertThat(a.ended).extracting(RunRecord::outcome).containsExactly(Outcome.TIMED_OUT);
    }

    @Test
    void anItemThatTookTooLongIsTriedAgainLikeOneThatFailed() {
        Instance a = new Instance("10.0.0.1")
                .join(trying(1, "400ms", "0/10 * * * * ?").build());
        a.hold = true;
        until("10.100");
        ItemRun run = a.waiting.get(0);
        a.fails = context -> context.attempt() == 1 && run.expire(1);
        a.finish();
        a.hold = false;
        until("12.000");
        assertThat(a.ended).extracting(RunRecord::outcome).containsExactly(Outcome.RETRIED, Outcome.SUCCEEDED);
    }

    @Test
    void anOverdueItemWhoseClaimIsLostIsInterruptedOnceMore() {
        Instance a = new Instance("10.0.0.1").join(job(1, "0/10 * * * * ?").build());
        a.hold = true;
        until("10.100");
        ItemRun run = a.waiting.get(0);
        a.fails = context -> run.expire(context.attempt()) && run.stop(null);
        a.finish();
        settle();
        assertThat(a.ended).extracting(RunRecord::outcome).containsExactly(Outcome.INTERRUPTED);
    }

    @Test
    void aClaimIsLostWhenTheSessionWasSuspendedForThreeFifthsOfItsTimeoutAndNotBefore() {
        Instance a = new Instance("10.0.0.1").join(job(1, "0/10 * * * * ?").build());
        a.hold = true;
        until("10.100");
        ItemRun run = a.waiting.get(0);
        a.client.disconnect();
        until("12.400");
        assertThat(run.order().claim().isHeld()).isTrue();
        until("12.600");
        assertThat(run.order().claim().isHeld()).isFalse();
        assertThat(a.ended).extracting(RunRecord::outcome).containsExactly(Outcome.INTERRUPTED);
        a.client.reconnect();
        until("15.000");
        assertThat(run.order().claim().isHeld()).as("for good").isFalse();
    }

    @Test
    void anItemThatSucceedsAtItsSecondAttemptHasNotFailed() {
        Instance a = new Instance("10.0.0.1")
                .join(trying(5, "200ms", "0/10 * * * * ?").build());
        a.fails = context -> context.attempt() < 2;
        until("15.000");
        assertThat(a.log()).containsExactly("NORMAL_TRIGGER 0 10 RETRIED 1", "NORMAL_TRIGGER 0 10 SUCCEEDED 2");
        assertThat(nodes("/failed/")).isEmpty();
    }

    @Test
    void noAttemptBeginsWhenTheNextFiringIsDueUnlessThatIsAskedFor() {
        Instance a =
                new Instance("10.0.0.1").join(trying(5, "5s", "0/4 * * * * ?").build());
        a.fails = context -> context.scheduledTime().getEpochSecond() % 60 == 4;
        until("09.000");
        assertThat(a.log()).containsExactly("NORMAL_TRIGGER 0 4 FAILED 1", "NORMAL_TRIGGER 0 8 SUCCEEDED 1");

        ItemsTest other = new ItemsTest();
        Instance b = other.new Instance("10.0.0.1")
                .join(trying(5, "5s", "0/4 * * * * ?")
                        .setProperty(ItemPolicy.RETRY_PAST_NEXT, "true")
                        .build());
        b.fails = context -> context.attempt() == 1 && context.scheduledTime().getEpochSecond() % 60 == 4;
        other.until("11.500");
        assertThat(b.log())
                .as("the firing that was missed is made up for after it")
                .containsExactly(
                        "NORMAL_TRIGGER 0 4 RETRIED 1", "NORMAL_TRIGGER 0 4 SUCCEEDED 2", "MISFIRE 0 8 SUCCEEDED 1");
    }

    @Test
    void anItemThatWaitsForItsNextAttemptIsGivenUpWhenTheInstanceGoes() {
        Instance a =
                new Instance("10.0.0.1").join(trying(5, "5s", "0/30 * * * * ?").build());
        a.fails = context -> true;
        until("30.100");
        CompletableFuture<Void> left = a.engine.leaveAll();
        settle();
        assertThat(left).isDone();
        assertThat(a.log()).containsExactly("NORMAL_TRIGGER 0 30 RETRIED 1", "NORMAL_TRIGGER 0 30 FAILED 1");
        assertThat(nodes("/failed/")).hasSize(1);
    }

    @Test
    void anItemWhoseClaimIsLostWhileItWaitsForItsNextAttemptIsNotTriedAgain() {
        Instance a =
                new Instance("10.0.0.1").join(trying(5, "2s", "0/30 * * * * ?").build());
        a.fails = context -> true;
        until("30.100");
        a.client.expireSession();
        until("40.000");
        assertThat(a.log()).containsExactly("NORMAL_TRIGGER 0 30 RETRIED 1", "NORMAL_TRIGGER 0 30 INTERRUPTED 1");
    }

    // ---- run again ---------------------------------------------------------------------------------------------

    private void order(InstanceOrder order, String instance) {
        InMemoryRegistry.Client admin = server.connect();
        if (nodes("/ns-carillon-instances").isEmpty()) {
            admin.commit(List.of(new Write.Create(InstanceOrder.root("ns"), "", CreateMode.PERSISTENT)), result -> {});
        }
        if (nodes("/ns-carillon-instances/" + instance).isEmpty()) {
            admin.commit(
                    List.of(new Write.Create(InstanceOrder.inbox("ns", instance), "", CreateMode.CONTAINER)),
                    result -> {});
        }
        admin.commit(
                List.of(new Write.Create(
                        InstanceOrder.path("ns", instance), order.print(), CreateMode.EPHEMERAL_SEQUENTIAL)),
                result -> {});
        settle();
        admin.close();
        settle();
    }

    @Test
    void onlyTheItemsThatFailedRunAgainAsOfTheFiringInWhichTheyFailed() {
        Instance a = new Instance("10.0.0.1").join(job(4, "0/20 * * * * ?").build());
        a.fails = context -> context.getShardingItem() % 2 == 1;
        until("20.000");
        long before = server.requests();
        until("21.000");
        assertThat(nodes("/failed/"))
                .containsExactlyInAnyOrder("/ns-carillon/job/failed/1", "/ns-carillon/job/failed/3");
        assertThat(server.requests() - before).as("it costs no request").isZero();
        a.ended.clear();
        a.fails = context -> context.getShardingItem() == 3;
        order(
                new InstanceOrder(InstanceOrder.Kind.RERUN, "job", List.of(1, 3), MIDNIGHT.plusSeconds(20), "me", ""),
                "10.0.0.1@-@1");
        assertThat(a.log()).containsExactlyInAnyOrder("MANUAL 1 20 SUCCEEDED 1", "MANUAL 3 20 FAILED 1");
        assertThat(nodes("/failed/")).containsExactly("/ns-carillon/job/failed/3");
        assertThat(nodes("/order-")).isEmpty();
    }

    @Test
    void aRecordOfAFailureGoesWhenTheItemSucceedsWithItsNextOwner() {
        Instance a = new Instance("10.0.0.1").join(job(2, "0/4 * * * * ?").build());
        a.fails = context -> true;
        until("04.500");
        assertThat(nodes("/failed/")).hasSize(2);
        Instance b = new Instance("10.0.0.2").join(job(2, "0/4 * * * * ?").build());
        until("09.000");
        assertThat(b.log()).hasSize(1);
        assertThat(nodes("/failed/")).hasSize(1);
        a.client.close();
        instances.remove(a);
        until("13.500");
        assertThat(nodes("/failed/")).isEmpty();
    }

    @Test
    void aRerunThatWaitsWhenTheNextFiringComesDueIsRunAfterIt() {
        Instance a = new Instance("10.0.0.1").join(job(2, "0/10 * * * * ?").build());
        a.fails = context -> context.getShardingItem() == 1;
        until("10.500");
        a.fails = context -> false;
        a.hold = true;
        until("20.100");
        order(
                new InstanceOrder(InstanceOrder.Kind.RERUN, "job", List.of(1), MIDNIGHT.plusSeconds(10), "me", ""),
                "10.0.0.1@-@1");
        a.ended.clear();
        a.hold = false;
        settle();
        assertThat(a.log())
                .containsExactlyInAnyOrder(
                        "NORMAL_TRIGGER 0 20 SUCCEEDED 1",
                        "NORMAL_TRIGGER 1 20 SUCCEEDED 1",
                        "MANUAL 1 10 SUCCEEDED 1");
    }

    // ---- handed over -------------------------------------------------------------------------------------------

    private Map<String, Integer> ranOf(Instant from, Instant to) {
        Map<String, Integer> ran = new HashMap<>();
        for (Instance instance : instances) {
            for (RunRecord run : instance.ended) {
                if (run.outcome() == Outcome.SUCCEEDED
                        && run.source() != Source.MISFIRE
                        && !run.scheduledTime().isBefore(from)
                        && run.scheduledTime().isBefore(to)) {
                    ran.merge(run.scheduledTime() + " " + run.shardingItem(), 1, Integer::sum);
                }
            }
        }
        return ran;
    }

    @Test
    void whoeverGoesAtWhateverMomentEachFiringRunsEachItemOnce() {
        for (int moment = 0; moment < 1_000; moment += 50) {
            for (boolean leader : new boolean[] {true, false}) {
                for (boolean drain : new boolean[] {true, false}) {
                    ItemsTest world = new ItemsTest();
                    JobConfiguration often = job(5, "* * * * * ?").build();
                    Instance a = world.new Instance("10.0.0.1").join(often);
                    world.until("01.500");
                    Instance b = world.new Instance("10.0.0.2").join(often);
                    world.new Instance("10.0.0.3").join(often);
                    world.until("05.000");
                    world.until("05." + String.format("%03d", moment));
                    Instance goes = leader ? a : b;
                    CompletableFuture<Void> gone = drain ? goes.engine.drain() : goes.engine.leaveAll();
                    world.until("09.500");
                    String about = "moment " + moment + ", leader " + leader + ", drain " + drain;
                    assertThat(gone).as(about).isDone();
                    assertThat(world.nodes("/instances/")).as(about).hasSize(2);
                    assertThat(goes.ended).as(about).noneMatch(run -> run.scheduledTime()
                            .isAfter(MIDNIGHT.plusSeconds(7)));
                    Map<String, Integer> ran = world.ranOf(MIDNIGHT.plusSeconds(4), MIDNIGHT.plusSeconds(9));
                    assertThat(ran).as(about).hasSize(5 * 5);
                    assertThat(ran.values()).as(about).containsOnly(1);
                    if (drain) {
                        assertThat(world.nodes("/drained")).as(about).hasSize(1);
                        goes.engine.undrain();
                        world.until("12.500");
                        assertThat(world.nodes("/drained")).as(about).isEmpty();
                        assertThat(goes.ended).as(about).anyMatch(run -> run.scheduledTime()
                                .isAfter(MIDNIGHT.plusSeconds(10)));
                    }
                }
            }
        }
    }

    @Test
    void anInstanceIsDrainedByAnOrderAndStaysSoOverALostSession() {
        JobConfiguration often = job(4, "0/2 * * * * ?").build();
        Instance a = new Instance("10.0.0.1").join(often);
        new Instance("10.0.0.2").join(often);
        until("06.500");
        order(new InstanceOrder(InstanceOrder.Kind.DRAIN, "", List.of(), null, "me", "new disk"), "10.0.0.1@-@1");
        until("08.500");
        assertThat(nodes("/instances/")).containsExactly("/ns/job/instances/10.0.0.2@-@1");
        a.client.expireSession();
        until("12.500");
        assertThat(nodes("/instances/")).containsExactly("/ns/job/instances/10.0.0.2@-@1");
        assertThat(nodes("/drained")).hasSize(1);
        order(new InstanceOrder(InstanceOrder.Kind.UNDRAIN, "", List.of(), null, "me", ""), "10.0.0.1@-@1");
        a.ended.clear();
        until("16.500");
        assertThat(nodes("/instances/")).hasSize(2);
        assertThat(a.log()).contains("NORMAL_TRIGGER 2 16 SUCCEEDED 1", "NORMAL_TRIGGER 3 16 SUCCEEDED 1");
    }

    @Test
    void whatRunsWhenADrainBeginsMayFinishWithinTheGraceTimeAndItsMissedFiringIsMadeUpForFirst() {
        JobConfiguration often = job(2, "0/2 * * * * ?").build();
        Instance a = new Instance("10.0.0.1").join(often);
        Instance b = new Instance("10.0.0.2").join(often);
        until("06.100");
        a.hold = true;
        until("08.100");
        CompletableFuture<Void> gone = a.engine.drain();
        until("10.200");
        assertThat(gone).isNotDone();
        assertThat(nodes("/instances/")).hasSize(2);
        a.hold = false;
        until("10.900");
        assertThat(gone).isDone();
        assertThat(a.log()).contains("NORMAL_TRIGGER 1 8 SUCCEEDED 1", "MISFIRE 1 10 SUCCEEDED 1");
        until("12.500");
        assertThat(b.log()).contains("NORMAL_TRIGGER 0 12 SUCCEEDED 1", "NORMAL_TRIGGER 1 12 SUCCEEDED 1");
    }

    @Test
    void whatDoesNotFinishWithinTheGraceTimeIsInterruptedAndOnRecord() {
        JobConfiguration often = job(2, "0/10 * * * * ?").build();
        Instance a = new Instance("10.0.0.1").join(often);
        new Instance("10.0.0.2").join(often);
        until("10.100");
        a.hold = true;
        until("20.100");
        CompletableFuture<Void> gone = a.engine.drain();
        until("24.000");
        assertThat(gone).isDone();
        assertThat(a.ended.get(a.ended.size() - 1).outcome()).isEqualTo(Outcome.INTERRUPTED);
        assertThat(a.ended.get(a.ended.size() - 1).cause()).contains("the instance goes away");
        assertThat(nodes("/failed/")).hasSize(1);
    }

    @Test
    void anInstanceThatIsTakenBackJustAsItsGraceTimeEndsGoesOnAsEver() {
        JobConfiguration often = job(2, "0/10 * * * * ?").build();
        Instance a = new Instance("10.0.0.1").join(often);
        new Instance("10.0.0.2").join(often);
        until("10.100");
        a.hold = true;
        until("20.100");
        a.engine.drain();
        settle();
        time.advance(Duration.ofMillis(3_500));
        a.engine.undrain();
        a.hold = false;
        until("30.500");
        assertThat(a.log()).contains("NORMAL_TRIGGER 1 30 SUCCEEDED 1");
    }

    @Test
    void aFiringThatComesDueJustAsADrainIsTakenBackIsRun() {
        JobConfiguration often = job(2, "0/10 * * * * ?").build();
        Instance a = new Instance("10.0.0.1").join(often);
        new Instance("10.0.0.2").join(often);
        until("19.900");
        a.engine.drain();
        settle();
        assertThat(nodes("/instances/")).as("a firing is near, so it waits").hasSize(2);
        // the firing is due, and taking back comes first
        time.advance(Duration.ofMillis(150));
        a.engine.undrain();
        until("25.000");
        assertThat(a.log()).contains("NORMAL_TRIGGER 1 20 SUCCEEDED 1");
    }

    @Test
    void aDrainThatIsTakenBackAtWhateverStepOfTheHandOverLeavesNoItemBehind() {
        for (int step = 0; step < 25; step++) {
            ItemsTest world = new ItemsTest();
            JobConfiguration often = job(2, "0/4 * * * * ?").build();
            AtomicInteger farewells = new AtomicInteger();
            Instance a = world.new Instance("10.0.0.1", registry -> countingFarewells(registry, farewells)).join(often);
            world.new Instance("10.0.0.2").join(often);
            world.until("06.000");
            a.engine.drain();
            for (int i = 0; i < step; i++) {
                a.engine.poll(world.time.instant());
                if (!world.steps.isEmpty()) {
                    world.steps.remove().run();
                }
            }
            a.engine.poll(world.time.instant());
            int before = farewells.get();
            a.engine.undrain();
            world.until("12.500");
            assertThat(farewells.get())
                    .as("farewells from step " + step + " on")
                    .isEqualTo(before);
            assertThat(world.nodes("/instances/")).as("step " + step).hasSize(2);
            assertThat(world.nodes("/drained")).as("step " + step).isEmpty();
            for (int firing = 8; firing <= 12; firing += 4) {
                String at = " " + firing + " SUCCEEDED 1";
                assertThat(world.instances.stream()
                                .flatMap(instance -> instance.log().stream())
                                .filter(run -> run.endsWith(at)))
                        .as("step " + step + ", firing " + firing)
                        .containsExactlyInAnyOrder("NORMAL_TRIGGER 0" + at, "NORMAL_TRIGGER 1" + at);
            }
            assertThat(a.log()).as("step " + step).contains("NORMAL_TRIGGER 1 12 SUCCEEDED 1");
        }
    }

    private static Registry countingFarewells(Registry registry, AtomicInteger farewells) {
        return (Registry) Proxy.newProxyInstance(
                Registry.class.getClassLoader(), new Class<?>[] {Registry.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("commit")
                            && ((List<?>) arguments[0])
                                    .stream()
                                            .anyMatch(write -> write instanceof Write.Delete delete
                                                    && delete.path().equals("/ns/job/instances/10.0.0.1@-@1"))) {
                        farewells.incrementAndGet();
                    }
                    return method.invoke(registry, arguments);
                });
    }
}
