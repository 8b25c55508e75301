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
package io.carillon.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.messages.outbox.MessageStore;
import io.carillon.messages.recovery.CleanOnCommand;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.JdbcTemplate;

/** What a whole service, with all that the starter adds to it, asks of its database while nothing happens. */
class IdleServiceTest {

    private static final String ASKED =
            "SELECT COALESCE(SUM(EXECUTION_COUNT), 0) FROM INFORMATION_SCHEMA.QUERY_STATISTICS"
                    + " WHERE SQL_STATEMENT NOT LIKE '%QUERY_STATISTICS%'";

    @Test
    void anIdleServiceAsksItsDatabaseAtMostTwiceASecond() {
        try (ConfigurableApplicationContext service = new SpringApplicationBuilder(
                        ReliableMessagesTest.Application.class)
                .web(WebApplicationType.NONE)
                .properties(Map.of(
                        "spring.application.name", "idle",
                        "spring.datasource.url", "jdbc:h2:mem:" + UUID.randomUUID(),
                        "carillon.store.create-tables", "true",
                        "carillon.messages.broker", "in-jvm",
                        "carillon.maintenance.enabled", "false",
                        "logging.level.root", "warn"))
                .bannerMode(Banner.Mode.OFF)
                .run()) {
            assertThat(service.getBeansOfType(CleanOnCommand.class)).hasSize(1);
            MessageStore store = service.getBean(MessageStore.class);
            Await.until("the subscription is known", () -> store.subscribers("ORDER", "PLACED")
                    .contains("points"));
            JdbcTemplate jdbc = service.getBean(JdbcTemplate.class);
            jdbc.execute("SET QUERY_STATISTICS_MAX_ENTRIES 1000");
            jdbc.execute("SET QUERY_STATISTICS TRUE");
            awaitCalm(jdbc);
            long before = asked(jdbc);
            long began = SystemTime.nanos().getAsLong();
            Await.until("it has asked", () -> asked(jdbc) - before >= 12);
            double seconds = (SystemTime.nanos().getAsLong() - began) / 1e9; // a slow machine only makes this longer
            long asked = asked(jdbc) - before;
            System.out.printf(
                    "idle: %d statements in %.1f s%n%s%n",
                    asked,
                    seconds,
                    jdbc.queryForList(
                            "SELECT EXECUTION_COUNT, SQL_STATEMENT FROM INFORMATION_SCHEMA.QUERY_STATISTICS"));
            assertThat(asked / seconds).isLessThanOrEqualTo(2.0);
        }
    }

    /** It asks more at its start; it is calm once it has asked nothing for a second. */
    private static void awaitCalm(JdbcTemplate jdbc) {
        long[] last = {asked(jdbc), SystemTime.nanos().getAsLong()};
        Await.until("it asks nothing for a second", () -> {
            long asked = asked(jdbc);
            long now = SystemTime.nanos().getAsLong();
            if (asked != last[0]) {
                last[0] = asked;
                last[1] = now;
            }
            return now - last[1] >= 1_000_000_000L;
        });
    }

    private static long asked(JdbcTemplate jdbc) {
        Long asked = jdbc.queryForObject(ASKED, Long.class);
        return asked == null ? 0 : asked;
    }
}
