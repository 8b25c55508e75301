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
package io.carillon.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Each of the original's 44 defects has a row, and each row names tests that exist. */
class DefectsPageTest {

    private static final Pattern ROW = Pattern.compile("^\\| (\\d+) \\|(.*)\\|(.*)\\|(.*)\\|$", Pattern.MULTILINE);

    /** A row of the page. Immutable. */
    private record Row(int number, String behaviour, String tests) {}

    private static List<Row> rows() throws IOException {
        List<Row> rows = new ArrayList<>();
        Matcher matcher = ROW.matcher(Files.readString(NamedTests.HOUSE.resolve("docs/defects-of-the-original.md")));
        while (matcher.find()) {
            rows.add(new Row(Integer.parseInt(matcher.group(1)), matcher.group(3), matcher.group(4)));
        }
        return rows;
    }

    @Test
    void eachOfTheFortyFourHasARowThatSaysHowCarillonBehaves() throws IOException {
        List<Row> rows = rows();
        assertThat(rows)
                .extracting(Row::number)
                .containsExactlyElementsOf(IntStream.rangeClosed(1, 44).boxed().toList());
        assertThat(rows)
                .allSatisfy(row -> assertThat(row.behaviour()).isNotBlank())
                .allSatisfy(row -> assertThat(row.tests()).doesNotContain("not yet"));
    }

    @Test
    void everyTestThatTheRowsNameExists() throws IOException {
        NamedTests tests = NamedTests.ofAllModules();
        List<String> missing = new ArrayList<>();
        for (Row row : rows()) {
            tests.missing(row.tests()).forEach(what -> missing.add(row.number() + ": " + what));
        }
        assertThat(missing).isEmpty();
    }
}
