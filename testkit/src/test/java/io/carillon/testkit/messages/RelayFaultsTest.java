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
package io.carillon.testkit.messages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.messages.InvalidMessageException;
import io.carillon.messages.Message;
import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.messages.relay.Circuits;
import io.carillon.messages.relay.MessageService;
import io.carillon.testkit.messages.FaultyBroker.Fault;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the relay does when the broker is away, slow, or at fault. */
@Timeout(300)
class RelayFaultsTest extends ServiceWorld {

    /** How many tries were put back, and how many leases were taken. */
    private final AtomicInteger postponed = new AtomicInteger();

    private final AtomicInteger claimed = new AtomicInteger();

    private MessageStore counting() {
        return watched((method, arguments, go) -> {
            Object result = go.call();
            switch (method) {
                case "postpone" -> postponed.addAndGet(((Collection<?>) arguments[0]).size());
                case "claimDue" -> claimed.addAndGet(((Collection<?>) result).size());
                default -> {}
            }
            return result;
        });
    }

    /** What a test does around a call of the store. */
    private interface Watch {
        Object around(String method, Object[] arguments, Callable<Object> go) throws Exception;
    }

    private MessageStore watched(Watch watch) {
        return (MessageStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {MessageStore.class}, (proxy, method, arguments) -> {
                    try {
                        return watch.around(method.getName(), arguments, () -> method.invoke(store, arguments));
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void aLongOutageDoesNotClaimItsBacklogAgainAndAgain() {
        Duration longer = Duration.ofHours(1); // than the test's leaps in time
        MessageService service = start(options().grace(longer).lease(longer).backoffCap(longer), counting());
        broker.next(Integer.MAX_VALUE, Fault.UNAVAILABLE, "orders");
        List<MessageId> ids = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            ids.add(sendAndCommit(service, order("" + i)));
        }
        Await.until("all are put back", () -> ids.stream().allMatch(id -> row(id).owner() == null));
        int before = claimed.get();
        for (int i = 0; i < 10; i++) {
            int published = broker.published("orders").size();
            time.advance(Duration.ofSeconds(31));
            Await.until("a probe is sent", () -> {
                time.advance(Duration.ofMillis(100));
                return broker.published("orders").size() > published;
            });
        }
        // those that were with the broker when it went away are due once more; all others wait for its answer
        assertThat(claimed.get() - before).isLessThan(300 + 10 * 5);
        assertThat(ids).allMatch(id -> row(id).state() == MessageState.SENDING && row(id).attempt() <= 1);
        broker.recover();
        time.advance(Duration.ofSeconds(31));
        Await.until("all are finished", () -> {
            time.advance(Duration.ofMillis(100));
            return store.countByState().getOrDefault(MessageState.FINISHED, 0L) == ids.size();
        });
    }

    @Test
    void aMessageWhoseHoldIsWrittenAfterTheBrokerAnsweredAgainIsSentAtOnce() {
        Instant began = time.instant();
        Duration longer = Duration.ofHours(1); // than the test's leaps in time
        Semaphore holdsWritten = new Semaphore(0);
        AtomicInteger holds = new AtomicInteger();
        AtomicInteger woken = new AtomicInteger();
        MessageService service =
                start(options().grace(longer).lease(longer).backoffCap(longer), watched((method, arguments, go) -> {
                    if (method.equals("postpone") && Circuits.HELD.equals(arguments[2])) {
                        holds.incrementAndGet();
                        holdsWritten.acquireUninterruptibly();
                    }
                    Object result = go.call();
                    if (method.equals("hasten") && "orders".equals(arguments[0]) && (int) arguments[4] > 1) {
                        woken.incrementAndGet();
                    }
                    return result;
                }));
        broker.next(1, Fault.UNAVAILABLE, "orders");
        MessageId first = sendAndCommit(service, order("the first, that meets the outage"));
        Await.until("it is put back", () -> row(first).owner() == null);
        MessageId held = sendAndCommit(service, order("held"));
        Await.until("its hold is about to be written", () -> holds.get() == 1);
        Await.until("the broker answers, and whoever waits is woken", () -> {
            time.advance(Duration.ofMillis(100));
            return woken.get() > 0;
        });
        holdsWritten.release();
        Await.until("it is sent", () -> {
            time.advance(Duration.ofMillis(10));
            return row(held).state() == MessageState.FINISHED;
        });
        assertThat(time.instant()).isBefore(began.plus(longer));
    }

    @Test
    void whatANodeHeldThatIsGoneIsSentByTheNextOneAtOnce() {
        MessageService first = start(options().node("first").backoffCap(Duration.ofHours(1)));
        broker.next(Integer.MAX_VALUE, Fault.UNAVAILABLE, "orders");
        List<MessageId> ids = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            ids.add(sendAndCommit(first, order("" + i)));
        }
        Await.until("all are put back", () -> ids.stream().allMatch(id -> row(id).owner() == null));
        first.close();
        broker.recover();
        start(options().node("second").backoffCap(Duration.ofHours(1)));
        time.advance(Duration.ofSeconds(31)); // those that were with the broker wait for the next probe
        awaitAll(ids, MessageState.FINISHED);
    }

    @Test
    void anErrorOfTheBrokersClientIsReportedAndTheSenderGoesOn() {
        MessageService service = start(options());
        broker.next(2, Fault.ERROR, "orders");
        MessageId id = sendAndCommit(service, order("1"));
        Await.until("it is put back", () -> row(id).lastError() != null);
        assertThat(row(id).lastError()).contains("NoClassDefFoundError");
        awaitState(sendAndCommit(service, Message.to("users", "registered").build()), MessageState.FINISHED);
        Await.until("it is sent in the end", () -> {
            if (row(id).owner() == null) { // a lease must not end by the test's leaps
                time.advance(Duration.ofSeconds(10));
            }
            return row(id).state() == MessageState.FINISHED;
        });
    }

    @Test
    void whatWaitsBehindABrokerThatDoesNotAnswerIsGivenBackBeforeItsLeaseEndsAndNoTryIsCounted() {
        MessageServiceOptions.Builder slow = options().node("slow").maxInFlight(1);
        MessageService service = start(slow);
        broker.next(1, Fault.HOLD, "orders");
        MessageId held = sendAndCommit(service, order("held"));
        Await.until("one is held", () -> broker.held() == 1);
        List<MessageId> waiting = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            waiting.add(sendAndCommit(service, order("" + i)));
        }
        time.advance(Duration.ofSeconds(16)); // the grace is 20 s
        Await.until("they are given back", () -> waiting.stream()
                .allMatch(id -> row(id).owner() == null && row(id).attempt() == 0));
        for (int i = 0; i < 20; i++) {
            time.advance(Duration.ofSeconds(30)); // nothing is claimed meanwhile: there is no place for it
        }
        assertThat(waiting).allMatch(id -> row(id).attempt() == 0);
        broker.answerHeld();
        awaitAll(waiting, MessageState.FINISHED);
        awaitState(held, MessageState.FINISHED);
    }

    @Test
    void aDelayOfAnyLengthIsKeptToTheMillisecond() {
        MessageService service = start(options());
        Duration long_ = Duration.ofDays(400);
        MessageId id = sendAndCommit(
                service, Message.to("orders", "placed").delay(long_).build());
        time.advance(long_.minusMillis(1));
        awaitState(sendAndCommit(service, order("other")), MessageState.FINISHED);
        assertThat(row(id).state()).isEqualTo(MessageState.SENDING);
        assertThat(broker.published("orders")).noneMatch(message -> message.id().equals(id));
        time.advance(Duration.ofMillis(1));
        awaitState(id, MessageState.FINISHED);
    }

    // ------------------------------------------------------------------ errors where business code sends

    @Test
    void withDeclaredTopicsAnyOtherIsRefusedWhereItIsSent() {
        MessageService service = start(options().topics(Set.of("orders")));
        transactions.begin();
        assertThatThrownBy(() -> service.reliableMessages()
                        .send(Message.to("order", "placed").build()))
                .isInstanceOf(InvalidMessageException.class)
                .hasMessageStartingWith("topic: order (expected: one of the declared topics, [orders])");
        transactions.rollback();
        awaitState(sendAndCommit(service, order("1")), MessageState.FINISHED);
        assertThat(store.countByState()).containsEntry(MessageState.FINISHED, 1L);
    }

    @Test
    void aKeyOrATagThatIsTooLongIsRefusedBeforeItIsSent() {
        assertThatThrownBy(() ->
                        Message.to("orders", "placed").key("k".repeat(201)).build())
                .isInstanceOf(InvalidMessageException.class)
                .hasMessageStartingWith("key: 201 characters (expected: 0..200 characters)");
        assertThatThrownBy(() -> Message.to("orders", "t".repeat(121)).build())
                .isInstanceOf(InvalidMessageException.class)
                .hasMessageStartingWith("tag: 121 characters (expected: 0..120 characters)");
        assertThatThrownBy(() -> Message.to("t".repeat(121), "placed").build())
                .isInstanceOf(InvalidMessageException.class)
                .hasMessageStartingWith("topic: 121 characters (expected: 1..120 characters)");
    }
}
