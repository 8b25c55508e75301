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
package io.carillon.shop.accounts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.shop.accounts.DeleteOrphanFilesJob.FilesLeftException;
import io.carillon.shop.common.ShopTables;
import io.carillon.testkit.jobs.ManualTime;
import io.carillon.testkit.jobs.ShardingContexts;
import io.carillon.testkit.jobs.ShardingContexts.TestShardingContext;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

class MaintenanceJobsTest {

    private static final int BATCH = 10;

    private final ManualTime time = new ManualTime(Instant.parse("2026-11-22T00:00:00Z"));
    private final FakeObjectStore store = new FakeObjectStore();
    private JdbcClient jdbc;
    private Attachments attachments;
    private Tokens tokens;
    private DeleteOrphanFilesJob orphans;
    private ExpireTokensJob expire;

    @BeforeEach
    void createTables() {
        JdbcDataSource dataSource = new JdbcDataSource();
        dataSource.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
        new ShopTables(dataSource, "accounts", true);
        new ShopTables(dataSource, "accounts", true); // again, as a second instance does
        jdbc = JdbcClient.create(dataSource);
        attachments = new Attachments(jdbc);
        tokens = new Tokens(jdbc);
        orphans = new DeleteOrphanFilesJob(
                attachments,
                store,
                new FileSettings(
                        "none", URI.create("http://127.0.0.1"), "b", "a", "s", Duration.ofDays(1), BATCH, 1000),
                time);
        expire = new ExpireTokensJob(tokens, new TokenSettings(Duration.ofHours(2), Duration.ofDays(30), BATCH), time);
    }

    @Test
    void theTokenJobExpiresExactlyTheExpiredOverTwoItems() {
        for (int i = 0; i < 95; i++) {
            addToken("expired-" + i, Duration.ofMillis(i));
            addToken("valid-" + i, Duration.ofMillis(-1 - i));
        }

        TestShardingContext first = ShardingContexts.of("tokens", 0, 2);
        TestShardingContext second = ShardingContexts.of("tokens", 1, 2);
        expire.execute(first);
        assertThat(count("user_token WHERE status = 'OFFLINE'")).isEqualTo(first.handled());
        expire.execute(second);

        assertThat(first.handled()).isPositive();
        assertThat(second.handled()).isPositive();
        assertThat(first.handled() + second.handled()).isEqualTo(95);
        assertThat(count("user_token WHERE status = 'OFFLINE' AND token LIKE 'expired-%'"))
                .isEqualTo(95);
        assertThat(count("user_token WHERE status = 'ONLINE' AND token LIKE 'valid-%'"))
                .isEqualTo(95);
    }

    @Test
    void tokensThatHaveBeenOverForLongAreDeleted() {
        addToken("ancient", Duration.ofDays(31));
        addToken("recent", Duration.ofDays(29));

        runBoth(expire::execute);

        assertThat(jdbc.sql("SELECT token FROM user_token").query(String.class).list())
                .containsExactly("recent");
    }

    @Test
    void aJobThatLostItsClaimStops() {
        addToken("expired", Duration.ofDays(1));
        addFile("old", Duration.ofDays(2));
        for (int item = 0; item < 2; item++) {
            TestShardingContext context = ShardingContexts.of("job", item, 2);
            context.loseClaim();
            expire.execute(context);
            orphans.execute(context);
        }
        assertThat(count("user_token WHERE status = 'ONLINE'")).isEqualTo(1);
        assertThat(count("attachment")).isEqualTo(1);
    }

    @Test
    void onlyFilesThatAreOldAndUnattachedAreDeletedOverSeveralBatches() {
        for (int i = 0; i < 55; i++) {
            addFile("orphan-" + i, Duration.ofDays(1).plusMillis(1 + i / 3));
            addFile("young-" + i, Duration.ofDays(1).minusMillis(i));
            addFile("attached-" + i, Duration.ofDays(2));
            assertThat(attachments.attach("attached-" + i, "document-" + i)).isTrue();
        }

        long handled = runBoth(orphans::execute);

        assertThat(handled).isEqualTo(55);
        assertThat(count("attachment WHERE id LIKE 'orphan-%'")).isZero();
        assertThat(count("attachment WHERE id LIKE 'young-%' AND state = 'UPLOADED'"))
                .isEqualTo(55);
        assertThat(count("attachment WHERE id LIKE 'attached-%' AND state = 'ATTACHED'"))
                .isEqualTo(55);
        assertThat(store.size()).isEqualTo(110);
    }

    @Test
    void aFileIsEitherAttachedOrDeletedNeverBoth() {
        for (int i = 0; i < BATCH; i++) {
            addFile("file-" + i, Duration.ofDays(2));
        }
        assertThat(attachments.attach("file-0", "document")).isTrue();
        // Whoever comes while the job has the row is refused, and the object is still gone afterwards.
        store.beforeDelete(key -> {
            String id = key.substring("uploads/".length());
            assertThat(attachments.attach(id, "late")).isFalse();
        });

        runBoth(orphans::execute);

        assertThat(jdbc.sql("SELECT ref_no FROM attachment").query(String.class).list())
                .containsExactly("document");
        assertThat(store.get("uploads/file-0")).isPresent();
        assertThat(store.size()).isEqualTo(1);
    }

    @Test
    void aFileAttachedBetweenTheLookAndTheClaimStays() {
        addFile("file", Duration.ofDays(2));
        assertThat(attachments.attach("file", "document")).isTrue();
        for (int item = 0; item < 2; item++) {
            assertThat(attachments
                            .claimOrphans(time.instant(), item, 2, BATCH, null)
                            .claimed())
                    .isEmpty();
        }
    }

    @Test
    void anObjectThatIsNotThereCountsAsDeleted() {
        attachments.add(
                "never-uploaded", "uploads/never-uploaded", time.instant().minus(Duration.ofDays(2)));

        assertThat(runBoth(orphans::execute)).isEqualTo(1);
        assertThat(count("attachment")).isZero();
    }

    @Test
    void oneBadObjectDoesNotStopTheOthersAndIsTriedAgainNextTime() {
        for (int i = 0; i < 30; i++) {
            addFile("file-" + i, Duration.ofDays(2).plusMillis(i));
        }
        store.beforeDelete(key -> {
            if (key.equals("uploads/file-3")) {
                throw new IllegalStateException("the store says no");
            }
        });
        int item = Math.floorMod(Attachments.partOf("file-3"), 2);
        TestShardingContext bad = ShardingContexts.of("orphans", item, 2);
        orphans.execute(ShardingContexts.of("orphans", 1 - item, 2));
        assertThatThrownBy(() -> orphans.execute(bad))
                .isInstanceOf(FilesLeftException.class)
                .hasMessageContaining("files not deleted: 1 (expected: 0)")
                .hasMessageContaining("uploads/file-3");
        assertThat(jdbc.sql("SELECT id FROM attachment").query(String.class).list())
                .containsExactly("file-3");

        store.beforeDelete(key -> {});
        assertThat(runBoth(orphans::execute)).isEqualTo(1);
        assertThat(count("attachment")).isZero();
        assertThat(store.size()).isZero();
    }

    @Test
    void aStoreThatIsDownEndsTheRunEarlyAndTheNextRunDoesTheRest() {
        for (int i = 0; i < 100; i++) {
            addFile("file-" + i, Duration.ofDays(2).plusMillis(i));
        }
        store.beforeDelete(key -> {
            throw new IllegalStateException("connection refused");
        });
        assertThatThrownBy(() -> orphans.execute(ShardingContexts.of("orphans", 0, 1)))
                .isInstanceOf(FilesLeftException.class)
                .hasMessageContaining("ended early");
        assertThat(store.deleteCalls()).isEqualTo(DeleteOrphanFilesJob.FAILURES_IN_A_ROW);
        assertThat(count("attachment")).isEqualTo(100);

        store.beforeDelete(key -> {});
        orphans.execute(ShardingContexts.of("orphans", 0, 1));
        assertThat(count("attachment")).isZero();
    }

    private interface Job {
        void execute(TestShardingContext context);
    }

    private static long runBoth(Job job) {
        long handled = 0;
        for (TestShardingContext context :
                List.of(ShardingContexts.of("job", 0, 2), ShardingContexts.of("job", 1, 2))) {
            job.execute(context);
            handled += context.handled();
        }
        return handled;
    }

    private void addToken(String token, Duration overFor) {
        Instant end = time.instant().minus(overFor);
        tokens.add(token, "somebody", end.minus(Duration.ofHours(2)), end);
    }

    private void addFile(String id, Duration age) {
        attachments.add(id, "uploads/" + id, time.instant().minus(age));
        store.put("uploads/" + id, id.getBytes(StandardCharsets.UTF_8), "text/plain");
    }

    private long count(String from) {
        return jdbc.sql("SELECT COUNT(*) FROM " + from).query(Long.class).single();
    }
}
