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
package io.carillon.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.jobs.operations.By;
import io.carillon.jobs.operations.JobAudit;
import io.carillon.jobs.operations.JobAudit.Entry;
import io.carillon.jobs.operations.JobAudit.Question;
import io.carillon.messages.operations.Audit;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What people commanded of jobs, on every database. */
@ParameterizedClass
@EnumSource(TestDatabase.class)
class JobAuditTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final By LI = new By("li", "why", "10.1.1.1");

    @Parameter
    TestDatabase database;

    private DataSource dataSource;
    private JdbcStore store;
    private JobAudit audit;

    @BeforeEach
    void open() {
        dataSource = database.withTables();
        store = JdbcStore.open(dataSource, new JdbcTransactions(dataSource).connections());
        audit = store.jobAudit();
    }

    private static UUID id(Instant at) {
        return new UUID(at.toEpochMilli() << 16 | 0x7000, 0x8000_0000_0000_0000L);
    }

    private Entry begin(int second, By by, String what, String target) {
        Instant at = NOW.plusSeconds(second);
        Entry entry = new Entry(id(at), at, by, what, target, "ENABLED", null, null);
        audit.begin(entry);
        return entry;
    }

    @Test
    void anEntryComesBackAsItWasKeptAndIsEndedOnce() {
        Entry begun = begin(0, LI, "disable", "job");
        assertThat(audit.latest(Question.ALL, null, 10)).containsExactly(begun);
        String many = "x".repeat(3_000);
        audit.end(begun.id(), "ENABLED", many, "done");
        assertThat(audit.latest(Question.ofJob("job"), null, 10))
                .containsExactly(new Entry(begun.id(), begun.at(), LI, "disable", "job", "ENABLED", many, "done"));
    }

    @Test
    void entriesAreFoundByTargetPersonCommandAndTimeInPages() {
        Entry first = begin(1, LI, "disable", "job");
        Entry second = begin(2, By.of("wang", ""), "enable", "job");
        Entry third = begin(3, LI, "enable", "other");
        assertThat(audit.latest(Question.ALL, null, 2)).containsExactly(third, second);
        assertThat(audit.latest(Question.ALL, second.id(), 2)).containsExactly(first);
        assertThat(audit.latest(Question.ofJob("job"), null, 10)).containsExactly(second, first);
        assertThat(audit.latest(new Question(null, "li", "enable", null, null), null, 10))
                .containsExactly(third);
        assertThat(audit.latest(new Question(null, null, null, NOW.plusSeconds(2), NOW.plusSeconds(3)), null, 10))
                .containsExactly(second);
        assertThatThrownBy(() -> audit.latest(Question.ALL, null, 1_001)).hasMessageContaining("1..1000");
    }

    @Test
    void theCommandsOnMessagesAndOnJobsStandInOneTable() {
        Entry ofJob = begin(1, LI, "disable", "job");
        Instant at = NOW.plusSeconds(2);
        store.audit().begin(new Audit.Entry(id(at), at, "wang", "replay", "all dead", null, null, "fixed", null));
        assertThat(audit.latest(Question.ALL, null, 10))
                .extracting(Entry::what, Entry::by)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("replay", By.of("wang", "fixed")),
                        org.assertj.core.groups.Tuple.tuple("disable", LI));
        assertThat(store.audit().latest(null, 10)).extracting(Audit.Entry::who).containsExactly("wang", "li");
        assertThat(ofJob.result()).isNull();
    }

    @Test
    void aTableOfTheFirstVersionGetsTheColumnsThatItLacks() {
        DataSource old = database.empty();
        String type = database == TestDatabase.H2 ? "CHARACTER VARYING" : "VARCHAR";
        JdbcStore.createTables(old);
        TestDatabase.run(old, "ALTER TABLE CARILLON_AUDIT DROP COLUMN origin");
        TestDatabase.run(old, "ALTER TABLE CARILLON_AUDIT DROP COLUMN after_state");
        TestDatabase.run(old, "ALTER TABLE CARILLON_AUDIT ADD COLUMN after_state " + type + "(200)");
        JdbcStore.createTables(old);
        JobAudit opened =
                JdbcStore.open(old, new JdbcTransactions(old).connections()).jobAudit();
        opened.begin(new Entry(id(NOW), NOW, LI, "update", "job", null, null, null));
        opened.end(id(NOW), null, "y".repeat(3_000), "done");
        List<Entry> found = opened.latest(Question.ALL, null, 1);
        assertThat(found.get(0).by().from()).isEqualTo("10.1.1.1");
        assertThat(found.get(0).after()).hasSize(3_000);
    }
}
