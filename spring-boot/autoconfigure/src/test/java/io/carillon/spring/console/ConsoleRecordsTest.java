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
package io.carillon.spring.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.console.access.Accounts;
import io.carillon.console.access.ConsoleStore;
import io.carillon.console.access.ConsoleStore.Entry;
import io.carillon.console.access.Grant;
import io.carillon.console.command.Trail;
import io.carillon.console.command.Trail.Ended;
import io.carillon.console.command.Trail.Question;
import io.carillon.jobs.operations.TimedId;
import io.carillon.messages.recovery.AgedTable;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What the console keeps in a database: its records and its audit, the same on every one. */
@ParameterizedClass
@EnumSource(ConsoleDatabases.class)
class ConsoleRecordsTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant LATER = NOW.plusSeconds(60);

    @Parameter
    ConsoleDatabases database;

    private ConsoleTables tables;
    private ConsoleStore store;
    private Trail trail;

    @BeforeEach
    void open() {
        tables = database.tables();
        store = new JdbcConsoleStore(tables);
        trail = new JdbcTrail(tables);
    }

    // ---- records ------------------------------------------------------------------------------------------------

    @Test
    void aRecordIsFoundByItsExactIdUntilItExpires() {
        assertThat(store.insert("user", "ada", "雪 'x' \\ \n🎐", LATER, NOW)).isTrue();
        assertThat(store.find("user", "ada", NOW).orElseThrow())
                .isEqualTo(new Entry("user", "ada", "雪 'x' \\ \n🎐", 1, LATER));
        assertThat(store.find("user", "Ada", NOW)).as("another name").isEmpty();
        assertThat(store.find("user", "ada ", NOW)).as("another name").isEmpty();
        assertThat(store.find("link", "ada", NOW)).isEmpty();
        assertThat(store.find("user", "ada", LATER)).isEmpty();
    }

    @Test
    void aRecordIsInsertedOnceAndAgainWhenItHasExpired() {
        assertThat(store.insert("view", "v", "1", LATER, NOW)).isTrue();
        assertThat(store.insert("view", "v", "2", null, NOW)).isFalse();
        assertThat(store.insert("view", "V", "3", null, NOW)).isTrue();
        assertThat(store.insert("view", "v", "4", null, LATER)).isTrue();
        assertThat(store.all("view", LATER)).extracting(Entry::value).containsExactlyInAnyOrder("3", "4");
    }

    @Test
    void aRecordThatHasChangedIsNotReplaced() {
        store.insert("user", "ada", "1", null, NOW);
        Entry read = store.find("user", "ada", NOW).orElseThrow();
        assertThat(store.replace(read, "2", LATER)).isTrue();
        assertThat(store.replace(read, "3", null)).isFalse();
        assertThat(store.find("user", "ada", NOW).orElseThrow()).isEqualTo(new Entry("user", "ada", "2", 2, LATER));
        store.delete("user", "ada");
        assertThat(store.replace(read, "4", null)).isFalse();
    }

    @Test
    void whatHasExpiredIsForgottenAndTheRestStays() {
        store.insert("session", "a", "1", LATER, NOW);
        store.insert("session", "b", "2", LATER.plusSeconds(1), NOW);
        store.insert("session", "c", "3", null, NOW);
        store.deleteExpired(LATER);
        assertThat(store.all("session", NOW)).extracting(Entry::id).containsExactly("b", "c");
        assertThat(store.delete("session", "b")).isTrue();
        assertThat(store.delete("session", "b")).isFalse();
    }

    @Test
    void theLongestRecordFits() {
        String value = "值".repeat(ConsoleStore.MOST_VALUE);
        String id = "i".repeat(ConsoleStore.MOST_ID);
        assertThat(store.insert("view", id, value, null, NOW)).isTrue();
        assertThat(store.find("view", id, NOW).orElseThrow().value()).isEqualTo(value);
    }

    @Test
    void consolesThatShareADatabaseCountFailedLoginsTogether() {
        Accounts one = new Accounts(store, InstantSource.fixed(NOW));
        Accounts two = new Accounts(new JdbcConsoleStore(tables), InstantSource.fixed(NOW));
        for (int i = 0; i < 5; i++) {
            Accounts asked = i % 2 == 0 ? one : two;
            String from = "10.0.0." + i;
            assertThatThrownBy(() -> asked.logIn("ada", "wrong", from)).hasMessage("account.wrong");
        }
        assertThatThrownBy(() -> one.logIn("ada", "wrong", "10.0.0.9")).hasMessage("account.wait");
        assertThatThrownBy(() -> two.logIn("ada", "wrong", "10.0.0.9")).hasMessage("account.wait");
    }

    @Test
    void ofManyWhoUseALinkOneIsLetIn() throws Exception {
        Accounts accounts = new Accounts(store, InstantSource.fixed(NOW));
        String link = accounts.grant("ada", Grant.parse("viewer")).orElseThrow();
        List<Callable<Boolean>> tries = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            String password = "a long way home " + i;
            tries.add(() -> {
                try {
                    accounts.redeem(link, "", password);
                    return true;
                } catch (Accounts.AccountException over) {
                    return false;
                }
            });
        }
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            int in = 0;
            for (Future<Boolean> one : threads.invokeAll(tries)) {
                in += one.get() ? 1 : 0;
            }
            assertThat(in).isEqualTo(1);
        } finally {
            threads.shutdown();
        }
    }

    // ---- audit --------------------------------------------------------------------------------------------------

    private UUID did(int second, String who, String what, String cluster, String job, String result) {
        Instant at = NOW.plusSeconds(second);
        UUID id = TimedId.at(at);
        trail.begin(new Trail.Entry(id, at, who, "10.0.0.7", what, cluster, job, job, "before", null, "why", null));
        if (result != null) {
            trail.end(id, "after", result);
        }
        return id;
    }

    @Test
    void anEntryIsThereBeforeTheCommandEndsAndIsNeverChangedAfterwards() {
        UUID id = did(0, "ada", "disable", "shop", "billing", null);
        assertThat(trail.find(id).orElseThrow().ended()).isEqualTo(Ended.OPEN);
        trail.end(id, "after", "done");
        trail.end(id, "forged", "failed: forged");
        assertThat(trail.find(id).orElseThrow())
                .isEqualTo(new Trail.Entry(
                        id,
                        NOW,
                        "ada",
                        "10.0.0.7",
                        "disable",
                        "shop",
                        "billing",
                        "billing",
                        "before",
                        "after",
                        "why",
                        "done"));
        assertThat(trail.find(UUID.randomUUID())).isEmpty();
    }

    @Test
    void eachWordOfAQuestionNarrowsTheAnswer() {
        UUID disabled = did(0, "ada", "disable", "shop", "billing", "done");
        UUID refused = did(10, "li", "disable", "shop", "stock", "refused: problem.role");
        UUID failed = did(20, "li", "enable", "other", "billing", "failed: down");
        UUID open = did(30, "li", "give-role", "", "", null);
        assertThat(ids(Question.ALL)).containsExactly(open, failed, refused, disabled);
        assertThat(ids(Question.ofJob("shop", "billing"))).containsExactly(disabled);
        assertThat(ids(new Question("", "billing", "", "", null, null, null))).containsExactly(failed, disabled);
        assertThat(ids(new Question("", "", "li", "disable", null, null, null))).containsExactly(refused);
        assertThat(ids(new Question("", "", "Li", "", null, null, null)))
                .as("another name")
                .isEmpty();
        assertThat(ids(new Question("", "", "", "", Ended.DONE, null, null))).containsExactly(disabled);
        assertThat(ids(new Question("", "", "", "", Ended.REFUSED, null, null))).containsExactly(refused);
        assertThat(ids(new Question("", "", "", "", Ended.FAILED, null, null))).containsExactly(failed);
        assertThat(ids(new Question("", "", "", "", Ended.OPEN, null, null))).containsExactly(open);
        assertThat(ids(new Question("", "", "", "", null, NOW.plusSeconds(10), NOW.plusSeconds(30))))
                .containsExactly(failed, refused);
    }

    private List<UUID> ids(Question question) {
        return trail.latest(question, null, 100).stream().map(Trail.Entry::id).toList();
    }

    @Test
    void pagesByTheLastKeyShowEachEntryOnce() {
        List<UUID> all = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            all.add(0, did(i / 10, "ada", "enable", "shop", "billing", "done"));
        }
        List<UUID> read = new ArrayList<>();
        UUID before = null;
        for (List<Trail.Entry> page = trail.latest(Question.ALL, before, 10);
                !page.isEmpty();
                page = trail.latest(Question.ALL, before, 10)) {
            page.forEach(entry -> read.add(entry.id()));
            before = read.get(read.size() - 1);
        }
        assertThat(read).isEqualTo(all);
    }

    @Test
    void whatIsOlderThanItIsKeptIsDeletedInBatchesAndTheRestStays() {
        // ids never go back in time within a process: each database has a day of its own, far ahead
        int day = 2_000_000_000 + 86_400 * database.ordinal();
        for (int i = 0; i < 7; i++) {
            did(day + i, "ada", "enable", "shop", "billing", "done");
        }
        UUID kept = did(day + 7, "ada", "enable", "shop", "billing", "done");
        AgedTrail aged = new AgedTrail(tables);
        Instant bound = NOW.plusSeconds(day + 7);
        assertThat(aged.clean(bound, 3, () -> false)).isEqualTo(new AgedTable.Done(3, true));
        assertThat(aged.clean(bound, 3, () -> true)).isEqualTo(new AgedTable.Done(4, false));
        assertThat(ids(Question.ALL)).containsExactly(kept);
    }

    @Test
    void textsThatAreTooLongAreCutAndOnRecordAllTheSame() {
        UUID id = TimedId.at(NOW);
        String longText = "长".repeat(9_000);
        trail.begin(new Trail.Entry(
                id, NOW, longText, longText, longText, longText, longText, longText, longText, null, longText, null));
        trail.end(id, longText, longText);
        Trail.Entry entry = trail.find(id).orElseThrow();
        assertThat(entry.before()).hasSize(4_000).endsWith("…");
        assertThat(entry.after()).hasSize(4_000);
        assertThat(entry.result()).endsWith("…");
    }
}
