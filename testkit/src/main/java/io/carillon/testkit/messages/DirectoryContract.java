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

import io.carillon.messages.directory.Directory;
import io.carillon.messages.directory.Directory.Change;
import io.carillon.messages.directory.Directory.Edit;
import io.carillon.messages.directory.Directory.Entry;
import io.carillon.messages.directory.Directory.Name;
import io.carillon.messages.directory.Directory.Status;
import io.carillon.messages.outbox.MessageStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link Directory} does. */
public abstract class DirectoryContract {

    private static final Instant NOW = Instant.parse("2026-11-27T10:00:00Z");
    private static final Duration OUTLIVED = Duration.ofMinutes(5);

    private Directory directory;
    private MessageStore store;

    /** A directory and the store that reads what results for subscriptions. Immutable. */
    public record Ports(Directory directory, MessageStore store) {}

    /** An empty directory. */
    protected abstract Ports empty();

    @BeforeEach
    void open() {
        Ports ports = empty();
        directory = ports.directory();
        store = ports.store();
    }

    private Change declare(String revision, Instant at, String topic, String... tags) {
        return directory.declare("points", "points-app", revision, Map.of(topic, Set.of(tags)), OUTLIVED, at);
    }

    private boolean edit(Name name, Status status, Instant at) {
        return directory.edit(new Edit(name, status, null, "ann", at, "why")).applied();
    }

    @Test
    void whatAGroupDeclaresIsExpectedOfIt() {
        Change change = declare("1", NOW, "orders", "placed", "paid");
        assertThat(change.applied()).isTrue();
        assertThat(change.after()).isEqualTo(Map.of("orders", Set.of("placed", "paid")));
        assertThat(store.subscribers("orders", "placed")).containsExactly("points");
        assertThat(store.subscribers("orders", "cancelled")).isEmpty();
        assertThat(declare("1", NOW.plusSeconds(30), "orders", "placed", "paid").applied())
                .as("the same again")
                .isFalse();
        assertThat(directory.read().declared()).hasSize(2);
    }

    @Test
    void twoReleasesOfOneServiceDoNotOverwriteEachOther() {
        declare("1", NOW, "orders", "placed");
        declare("2", NOW.plusSeconds(10), "orders", "paid");
        for (int i = 1; i < 20; i++) {
            declare("1", NOW.plusSeconds(30L * i), "orders", "placed");
            declare("2", NOW.plusSeconds(30L * i + 10), "orders", "paid");
        }
        assertThat(store.subscribers("orders", "placed")).containsExactly("points");
        assertThat(store.subscribers("orders", "paid")).containsExactly("points");
    }

    @Test
    void whatOnlyAReleaseDeclaredThatIsGoneEndsAfterAWhile() {
        declare("1", NOW, "orders", "placed");
        declare("2", NOW.plusSeconds(10), "orders", "paid");
        assertThat(store.subscribers("orders", "placed")).containsExactly("points");
        Change later = declare("2", NOW.plus(OUTLIVED).plusSeconds(1), "orders", "paid");
        assertThat(later.before()).isEqualTo(Map.of("orders", Set.of("placed", "paid")));
        assertThat(later.after()).isEqualTo(Map.of("orders", Set.of("paid")));
        assertThat(store.subscribers("orders", "placed")).isEmpty();
    }

    @Test
    void theLastReleaseIsExpectedHoweverLongItIsSilent() {
        declare("1", NOW, "orders", "placed");
        directory.declare(
                "mail", "mail-app", "1", Map.of("orders", Set.of("*")), OUTLIVED, NOW.plus(Duration.ofDays(30)));
        assertThat(store.subscribers("orders", "placed")).containsExactlyInAnyOrder("points", "mail");
    }

    @Test
    void aDisabledGroupIsNotExpectedHoweverOftenItDeclares() {
        declare("1", NOW, "orders", "placed");
        Change change = directory.edit(
                new Edit(Name.group("points"), Status.DISABLED, null, "ann", NOW.plusSeconds(1), "leak"));
        assertThat(change.before()).isEqualTo(Map.of("orders", Set.of("placed")));
        assertThat(change.after()).isEmpty();
        declare("2", NOW.plusSeconds(2), "orders", "placed");
        assertThat(store.subscribers("orders", "placed")).isEmpty();
        edit(Name.group("points"), Status.ACTIVE, NOW.plusSeconds(3));
        assertThat(store.subscribers("orders", "placed")).containsExactly("points");
    }

    @Test
    void peopleAddAndRemoveSubscriptions() {
        declare("1", NOW, "orders", "placed");
        edit(Name.subscription("points", "orders", "paid"), Status.ACTIVE, NOW.plusSeconds(1));
        edit(Name.subscription("points", "orders", "placed"), Status.REMOVED, NOW.plusSeconds(1));
        edit(Name.subscription("audit", "orders", "*"), Status.ACTIVE, NOW.plusSeconds(1));
        assertThat(store.subscribers("orders", "paid")).containsExactlyInAnyOrder("audit", "points");
        assertThat(store.subscribers("orders", "placed")).containsExactly("audit");
        declare("1", NOW.plus(OUTLIVED), "orders", "placed");
        assertThat(store.subscribers("orders", "placed"))
                .as("an edit holds what is declared later")
                .containsExactly("audit");
    }

    @Test
    void ofTwoEditsTheLaterHolds() {
        Name topic = Name.topic("orders");
        assertThat(edit(topic, Status.DISABLED, NOW.plusSeconds(5))).isTrue();
        assertThat(edit(topic, Status.ACTIVE, NOW)).as("an earlier one").isFalse();
        assertThat(edit(topic, Status.DISABLED, NOW.plusSeconds(5)))
                .as("the same")
                .isFalse();
        Entry entry = directory.read().entry(topic).orElseThrow();
        assertThat(entry.status()).isEqualTo(Status.DISABLED);
        assertThat(entry.changedBy()).isEqualTo("ann");
        assertThat(entry.changedAt()).isEqualTo(NOW.plusSeconds(5));
        assertThat(entry.reason()).isEqualTo("why");
        assertThat(directory.edited()).extracting(Entry::name).containsExactly(topic);
    }

    @Test
    void declaringKeepsWhatPeopleEdited() {
        Name orders = Name.topic("orders");
        Name producer = Name.producer("shop");
        directory.edit(new Edit(orders, Status.DISABLED, "by hand", "ann", NOW, "why"));
        directory.declare(List.of(orders, producer), Map.of(producer, "http://shop/check"), "shop", NOW.plusSeconds(1));
        Entry entry = directory.read().entry(orders).orElseThrow();
        assertThat(entry.status()).isEqualTo(Status.DISABLED);
        assertThat(entry.detail()).isEqualTo("by hand");
        assertThat(entry.declaredBy()).isEqualTo("shop");
        assertThat(directory.read().checkUrl("shop")).contains("http://shop/check");
        directory.declare(List.of(producer), Map.of(producer, "http://shop2/check"), "shop", NOW.plusSeconds(2));
        assertThat(directory.read().checkUrl("shop")).contains("http://shop2/check");
        edit(producer, Status.DISABLED, NOW.plusSeconds(3));
        assertThat(directory.read().checkUrl("shop")).isEmpty();
    }

    @Test
    void aPauseIsOfOneTopicOrOfAll() {
        edit(Name.pause("points", "orders"), Status.ACTIVE, NOW);
        assertThat(directory.read().isPaused("points", "orders")).isTrue();
        assertThat(directory.read().isPaused("points", "mail")).isFalse();
        edit(Name.pause("points", "*"), Status.ACTIVE, NOW);
        assertThat(directory.read().isPaused("points", "mail")).isTrue();
        edit(Name.pause("points", "orders"), Status.REMOVED, NOW.plusSeconds(1));
        edit(Name.pause("points", "*"), Status.REMOVED, NOW.plusSeconds(1));
        assertThat(directory.read().hasPauses()).isFalse();
    }

    @Test
    void aTopicOrTagThatIsSwitchedOffIsRefusedWithWhoAndWhen() {
        assertThat(directory.read().refusal("orders", "placed", false)).isEmpty();
        assertThat(directory
                        .read()
                        .refusal("orders", "placed", true)
                        .orElseThrow()
                        .value())
                .isEqualTo("orders, which nobody declared");
        directory.declare(List.of(Name.topic("orders")), Map.of(), "shop", NOW);
        assertThat(directory.read().refusal("orders", "placed", true)).isEmpty();
        edit(Name.tag("orders", "placed"), Status.DISABLED, NOW);
        assertThat(directory
                        .read()
                        .refusal("orders", "placed", false)
                        .orElseThrow()
                        .value())
                .isEqualTo("placed, disabled by ann at 2026-11-27T10:00:00Z: why");
        assertThat(directory.read().refusal("orders", "paid", false)).isEmpty();
        edit(Name.topic("orders"), Status.REMOVED, NOW);
        assertThat(directory
                        .read()
                        .refusal("orders", "paid", false)
                        .orElseThrow()
                        .value())
                .isEqualTo("orders, removed by ann at 2026-11-27T10:00:00Z: why");
    }
}
