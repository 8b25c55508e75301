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

import io.carillon.messages.recovery.AgedTable;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The console's audit, which is cleaned by age with the other tables that only grow. Thread-safe. */
final class AgedTrail implements AgedTable {
    private final ConsoleTables tables;

    AgedTrail(ConsoleTables tables) {
        this.tables = tables;
    }

    @Override
    public String name() {
        return "CARILLON_CONSOLE_AUDIT";
    }

    @Override
    public Done clean(Instant bound, int batch, BooleanSupplier goOn) {
        JdbcClient client = tables.open();
        // ids begin with the time
        String least = new UUID(bound.toEpochMilli() << 16, 0).toString();
        long deleted = 0;
        while (true) {
            Optional<String> last = client.sql(
                            "SELECT id FROM CARILLON_CONSOLE_AUDIT WHERE id < :least ORDER BY id LIMIT 1" + " OFFSET "
                                    + (batch - 1))
                    .param("least", least)
                    .query(String.class)
                    .optional();
            deleted += client.sql("DELETE FROM CARILLON_CONSOLE_AUDIT WHERE id <= :last AND id < :least")
                    .param("last", last.orElse(least))
                    .param("least", least)
                    .update();
            if (last.isEmpty()) {
                return new Done(deleted, false);
            }
            if (!goOn.getAsBoolean()) {
                return new Done(deleted, true);
            }
        }
    }
}
