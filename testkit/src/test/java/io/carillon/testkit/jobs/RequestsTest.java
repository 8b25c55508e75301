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
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.coordination.ConfigYaml;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.engine.DrivenEngine;
import io.carillon.jobs.execution.ItemRun;
import io.carillon.jobs.execution.Workers;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.history.RunRecord.Outcome;
import io.carillon.jobs.history.RunRecord.Source;
import io.carillon.jobs.model.InstanceId;
import io.carillon.jobs.operations.JobRequests;
import io.carillon.jobs.operations.JobRequests.BackfillRequest;
import io.carillon.jobs.operations.JobRequests.RequestStatus;
import io.carillon.jobs.operations.JobRequests.TriggerRequest;
import io.carillon.jobs.operations.JobRequests.WaitsFor;
import io.carillon.jobs.operations.RegistryOperations;
import io.carillon.jobs.requests.JobRequest.Failure;
import io.carillon.jobs.requests.JobRequest.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Triggers with parameters and backfills, over several engines in virtual time. */
class RequestsTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00.500Z");
    private static final Instant RANGE = Instant.parse("2025-06-01T00:00:00Z");
    private static final String NEVER = "0 0 0 1 1 ? 2099";

    private final ManualTime time = new ManualTime(START);
    private final Queue<Runnable> steps = new ConcurrentLinkedQueue<>();
    private final InMemoryRegistry server = new InMemoryRegistry(time, Duration.ofSeconds(4), steps::add);
    private final List<Instance> instances = new ArrayList<>();
    private final List<RunRecord> ended = new ArrayList<>();
    private final List<String> seen = new ArrayList<>();
    private JobRequests requests;

    /** An engine whose user code runs when the test says so, or at once. */
    private final class Instance implements Workers {
        private final InMemoryRegistry.Client client = server.connect();
        private final DrivenEngine engine;
        private final List<ItemRun> waiting = new ArrayList<>();
        private boolean hold;
        private boolean dead;
        private int failingItem = -1;

        Instance(String ip) {
            engine = new DrivenEngine(
                    client, "ns", new InstanceId(ip, "1"), Duration.ofSeconds(1), time, this, ended::add);
            engine.open();
            instances.add(this);
        }

        Instance join(JobConfiguration configuration) {
            engine.schedule(new Code(), configuration);
            return this;
        }

        private final class Code implements SimpleJob {
            @Override
            public void execute(ShardingContext context) {
                seen.add(context.getShardingItem() + " " + context.getJobParameter() + " " + context.scheduledTime());
                if (context.getShardingItem() == failingItem) {
                    throw new IllegalStateException("broken");
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

        void die() {
            dead = true;
            waiting.clear();
            client.expireSession();
        }

        @Override
        public void close() {}
    }

    private void settle() {
        boolean more = true;
        while (more) {
            for (Instance instance : List.copyOf(instances)) {
                if (!instance.dead) {
                    instance.engine.poll(time.instant());
                    if (!instance.hold) {
                        instance.finish();
                        instance.engine.poll(time.instant());
                    }
                }
            }
            more = !steps.isEmpty();
            pump();
        }
    }

    private void pump() {
        for (Runnable step = steps.poll(); step != null; step = steps.poll()) {
            step.run();
        }
    }

    private void pass(Duration length) {
        Instant end = time.instant().plus(length);
        settle();
        while (time.instant().isBefore(end)) {
            time.advance(Duration.ofMillis(250));
            settle();
        }
    }

    /** Asks the operation API, which waits for answers: another thread asks, this one serves. */
    private <T> T ask(Supplier<T> question) {
        CompletableFuture<T> answer = CompletableFuture.supplyAsync(question);
        while (!answer.isDone()) {
            pump();
            LockSupport.parkNanos(20_000);
        }
        try {
            return answer.join();
        } catch (java.util.concurrent.CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private JobRequests requests() {
        if (requests == null) {
            InMemoryRegistry.Client client = server.connect();
            requests = ask(() -> RegistryOperations.open(client, "ns", RunHistory.none(), time)
                    .commands()
                    .requests());
        }
        return requests;
    }

    private String trigger(TriggerRequest request) {
        JobRequests to = requests();
        return ask(() -> to.trigger(request));
    }

    private String backfill(BackfillRequest request) {
        JobRequests to = requests();
        return ask(() -> to.backfill(request));
    }

    private RequestStatus status(String id) {
        JobRequests to = requests();
        return ask(() -> to.request("job", id).orElseThrow());
    }

    private void tell(java.util.function.Consumer<JobRequests> command) {
        JobRequests to = requests();
        ask(() -> {
            command.accept(to);
            return "";
        });
    }

    private void write(Write... writes) {
        InMemoryRegistry.Client admin = server.connect();
        admin.commit(List.of(writes), result -> {});
        pump();
        admin.close();
        settle();
    }

    private static JobConfiguration.Builder job(int items) {
        return JobConfiguration.newBuilder("job", items).cron(NEVER).timeZone("GMT");
    }

    private static BackfillRequest hours(int count) {
        return BackfillRequest.of("job", RANGE, RANGE.plus(Duration.ofHours(count)))
                .every(Duration.ofHours(1));
    }

    /** How often each item of each business time ran well, as {@code hours-since-the-range's-begin/item}. */
    private Map<String, Integer> runs() {
        Map<String, Integer> runs = new TreeMap<>();
        ended.stream()
                .filter(run -> run.source() == Source.BACKFILL && run.outcome() == Outcome.SUCCEEDED)
                .forEach(run -> runs.merge(
                        Duration.between(RANGE, run.scheduledTime()).toHours() + "/" + run.shardingItem(),
                        1,
                        Integer::sum));
        return runs;
    }

    private static Map<String, Integer> onceEach(int hours, int items) {
        Map<String, Integer> runs = new TreeMap<>();
        for (int hour = 0; hour < hours; hour++) {
            for (int item = 0; item < items; item++) {
                runs.put(hour + "/" + item, 1);
            }
        }
        return runs;
    }

    private void nothingIsLeft() {
        assertThat(server.dump().keySet())
                .noneMatch(path -> path.endsWith("/running") || path.contains("/requests/open/"));
    }

    // ---- trigger -----------------------------------------------------------------------------------------------

    @Test
    void aTriggerBringsItsParameterItsBusinessTimeAndItsItems() {
        for (int i = 1; i <= 3; i++) {
            new Instance("10.0.0." + i).join(job(6).jobParameter("usual").build());
        }
        pass(Duration.ofSeconds(1));
        Instant business = Instant.parse("2025-03-01T10:00:00Z");
        String id = trigger(TriggerRequest.of("job")
                .withParameter("a=1\nb=2\\")
                .at(business)
                .onItems(List.of(4, 1)));
        settle();
        assertThat(seen)
                .containsExactlyInAnyOrder("1 a=1\nb=2\\ 2025-03-01T10:00:00Z", "4 a=1\nb=2\\ 2025-03-01T10:00:00Z");
        assertThat(ended).allMatch(run -> run.source() == Source.MANUAL);
        RequestStatus done = status(id);
        assertThat(done.state()).isEqualTo(State.DONE);
        assertThat(done.itemsDone()).isEqualTo(2);
        assertThat(done.timesLeft()).isZero();
        assertThat(done.parameter()).isEqualTo("a=1\nb=2\\");
        nothingIsLeft();

        seen.clear();
        trigger(TriggerRequest.of("job"));
        settle();
        assertThat(seen).hasSize(6).allMatch(run -> run.matches("[0-5] usual 2026-01-01T00:00:01\\.[0-9]+Z"));
    }

    @Test
    void triggersThatComeWhileTheJobRunsAreOwedAndRunAfterItEachForItself() {
        Instance a = new Instance("10.0.0.1")
                .join(job(2).cron("0/30 * * * * ?").misfire(false).build());
        pass(Duration.ofSeconds(20));
        a.hold = true;
        pass(Duration.ofSeconds(11));
        assertThat(a.waiting).hasSize(2);
        String first = trigger(TriggerRequest.of("job").withParameter("one"));
        String second = trigger(TriggerRequest.of("job").withParameter("two"));
        pass(Duration.ofSeconds(2));
        assertThat(status(first).state()).isEqualTo(State.OPEN);
        assertThat(status(first).open()).hasSize(1);
        assertThat(status(first).open().get(0).left()).containsExactly(0, 1);
        a.hold = false;
        settle();
        assertThat(seen.stream().map(run -> run.split(" ")[1])).containsExactly("", "", "one", "one", "two", "two");
        assertThat(status(first).state()).isEqualTo(State.DONE);
        assertThat(status(second).state()).isEqualTo(State.DONE);
    }

    @Test
    void aOneOffJobThatWasNeverDealtServesARequest() {
        new Instance("10.0.0.1").join(JobConfiguration.newBuilder("job", 3).build());
        new Instance("10.0.0.2").join(JobConfiguration.newBuilder("job", 3).build());
        pass(Duration.ofSeconds(1));
        String id = trigger(TriggerRequest.of("job"));
        settle();
        assertThat(seen).hasSize(3);
        assertThat(status(id).itemsDone()).isEqualTo(3);
    }

    @Test
    void withoutAnInstanceARequestWaitsAndSaysSo() {
        Instance a = new Instance("10.0.0.1").join(job(2).build());
        pass(Duration.ofSeconds(1));
        a.die();
        instances.remove(a);
        settle();
        String id = trigger(TriggerRequest.of("job").withParameter("later"));
        pass(Duration.ofSeconds(10));
        assertThat(status(id).waitsFor()).isEqualTo(WaitsFor.INSTANCE);
        assertThat(status(id).timesLeft()).isEqualTo(1);
        new Instance("10.0.0.2").join(job(2).build());
        pass(Duration.ofSeconds(2));
        assertThat(seen).hasSize(2).allMatch(run -> run.contains("later"));
        assertThat(status(id).state()).isEqualTo(State.DONE);
    }

    @Test
    void itemsOfAnElasticJobInstanceAreRunByCarillonUnderTheirMarks() {
        Instance a = new Instance("10.0.0.1").join(job(4).build());
        pass(Duration.ofSeconds(1));
        trigger(TriggerRequest.of("job"));
        settle();
        write(new Write.Create("/ns/job/servers/10.0.0.9", "ENABLED", CreateMode.PERSISTENT));
        InMemoryRegistry.Client peer = server.connect();
        peer.commit(
                List.of(new Write.Create(
                        "/ns/job/instances/10.0.0.9@-@7",
                        "jobInstanceId: 10.0.0.9@-@7\nserverIp: 10.0.0.9\n",
                        CreateMode.EPHEMERAL)),
                result -> {});
        settle();
        // the next firing deals half of the items to it
        trigger(TriggerRequest.of("job"));
        pass(Duration.ofSeconds(2));
        assertThat(server.dump()).containsEntry("/ns/job/sharding/0/instance", "10.0.0.9@-@7");
        seen.clear();
        a.hold = true;
        String id = trigger(TriggerRequest.of("job").withParameter("mine"));
        pass(Duration.ofSeconds(1));
        assertThat(server.dump())
                .containsEntry("/ns/job/sharding/0/running", "10.0.0.1@-@1")
                .containsEntry("/ns/job/sharding/3/running", "10.0.0.1@-@1");
        a.hold = false;
        settle();
        assertThat(seen).hasSize(4).allMatch(run -> run.contains("mine"));
        assertThat(status(id).state()).isEqualTo(State.DONE);

        // an item that the peer is running is waited for
        peer.commit(
                List.of(new Write.Create("/ns/job/sharding/0/running", "10.0.0.9@-@7", CreateMode.EPHEMERAL)),
                result -> {});
        settle();
        seen.clear();
        trigger(TriggerRequest.of("job"));
        pass(Duration.ofSeconds(1));
        assertThat(seen).hasSize(3).noneMatch(run -> run.startsWith("0"));
        peer.commit(List.of(new Write.Delete("/ns/job/sharding/0/running", -1)), result -> {});
        settle();
        assertThat(seen).hasSize(4);
        nothingIsLeft();
    }

    private static final String PEER = "10.0.0.9@-@7";

    /** A job of four items, the first of which are those of an instance of ElasticJob, by its leader's deal. */
    private InMemoryRegistry.Client besideAPeer() {
        InMemoryRegistry.Client peer = server.connect();
        new Instance("10.0.0.1").join(job(4).build());
        pass(Duration.ofSeconds(1));
        write(new Write.Create("/ns/job/servers/10.0.0.9", "ENABLED", CreateMode.PERSISTENT));
        as(
                peer,
                new Write.Create(
                        "/ns/job/instances/" + PEER,
                        "jobInstanceId: " + PEER + "\nserverIp: 10.0.0.9\n",
                        CreateMode.EPHEMERAL));
        trigger(TriggerRequest.of("job"));
        pass(Duration.ofSeconds(2));
        assertThat(server.dump())
                .containsEntry("/ns/job/sharding/0/instance", PEER)
                .containsEntry("/ns/job/sharding/1/instance", PEER);
        seen.clear();
        return peer;
    }

    private void as(InMemoryRegistry.Client client, Write... writes) {
        client.commit(List.of(writes), result -> {});
        settle();
    }

    private static Write running(int item) {
        return new Write.Create("/ns/job/sharding/" + item + "/running", PEER, CreateMode.EPHEMERAL);
    }

    private static Write gone(int item, String mark) {
        return new Write.Delete("/ns/job/sharding/" + item + "/" + mark, -1);
    }

    @Test
    void whatAnElasticJobInstanceIsAboutToMakeUpForIsLeftToIt() {
        InMemoryRegistry.Client peer = besideAPeer();
        as(peer, running(0), running(1));
        // it has missed a firing before, so that it runs twice now
        as(peer, new Write.Create("/ns/job/sharding/0/misfire", "", CreateMode.PERSISTENT));
        trigger(TriggerRequest.of("job"));
        pass(Duration.ofSeconds(1));
        assertThat(seen).hasSize(2);
        as(peer, gone(0, "running"));
        as(peer, gone(1, "running"));
        assertThat(seen).hasSize(2);
        as(peer, gone(0, "misfire"));
        pass(Duration.ofSeconds(1));
        assertThat(seen).hasSize(2);
        as(peer, running(0), running(1));
        as(peer, gone(0, "running"));
        as(peer, gone(1, "running"));
        assertThat(seen).hasSize(4);

        // a mark that it makes after its run is for its next firing
        as(peer, running(0));
        as(peer, gone(0, "running"));
        as(peer, new Write.Create("/ns/job/sharding/0/misfire", "", CreateMode.PERSISTENT));
        trigger(TriggerRequest.of("job"));
        settle();
        assertThat(seen).hasSize(8);
        nothingIsLeft();
    }

    @Test
    void anElasticJobInstanceThatMakesUpForNothingIsWaitedForASessionTimeoutOnly() {
        InMemoryRegistry.Client peer = besideAPeer();
        as(peer, running(0), new Write.Create("/ns/job/sharding/1/misfire", "", CreateMode.PERSISTENT));
        as(peer, gone(0, "running"));
        trigger(TriggerRequest.of("job"));
        pass(Duration.ofSeconds(3));
        assertThat(seen).hasSize(3).noneMatch(run -> run.startsWith("0"));
        pass(Duration.ofSeconds(2));
        assertThat(seen).hasSize(4);
        nothingIsLeft();
    }

    @Test
    void anElasticJobInstanceThatIsTriggeredIsLeftItsItems() {
        InMemoryRegistry.Client peer = besideAPeer();
        as(peer, new Write.Create("/ns/job/trigger/" + PEER, "", CreateMode.PERSISTENT));
        as(peer, new Write.Delete("/ns/job/trigger/" + PEER, -1));
        trigger(TriggerRequest.of("job"));
        pass(Duration.ofSeconds(1));
        assertThat(seen).hasSize(2).noneMatch(run -> run.startsWith("0") || run.startsWith("1"));
        as(peer, running(0), running(1));
        as(peer, gone(0, "running"), gone(1, "running"));
        assertThat(seen).hasSize(4);
        nothingIsLeft();
    }

    // ---- backfill ----------------------------------------------------------------------------------------------

    @Test
    void aBackfillRunsEachItemOfEachPlannedTimeOnceInOrder() {
        for (int i = 1; i <= 3; i++) {
            new Instance("10.0.0." + i)
                    .join(job(5).cron("0 30 2 * * ?").timeZone("Europe/Paris").build());
        }
        pass(Duration.ofSeconds(1));
        Instant from = Instant.parse("2025-03-28T00:00:00Z");
        String id = backfill(BackfillRequest.of("job", from, from.plus(Duration.ofDays(4))));
        assertThat(status(id).times()).isEqualTo(4);
        settle();
        Map<Instant, List<Integer>> items = new TreeMap<>();
        List<Instant> order = new ArrayList<>();
        for (RunRecord run : ended) {
            items.computeIfAbsent(run.scheduledTime(), at -> new ArrayList<>()).add(run.shardingItem());
            if (order.isEmpty() || !order.get(order.size() - 1).equals(run.scheduledTime())) {
                order.add(run.scheduledTime());
            }
        }
        assertThat(order)
                .as("one after the other; that of the day without 02:30 at its shifted time")
                .containsExactly(
                        Instant.parse("2025-03-28T01:30:00Z"),
                        Instant.parse("2025-03-29T01:30:00Z"),
                        Instant.parse("2025-03-30T01:00:00Z"),
                        Instant.parse("2025-03-31T00:30:00Z"));
        assertThat(items.values()).allSatisfy(each -> assertThat(each).containsExactlyInAnyOrder(0, 1, 2, 3, 4));
        RequestStatus done = status(id);
        assertThat(done.state()).isEqualTo(State.DONE);
        assertThat(done.timesDone()).isEqualTo(4);
        assertThat(done.itemsDone()).isEqualTo(20);
        nothingIsLeft();
    }

    @Test
    void firingsOfTheScheduleGoFirstAndNoneIsLost() {
        Instance a = new Instance("10.0.0.1")
                .join(job(2).cron("0/2 * * * * ?").misfire(false).build());
        pass(Duration.ofSeconds(2));
        a.hold = true;
        String id = backfill(hours(3));
        settle();
        assertThat(a.waiting).as("the first hour runs").hasSize(2);
        ended.clear();
        pass(Duration.ofSeconds(2));
        for (int i = 0; i < 4; i++) {
            a.finish();
            settle();
        }
        a.hold = false;
        settle();
        assertThat(ended.stream().map(RunRecord::source).distinct())
                .containsExactly(Source.BACKFILL, Source.NORMAL_TRIGGER);
        assertThat(ended.stream().map(RunRecord::source))
                .as("the firing that came due meanwhile goes before the second hour")
                .startsWith(Source.BACKFILL, Source.BACKFILL, Source.NORMAL_TRIGGER, Source.NORMAL_TRIGGER);
        assertThat(runs()).isEqualTo(onceEach(3, 2));
        assertThat(status(id).state()).isEqualTo(State.DONE);
    }

    @Test
    void theThrottleBoundsHowManyTimesAreOpenAndPausesBetweenThem() {
        Instance a = new Instance("10.0.0.1").join(job(2).build());
        Instance b = new Instance("10.0.0.2").join(job(2).build());
        pass(Duration.ofSeconds(1));
        String paced = backfill(hours(3).throttled(1, Duration.ofSeconds(10)));
        settle();
        assertThat(status(paced).timesDone()).isEqualTo(1);
        assertThat(status(paced).waitsFor()).isEqualTo(WaitsFor.PAUSE_TO_END);
        assertThat(status(paced).next()).isEqualTo(RANGE.plus(Duration.ofHours(1)));
        pass(Duration.ofSeconds(9));
        assertThat(status(paced).timesDone()).isEqualTo(1);
        pass(Duration.ofSeconds(2));
        assertThat(status(paced).timesDone()).isEqualTo(2);
        pass(Duration.ofSeconds(11));
        assertThat(status(paced).state()).isEqualTo(State.DONE);
        assertThat(runs()).isEqualTo(onceEach(3, 2));

        ended.clear();
        b.hold = true;
        String wide = backfill(hours(4).throttled(2, Duration.ZERO));
        settle();
        assertThat(ended)
                .as("who is not slow goes on, as far as two hours are open")
                .hasSize(2);
        assertThat(status(wide).open()).hasSize(2);
        assertThat(status(wide).open().get(0).running())
                .containsValue("10.0.0.2@-@1")
                .hasSize(1);
        b.hold = false;
        settle();
        assertThat(runs()).isEqualTo(onceEach(4, 2));
        assertThat(a.waiting).isEmpty();
    }

    @Test
    void aBackfillIsPausedResumedAndCancelled() {
        Instance a = new Instance("10.0.0.1").join(job(2).build());
        pass(Duration.ofSeconds(1));
        a.hold = true;
        String id = backfill(hours(5));
        settle();
        tell(to -> to.pause("job", id));
        a.hold = false;
        pass(Duration.ofSeconds(5));
        assertThat(runs()).as("what ran when it was paused ends").isEqualTo(onceEach(1, 2));
        assertThat(status(id).state()).isEqualTo(State.PAUSED);
        assertThat(status(id).waitsFor()).isEqualTo(WaitsFor.RESUME);
        a.hold = true;
        tell(to -> to.resume("job", id));
        settle();
        a.finish();
        settle();
        assertThat(runs()).isEqualTo(onceEach(2, 2));
        tell(to -> to.cancel("job", id));
        settle();
        assertThat(status(id).state()).isEqualTo(State.CANCELLING);
        a.hold = false;
        settle();
        assertThat(runs()).isEqualTo(onceEach(3, 2));
        assertThat(status(id).state()).isEqualTo(State.CANCELLED);
        assertThat(status(id).timesDone()).isEqualTo(3);
        tell(to -> to.cancel("job", id));
        assertThatThrownBy(() -> tell(to -> to.resume("job", id)))
                .isInstanceOf(NoSuchElementException.class)
                .hasMessageContaining("expected: an open request of job 'job'");
        nothingIsLeft();

        String waiting = backfill(hours(5));
        tell(to -> to.cancel("job", waiting));
        assertThat(status(waiting).state()).as("nothing of it ran").isEqualTo(State.CANCELLED);
        pass(Duration.ofSeconds(1));
        assertThat(runs()).isEqualTo(onceEach(3, 2));
    }

    @Test
    void anItemThatFailsIsCountedAndTheOthersGoOn() {
        Instance a = new Instance("10.0.0.1").join(job(2).build());
        a.failingItem = 1;
        pass(Duration.ofSeconds(1));
        String id = backfill(hours(2));
        settle();
        RequestStatus done = status(id);
        assertThat(done.state()).isEqualTo(State.DONE);
        assertThat(done.itemsDone()).isEqualTo(2);
        assertThat(done.itemsFailed()).isEqualTo(2);
        assertThat(done.failures())
                .containsExactly(new Failure(RANGE, 1), new Failure(RANGE.plus(Duration.ofHours(1)), 1));
    }

    @Test
    void aTriggerOvertakesABackfill() {
        Instance a = new Instance("10.0.0.1").join(job(1).build());
        pass(Duration.ofSeconds(1));
        a.hold = true;
        backfill(hours(10));
        settle();
        trigger(TriggerRequest.of("job").withParameter("now"));
        settle();
        a.hold = false;
        settle();
        assertThat(seen.get(1)).startsWith("0 now");
        assertThat(runs()).isEqualTo(onceEach(10, 1));
    }

    // ---- what can go wrong -------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void instancesThatJoinAndLeaveInOrderMakeNoItemRunTwice(boolean monitored) {
        JobConfiguration job =
                job(5).monitorExecution(monitored).failover(monitored).build();
        Instance a = new Instance("10.0.0.1").join(job);
        pass(Duration.ofSeconds(1));
        a.hold = true;
        String id = backfill(hours(12));
        for (int i = 2; i < 6; i++) {
            settle();
            Instance next = new Instance("10.0.0." + i).join(job);
            settle();
            next.hold = true;
            for (int round = 0; round < 3; round++) {
                List.copyOf(instances).forEach(Instance::finish);
                settle();
            }
            Instance leaves = instances.get(0);
            leaves.hold = false;
            leaves.engine.leaveAll();
            pass(Duration.ofSeconds(1));
            instances.remove(leaves);
            leaves.client.close();
        }
        instances.forEach(instance -> instance.hold = false);
        pass(Duration.ofSeconds(2));
        assertThat(status(id).state()).isEqualTo(State.DONE);
        assertThat(runs()).isEqualTo(onceEach(12, 5));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDeathAtAnyMomentLosesNothing(boolean failover) {
        int repeated = 0;
        for (int moment = 0; moment < 180; moment += 11) {
            RequestsTest world = new RequestsTest();
            JobConfiguration job = job(4).failover(failover).build();
            // the first is the leader
            Instance a = world.new Instance("10.0.0.1").join(job);
            world.settle();
            world.new Instance("10.0.0.2").join(job);
            world.new Instance("10.0.0.3").join(job);
            world.pass(Duration.ofSeconds(1));
            world.trigger(TriggerRequest.of("job"));
            world.settle();
            String id = world.backfill(hours(4));
            for (int step = 0; step < moment; step++) {
                for (Instance instance : world.instances) {
                    instance.engine.poll(world.time.instant());
                }
                if (!world.steps.isEmpty()) {
                    world.steps.remove().run();
                } else {
                    world.instances.forEach(Instance::finish);
                }
            }
            Instance dies = moment % 2 == 0 ? a : world.instances.get(1);
            dies.die();
            world.pass(Duration.ofSeconds(6));
            assertThat(world.status(id).state()).as("moment %s", moment).isEqualTo(State.DONE);
            assertThat(world.status(id).timesDone()).isEqualTo(4);
            assertThat(world.status(id).itemsDone()).isEqualTo(16);
            assertThat(world.runs().keySet())
                    .as("moment %s", moment)
                    .isEqualTo(onceEach(4, 4).keySet());
            int twice = (int)
                    world.runs().values().stream().filter(runs -> runs > 1).count();
            assertThat(twice).as("only what it was running, moment %s", moment).isLessThanOrEqualTo(2);
            repeated += twice;
            assertThat(world.ended)
                    .as("an item of a request is not taken over as one of a firing")
                    .noneMatch(run -> run.source() == Source.FAILOVER);
            world.nothingIsLeft();
        }
        assertThat(repeated).isPositive();
    }

    @Test
    void aSessionThatEndsOrAnAnswerThatIsLostAtAnyMomentLosesNothing() {
        for (int moment = 0; moment < 120; moment += 11) {
            for (int fault = 0; fault < 3; fault++) {
                RequestsTest world = new RequestsTest();
                Instance a = world.new Instance("10.0.0.1").join(job(3).build());
                Instance b = world.new Instance("10.0.0.2").join(job(3).build());
                world.pass(Duration.ofSeconds(1));
                world.trigger(TriggerRequest.of("job"));
                world.settle();
                String id = world.backfill(hours(3));
                for (int step = 0; step < moment; step++) {
                    a.engine.poll(world.time.instant());
                    b.engine.poll(world.time.instant());
                    if (!world.steps.isEmpty()) {
                        world.steps.remove().run();
                    } else {
                        a.finish();
                        b.finish();
                    }
                }
                switch (fault) {
                    case 0 -> a.client.expireSession();
                    case 1 -> {
                        b.client.disconnect();
                        world.pass(Duration.ofSeconds(1));
                        b.client.reconnect();
                    }
                    default -> {
                        a.client.loseNextAnswer();
                        for (int i = 0; i < 5; i++) {
                            world.pass(Duration.ofMillis(300));
                            a.client.reconnect();
                        }
                    }
                }
                world.pass(Duration.ofSeconds(8));
                String as = "moment " + moment + ", fault " + fault;
                assertThat(world.status(id).state()).as(as).isEqualTo(State.DONE);
                assertThat(world.status(id).itemsDone()).as(as).isEqualTo(9);
                assertThat(world.runs().keySet())
                        .as(as)
                        .isEqualTo(onceEach(3, 3).keySet());
                if (fault > 0) {
                    assertThat(world.runs()).as(as).isEqualTo(onceEach(3, 3));
                }
                world.nothingIsLeft();
            }
        }
    }

    @Test
    void itemsThatAJobHasNoMoreFallAwayAndThoseThatAreSwitchedOffAreWaitedFor() {
        Instance a = new Instance("10.0.0.1").join(job(4).build());
        pass(Duration.ofSeconds(1));
        trigger(TriggerRequest.of("job"));
        settle();
        a.hold = true;
        String id = backfill(hours(2));
        settle();
        write(new Write.SetData(
                "/ns/job/config", ConfigYaml.write(job(2).build(), server.dump().get("/ns/job/config")), -1));
        String gone = trigger(TriggerRequest.of("job").onItems(List.of(1)));
        write(new Write.Create("/ns/job/sharding/1/disabled", "", CreateMode.PERSISTENT));
        a.hold = false;
        pass(Duration.ofSeconds(1));
        assertThat(status(id).state()).isEqualTo(State.DONE);
        assertThat(status(id).itemsDone())
                .as("four of the first hour, one of the second")
                .isEqualTo(5);
        assertThat(status(gone).waitsFor()).isEqualTo(WaitsFor.ITEMS_TO_BE_ENABLED);
        assertThatThrownBy(() -> trigger(TriggerRequest.of("job").onItems(List.of(1))))
                .hasMessageContaining("items: 1 (expected: items that are enabled)");
        write(new Write.Delete("/ns/job/sharding/1/disabled", -1));
        pass(Duration.ofSeconds(1));
        assertThat(status(gone).state()).isEqualTo(State.DONE);
    }

    @Test
    void aChangeOfTheDstPolicyAloneReschedules() {
        // New York, 8 March 2026: from 01:59:59 to 03:00:00, which is 07:00:00Z
        time.advanceTo(Instant.parse("2026-03-08T06:59:50Z"));
        JobConfiguration skipping = job(1).cron("0 30 2 * * ?")
                .timeZone("America/New_York")
                .setProperty(JobConfiguration.DST, "SKIP")
                .build();
        new Instance("10.0.0.1").join(skipping);
        pass(Duration.ofSeconds(1));
        JobConfiguration shifting =
                skipping.toBuilder().setProperty(JobConfiguration.DST, "SHIFT").build();
        write(new Write.SetData(
                "/ns/job/config", ConfigYaml.write(shifting, server.dump().get("/ns/job/config")), -1));
        pass(Duration.ofSeconds(10));
        assertThat(ended).extracting(RunRecord::scheduledTime).containsExactly(Instant.parse("2026-03-08T07:00:00Z"));
    }

    // ---- costs and the API -------------------------------------------------------------------------------------

    @Test
    void nothingIsAskedOfTheRegistryWhenThereIsNoRequestAndFinishedOnesAreBounded() {
        new Instance("10.0.0.1")
                .join(job(3).cron("0/10 * * * * ?")
                        .setProperty(JobConfiguration.REQUESTS_KEPT, "3")
                        .build());
        pass(Duration.ofSeconds(11));
        for (int i = 0; i < 6; i++) {
            trigger(TriggerRequest.of("job").withParameter("p" + i));
            pass(Duration.ofMillis(500));
        }
        pass(Duration.ofSeconds(1));
        JobRequests to = requests();
        assertThat(ask(() -> to.requests("job")))
                .extracting(RequestStatus::parameter)
                .containsExactly("p5", "p4", "p3");
        pass(Duration.between(time.instant(), Instant.parse("2026-01-01T00:00:19Z")));
        long before = server.requests();
        pass(Duration.ofMillis(500));
        assertThat(server.requests() - before).as("idle").isZero();
        pass(Duration.ofSeconds(1));
        assertThat(server.requests() - before).as("a steady firing").isEqualTo(2);
    }

    @Test
    void whatCannotBeAskedIsRefusedWithAdvice() {
        new Instance("10.0.0.1").join(job(2).cron("0 0 * * * ?").build());
        new Instance("10.0.0.1").join(JobConfiguration.newBuilder("other", 1).build());
        pass(Duration.ofSeconds(1));
        Map<String, Supplier<String>> refused = new TreeMap<>();
        refused.put(
                "items: 2 (expected: 0..1)",
                () -> trigger(TriggerRequest.of("job").onItems(List.of(0, 2))));
        refused.put(
                "range: 2025-06-01T00:00:00Z to 2025-05-31T00:00:00Z (expected: a beginning before the end)",
                () -> backfill(BackfillRequest.of("job", RANGE, RANGE.minus(Duration.ofDays(1)))));
        refused.put(
                "step: none (expected: a distance of the business times, as the job has no cron expression)",
                () -> backfill(BackfillRequest.of("other", RANGE, RANGE.plusSeconds(1))));
        refused.put(
                "range: 2025-06-01T00:00:01Z to 2025-06-01T00:00:02Z (expected: at least one planned time",
                () -> backfill(BackfillRequest.of("job", RANGE.plusSeconds(1), RANGE.plusSeconds(2))));
        refused.put(
                "(expected: at most 10000 business times)",
                () -> backfill(BackfillRequest.of("job", RANGE, RANGE.plus(Duration.ofDays(500)))));
        refused.put(
                "(expected: at most 23 business times)",
                () -> backfill(hours(24).atMost(23)));
        refused.put("atOnce: 0 (expected: 1..100)", () -> backfill(hours(24).throttled(0, Duration.ZERO)));
        refused.put(
                "pause: PT-1S (expected: zero or more)",
                () -> backfill(hours(24).throttled(1, Duration.ofSeconds(-1))));
        refused.put(
                "step: PT0S (expected: 1 ms or more)", () -> backfill(hours(24).every(Duration.ZERO)));
        refused.forEach((message, question) -> assertThatThrownBy(question::get)
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining(message)
                .hasMessageContaining("Nothing was asked"));
        assertThatThrownBy(() -> trigger(TriggerRequest.of("nobody"))).isInstanceOf(NoSuchElementException.class);
        assertThatThrownBy(() -> tell(to -> to.pause("job", "20260101T000000000-00000000")))
                .isInstanceOf(NoSuchElementException.class);
        assertThat(Stream.of("job", "other").flatMap(name -> ask(() -> requests.requests(name)).stream()))
                .isEmpty();
        assertThat(backfill(hours(24).atMost(24))).isNotBlank();
    }
}
