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
package io.carillon.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.console.access.Accounts;
import io.carillon.console.access.ConsoleStore;
import io.carillon.console.access.FileStore;
import io.carillon.console.access.Grant;
import io.carillon.console.ask.LimitedStore;
import io.carillon.console.ask.TimeLimit;
import io.carillon.console.ask.TimeLimit.NotAnsweredException;
import io.carillon.console.command.Trail;
import jakarta.servlet.http.Cookie;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.test.web.servlet.request.MockHttpServletRequestBuilder;

/** Something hangs: the rest goes on, and nobody waits for it. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class OutagePageTest {
    private final AtomicReference<Instant> now = new AtomicReference<>(Samples.NOW);
    private final InstantSource time = now::get;
    private final ConsoleOptions options =
            new ConsoleOptions(time, ZoneId.of("UTC"), Duration.ofMillis(400), Duration.ofSeconds(5));

    /** Answers as the other does, but only after the latch. */
    private static <T> T hanging(Class<T> type, T other, AtomicReference<CountDownLatch> until) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, values) -> {
                    until.get().await();
                    try {
                        return method.invoke(other, values);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    private static AtomicReference<CountDownLatch> answers() {
        return new AtomicReference<>(new CountDownLatch(0));
    }

    @Test
    void aCommandThatHangsIsAnsweredAndTheAuditLearnsHowItEnded() throws Exception {
        FakeCluster cluster = Samples.fullCluster();
        try (ConsolePages console = new ConsolePages(options, "admin", cluster)) {
            CountDownLatch registry = new CountDownLatch(1);
            cluster.hangsUntil = registry;
            MockHttpServletResponse answer =
                    console.answer(console.post("/clusters/shop/commands/enable", "job", "check-back"));
            assertThat(answer.getStatus()).isEqualTo(503);
            assertThat(ConsolePages.text(answer)).contains("may still be carried out");
            registry.countDown();
            Trail trail = console.bean(ConsoleConfiguration.Remembered.class).trail();
            while (trail.latest(Trail.Question.ALL, null, 1).stream().allMatch(entry -> entry.result() == null)) {
                Thread.onSpinWait();
            }
            assertThat(trail.latest(Trail.Question.ALL, null, 10))
                    .extracting(Trail.Entry::what, Trail.Entry::result)
                    .containsExactly(org.assertj.core.groups.Tuple.tuple("enable", "done"));
        }
    }

    @Test
    void aRequestWithAKeyWhoseAnswerIsLateIsNotDoneTwice() throws Exception {
        FakeCluster cluster = Samples.fullCluster();
        try (ConsolePages console = new ConsolePages(options, "admin", cluster)) {
            CountDownLatch registry = new CountDownLatch(1);
            cluster.hangsUntil = registry;
            MockHttpServletResponse late = console.answer(onceWithKey(console));
            assertThat(late.getStatus()).isEqualTo(503);
            registry.countDown();
            while (cluster.requests.asked.isEmpty()) {
                Thread.onSpinWait();
            }
            assertThat(console.answer(onceWithKey(console)).getStatus())
                    .as("what became of the first is in the audit")
                    .isEqualTo(409);
            assertThat(cluster.requests.asked).hasSize(1);
        }
    }

    private static MockHttpServletRequestBuilder onceWithKey(ConsolePages console) throws Exception {
        return console.request("POST", "/api/v1/clusters/shop/jobs/check-back/runs")
                .contentType("application/json")
                .content("{\"parameter\":\"a\"}")
                .header("Idempotency-Key", "k1");
    }

    @Test
    void ofManyCommandsTheFirstWithoutAnAnswerEndsTheWaiting() throws Exception {
        FakeCluster cluster = Samples.fullCluster();
        try (ConsolePages console = new ConsolePages(options, "admin", cluster)) {
            cluster.broken = new IllegalStateException("connection lost");
            MockHttpServletResponse answer =
                    console.answer(console.post("/clusters/shop/commands/enable", "job", "check-back")
                            .param("job", "credit-points", "orders-resend"));
            assertThat(ConsolePages.text(answer)).contains("connection lost").contains("Not tried");
            assertThat(console.bean(ConsoleConfiguration.Remembered.class)
                            .trail()
                            .latest(Trail.Question.ALL, null, 10))
                    .hasSize(1);
        }
    }

    @Test
    void aStoreThatHangsKeepsNobodyOutWhoWasHereAndTellsTheOthers() throws Exception {
        AtomicReference<CountDownLatch> until = answers();
        ConsoleStore store = hanging(ConsoleStore.class, FileStore.inMemory(), until);
        try (ConsolePages console = ConsolePages.with(store, options, "", Samples.fullCluster())) {
            Accounts accounts = console.bean(Accounts.class);
            accounts.redeem(accounts.grant("ada", Grant.parse("admin")).orElseThrow(), "", "a long way home");
            Cookie session = new Cookie("carillon-session", accounts.logIn("ada", "a long way home", "10.0.0.1"));
            assertThat(console.answer(ConsolePages.get("/clusters/shop/jobs").cookie(session))
                            .getStatus())
                    .isEqualTo(200);
            until.set(new CountDownLatch(1));
            now.set(Samples.NOW.plusSeconds(60));
            assertThat(ConsolePages.text(console.answer(
                            ConsolePages.get("/clusters/shop/jobs").cookie(session))))
                    .contains("credit-points");
            assertThat(ConsolePages.text(
                            console.answer(ConsolePages.get("/access").cookie(session))))
                    .contains("The users cannot be read");
            assertThat(console.answer(ConsolePages.get("/clusters/shop/jobs")
                                    .cookie(new Cookie("carillon-session", "of somebody else")))
                            .getStatus())
                    .isEqualTo(503);
            assertThat(console.answer(ConsolePages.get("/login")).getStatus()).isEqualTo(503);
            until.get().countDown();
            now.set(Samples.NOW.plusSeconds(120));
            assertThat(console.answer(ConsolePages.get("/login")).getStatus()).isEqualTo(200);
            assertThat(console.answer(ConsolePages.get("/access").cookie(session))
                            .getStatus())
                    .isEqualTo(200);
        }
    }

    @Test
    void aCommandThatCannotBePutOnRecordIsNotCarriedOut() throws Exception {
        FakeCluster cluster = Samples.fullCluster();
        AtomicReference<CountDownLatch> until = answers();
        Trail trail = hanging(Trail.class, Trail.inMemory(), until);
        try (ConsolePages console = ConsolePages.with(trail, options, "admin", cluster)) {
            until.set(new CountDownLatch(1));
            MockHttpServletResponse answer =
                    console.answer(console.post("/clusters/shop/commands/enable", "job", "check-back"));
            assertThat(answer.getStatus()).isEqualTo(503);
            assertThat(ConsolePages.text(answer)).contains("so it was not carried out");
            assertThat(cluster.done).isEmpty();
            assertThat(console.page("/audit").select(".notice.bad").text()).contains("does not answer");
            assertThat(console.page("/clusters/shop/jobs").text()).contains("credit-points");
            until.get().countDown();
            while (trail.latest(Trail.Question.ALL, null, 1).stream().allMatch(entry -> entry.result() == null)) {
                Thread.onSpinWait();
            }
            assertThat(trail.latest(Trail.Question.ALL, null, 10))
                    .extracting(Trail.Entry::what, Trail.Entry::result)
                    .containsExactly(org.assertj.core.groups.Tuple.tuple("enable", "refused: problem.audit"));
            assertThat(cluster.done)
                    .as("nothing is done when nobody expects it any more")
                    .isEmpty();
        }
    }

    @Test
    void afterACallThatHungCallsFailAtOnceForASecond() {
        AtomicReference<CountDownLatch> until = new AtomicReference<>(new CountDownLatch(1));
        try (TimeLimit limit = new TimeLimit("the store", Duration.ofMillis(50), time)) {
            ConsoleStore store = new LimitedStore(hanging(ConsoleStore.class, FileStore.inMemory(), until), limit);
            assertThatThrownBy(() -> store.all("user", now.get()))
                    .isInstanceOf(NotAnsweredException.class)
                    .hasMessageContaining("the store has not answered within 50 ms");
            until.get().countDown();
            assertThatThrownBy(() -> store.all("user", now.get())).isInstanceOf(NotAnsweredException.class);
            now.set(Samples.NOW.plusSeconds(2));
            assertThat(store.all("user", now.get())).isEqualTo(List.of());
            assertThatThrownBy(() -> limit.call(() -> {
                        throw new IllegalArgumentException("broken");
                    }))
                    .isInstanceOf(NotAnsweredException.class)
                    .hasMessageContaining("broken");
        }
    }

    @Test
    @Timeout(60)
    void whoComesWhileManyAreBeingAnsweredWaitsForItsTurn() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger asking = new AtomicInteger();
        Queue<Object> answers = new ConcurrentLinkedQueue<>();
        try (TimeLimit limit = new TimeLimit("the store", Duration.ofSeconds(50), time)) {
            Supplier<Thread> caller = () -> {
                Thread thread = new Thread(() -> {
                    try {
                        answers.add(limit.call(() -> {
                            asking.incrementAndGet();
                            release.await();
                            return "answered";
                        }));
                    } catch (NotAnsweredException refused) {
                        answers.add(refused);
                    }
                });
                thread.start();
                return thread;
            };
            List<Thread> callers = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                callers.add(caller.get());
            }
            while (asking.get() < 16) {
                Thread.onSpinWait();
            }
            Thread last = caller.get();
            callers.add(last);
            while (last.getState() != Thread.State.TIMED_WAITING && last.isAlive()) {
                Thread.onSpinWait();
            }
            release.countDown();
            for (Thread one : callers) {
                one.join();
            }
            assertThat(answers).hasSize(17).containsOnly("answered");
        }
    }
}
