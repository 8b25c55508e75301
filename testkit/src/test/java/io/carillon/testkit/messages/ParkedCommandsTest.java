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

import io.carillon.messages.Message;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.inbox.Parked;
import io.carillon.messages.inbox.ParkedMessages;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.operations.Audit;
import io.carillon.messages.recovery.DiscardParked;
import io.carillon.messages.recovery.MaintenanceResult;
import io.carillon.messages.recovery.ParkedByCommand;
import io.carillon.messages.recovery.ParkedCommands;
import io.carillon.messages.recovery.ParkedCommands.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What people, and the policy, do about parked messages; each command on record. */
class ParkedCommandsTest {

    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");

    private final TreeMap<String, Parked> rows = new TreeMap<>();
    private final InMemoryAudit audit = new InMemoryAudit();
    private final ManualTime time = new ManualTime(NOW);
    private final ParkedCommands commands = new ParkedCommands(new Rows(), audit, time);

    /** Parked messages; those of group "away" have their handler elsewhere. */
    private final class Rows implements ParkedMessages {

        @Override
        public List<Parked> list(@Nullable String group, @Nullable Parked after, int limit) {
            return (after == null ? rows : rows.tailMap(key(after), false))
                    .values().stream()
                            .filter(each ->
                                    group == null || each.message().group().equals(group))
                            .limit(limit)
                            .toList();
        }

        @Override
        public Optional<Parked> find(MessageId id, String group) {
            return Optional.ofNullable(rows.get(id + " " + group));
        }

        @Override
        public Replay replay(MessageId id, String group) {
            if (group.equals("away")) {
                throw new IllegalStateException("group: away (expected: one of this process). It stays parked.");
            }
            Parked found = rows.get(id + " " + group);
            if (found == null) {
                return new Replay.Absent();
            }
            if (found.reason().startsWith("for ever")) {
                return new Replay.Failed("again: " + found.reason());
            }
            rows.remove(id + " " + group);
            return new Replay.Handled();
        }

        @Override
        public boolean discard(MessageId id, String group, String who) {
            time.advance(Duration.ofMillis(1));
            return rows.remove(id + " " + group) != null;
        }
    }

    private static String key(Parked parked) {
        return keyOf(parked).toString();
    }

    private static ParkedCommands.Key keyOf(Parked parked) {
        return new ParkedCommands.Key(parked.message().id(), parked.message().group());
    }

    private ParkedCommands.Key park(String group, String reason, Duration ago) {
        Instant at = NOW.minus(ago);
        Parked parked = new Parked(
                new ReceivedMessage(
                        Messages.id(at.minusSeconds(5)),
                        Message.to("orders", "").build(),
                        "shop",
                        group,
                        16),
                reason,
                at);
        rows.put(key(parked), parked);
        return keyOf(parked);
    }

    @Test
    void eachMessageOfACommandHasAnOutcomeAndOneThatCannotBeDealtWithStopsNoOther() {
        ParkedCommands.Key good = park("points", "no such customer", Duration.ofHours(1));
        ParkedCommands.Key bad = park("points", "for ever wrong", Duration.ofHours(1));
        ParkedCommands.Key away = park("away", "x", Duration.ofHours(1));
        ParkedCommands.Key gone = new ParkedCommands.Key(good.id(), "mail");

        ParkedCommands.Report report = commands.release("ann", "the customer is there", List.of(away, bad, gone, good));

        assertThat(report.items())
                .extracting(ParkedCommands.Item::outcome)
                .containsExactly(Outcome.REFUSED, Outcome.FAILED, Outcome.NOT_THERE, Outcome.DONE);
        assertThat(report.items().get(1).detail()).isEqualTo("again: for ever wrong");
        assertThat(rows.keySet()).containsExactlyInAnyOrder(bad.toString(), away.toString());
        Audit.Entry entry = audit.latest(null, 10).get(0);
        assertThat(entry.what()).isEqualTo("release parked");
        assertThat(entry.target()).contains(good.toString(), bad.toString());
        assertThat(entry.result()).isEqualTo("done 1, failed 1, asked 0, refused 1, not there 1");
    }

    @Test
    void aCommandWithoutAReasonOrWithTooManyMessagesDoesNothing() {
        ParkedCommands.Key one = park("points", "x", Duration.ofHours(1));
        assertThatThrownBy(() -> commands.discard("ann", " ", List.of(one))).hasMessageStartingWith("reason: empty");
        assertThatThrownBy(() -> commands.discard("ann", "x", List.of())).hasMessageStartingWith("messages: 0");
        List<ParkedCommands.Key> many = new ArrayList<>();
        for (int i = 0; i <= ParkedCommands.MAX_LIMIT; i++) {
            many.add(new ParkedCommands.Key(Messages.id(NOW), "g"));
        }
        assertThatThrownBy(() -> commands.discard("ann", "x", many)).hasMessageStartingWith("messages: 1001");
        assertThatThrownBy(() -> ParkedCommands.Key.parse(one.id().toString())).hasMessageContaining("consumer group");
        assertThat(rows).hasSize(1);
        assertThat(audit.latest(null, 10)).isEmpty();
    }

    @Test
    void thePolicyGivesUpWhatIsOldEnoughAndNothingElse() {
        for (int i = 0; i < 1_201; i++) {
            park("points", "old " + i, Duration.ofDays(31));
        }
        ParkedCommands.Key young = park("points", "young", Duration.ofDays(29));
        // made long ago, failed again lately: somebody cares
        Parked again = new Parked(
                new ReceivedMessage(
                        Messages.id(NOW.minus(Duration.ofDays(90))),
                        Message.to("orders", "").build(),
                        "shop",
                        "mail",
                        17),
                "again",
                NOW.minus(Duration.ofDays(1)));
        rows.put(key(again), again);

        DiscardParked policy = new DiscardParked(commands, Duration.ofDays(30), Duration.ofSeconds(30), time);
        assertThat(policy.run(NOW, 1, 2).handled())
                .as("the first shard does it")
                .isZero();
        MaintenanceResult result = policy.run(NOW, 0, 2);
        assertThat(result.handled()).isEqualTo(1_201);
        assertThat(result.isComplete()).isTrue();
        assertThat(rows.keySet()).containsExactlyInAnyOrder(young.toString(), key(again));
        assertThat(audit.latest(null, 10)).hasSize(3).allSatisfy(entry -> assertThat(entry.reason())
                .contains("by policy"));
    }

    @Test
    void thePolicyStopsWhenItsTimeIsOverAndTheNextRunGoesOn() {
        for (int i = 0; i < 1_100; i++) {
            park("points", "old", Duration.ofDays(31));
        }
        DiscardParked policy = new DiscardParked(commands, Duration.ofDays(30), Duration.ofMillis(100), time);
        MaintenanceResult first = policy.run(NOW, 0, 1);
        assertThat(first.handled()).isEqualTo(500);
        assertThat(first.isComplete()).isFalse();
        policy.run(NOW, 0, 1);
        assertThat(policy.run(NOW, 0, 1).handled()).isEqualTo(100);
        assertThat(rows).isEmpty();
        assertThatThrownBy(() -> new DiscardParked(commands, Duration.ZERO, Duration.ofSeconds(1), time))
                .hasMessageStartingWith("retention: PT0S (expected: longer than nothing)");
    }

    @Test
    void whatIsWantedInACentreIsToldAndDoneWhereTheMessageIsParked() {
        List<Message> told = new ArrayList<>();
        ParkedCommands centre = new ParkedCommands(
                new Rows(),
                new InMemoryAudit(),
                time,
                ParkedByCommand.telling(
                        message -> {
                            told.add(message);
                            return Messages.id(NOW);
                        },
                        new ManualTransactions()));
        ParkedCommands.Key one = park("points", "no such customer", Duration.ofHours(1));
        ParkedCommands.Key other = park("points", "x", Duration.ofHours(1));
        assertThat(centre.release("ann", "it is\tthere", List.of(one, new ParkedCommands.Key(one.id(), "mail")))
                        .items())
                .extracting(ParkedCommands.Item::outcome)
                .containsExactly(Outcome.ASKED, Outcome.NOT_THERE);
        assertThat(centre.discard("ann", "a test", List.of(other)).count(Outcome.ASKED))
                .isEqualTo(1);
        assertThat(rows).as("nothing is done in the centre").hasSize(2);

        for (Message message : told) {
            ParkedByCommand.obey(commands, received(message));
            ParkedByCommand.obey(commands, received(message)); // again: nothing more
        }
        assertThat(rows).isEmpty();
        assertThat(audit.latest(null, 10))
                .extracting(Audit.Entry::what, Audit.Entry::who, Audit.Entry::reason)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple("release parked", "ann", "it is there"),
                        org.assertj.core.groups.Tuple.tuple("discard parked", "ann", "a test"));
        for (String bad : new String[] {"", "EAT\t1\t2\t3\t4", "RELEASE\tx\tpoints\tann\tr"}) {
            ParkedByCommand.obey(
                    commands,
                    received(Message.to(ParkedByCommand.TOPIC, "").text(bad).build()));
        }
        assertThat(audit.latest(null, 10)).hasSize(2);
    }

    private static ReceivedMessage received(Message message) {
        return new ReceivedMessage(Messages.id(NOW), message, "centre", ParkedByCommand.group("points"), 1);
    }
}
