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

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The files of all databases, MySQL's too, create the same tables with the same columns: those that the code uses. */
class SchemaParityTest {

    private static final Pattern TABLE =
            Pattern.compile("CREATE TABLE IF NOT EXISTS (\\w+) \\(\n(.*)\n\\).*", Pattern.DOTALL);
    /** What people did and what was before and after it, told at more length than before. */
    private static final Pattern WIDER =
            Pattern.compile("ALTER TABLE CARILLON_AUDIT (ALTER|MODIFY) COLUMN (before|after)_state"
                    + " (SET DATA TYPE |TYPE )?(CHARACTER VARYING|VARCHAR)\\(4000\\)( NULL)?");

    private static final Pattern COLUMN = Pattern.compile("ALTER TABLE (\\w+) ADD COLUMN IF NOT EXISTS (\\w+) .*");
    private static final Pattern NO_COLUMN = Pattern.compile("(PRIMARY|UNIQUE|INDEX|KEY|CONSTRAINT|CHECK)\\b.*");

    static Stream<Dialect> dialects() {
        return Stream.of(new H2Dialect(), new MariaDbDialect(), new MySqlDialect(), new PostgreSqlDialect());
    }

    private static Map<String, TreeSet<String>> columns(Dialect dialect) {
        Map<String, TreeSet<String>> tables = new TreeMap<>();
        for (String statement : JdbcStore.statements(dialect)) {
            Matcher table = TABLE.matcher(statement);
            Matcher column = COLUMN.matcher(statement);
            if (table.matches()) {
                TreeSet<String> names = tables.computeIfAbsent(table.group(1), any -> new TreeSet<>());
                table.group(2)
                        .lines()
                        .map(String::strip)
                        .filter(line ->
                                !line.isEmpty() && !NO_COLUMN.matcher(line).matches())
                        .forEach(line -> names.add(line.split("\\s+")[0].toLowerCase(Locale.ROOT)));
            } else if (column.matches()) {
                tables.computeIfAbsent(column.group(1), any -> new TreeSet<>())
                        .add(column.group(2).toLowerCase(Locale.ROOT));
            }
        }
        return tables;
    }

    @ParameterizedTest
    @MethodSource("dialects")
    void everyFileHasTheTablesAndColumnsThatTheCodeUsesAndNoOthers(Dialect dialect) {
        Map<String, TreeSet<String>> used = new TreeMap<>();
        Tables.ALL.forEach((table, names) -> used.put(table, new TreeSet<>(names)));
        assertThat(columns(dialect)).isEqualTo(used);
    }

    @ParameterizedTest
    @MethodSource("dialects")
    void aFileOnlyAddsAndWidens(Dialect dialect) {
        List<String> statements = JdbcStore.statements(dialect);
        assertThat(statements)
                .isNotEmpty()
                .allMatch(statement -> statement.startsWith("CREATE TABLE IF NOT EXISTS")
                        || statement.matches("(?s)CREATE (UNIQUE )?INDEX IF NOT EXISTS.*")
                        || COLUMN.matcher(statement).matches()
                        || WIDER.matcher(statement).matches());
    }

    @Test
    void theFilesThatUpgradeMySqlAddTheColumnsThatOtherDatabasesAddByThemselves() throws IOException {
        TreeSet<String> added = new TreeSet<>();
        for (String file : List.of("mysql-2.sql", "mysql-4.sql")) {
            try (InputStream sql = JdbcStore.class.getResourceAsStream("schema/" + file)) {
                Matcher column = Pattern.compile("ADD COLUMN (\\w+)")
                        .matcher(new String(
                                java.util.Objects.requireNonNull(sql, file).readAllBytes(), StandardCharsets.UTF_8));
                while (column.find()) {
                    added.add(column.group(1));
                }
            }
        }
        TreeSet<String> elsewhere = new TreeSet<>();
        for (String statement : JdbcStore.statements(new MariaDbDialect())) {
            Matcher column = COLUMN.matcher(statement);
            if (column.matches()) {
                elsewhere.add(column.group(2));
            }
        }
        assertThat(added).isEqualTo(elsewhere);
    }
}
