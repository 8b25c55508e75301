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

/** Each of the console's 24 musts has a row, in both languages, and each row names tests that exist. */
class ConsoleMustsPageTest {
    private static final Pattern ROW = Pattern.compile("^\\| (\\d+) \\|(.*)\\|(.*)\\|(.*)\\|$", Pattern.MULTILINE);

    /** A row of a page. Immutable. */
    private record Row(int number, String must, String where, String tests) {}

    private static List<Row> rows(String page) throws IOException {
        List<Row> rows = new ArrayList<>();
        Matcher matcher = ROW.matcher(Files.readString(NamedTests.HOUSE.resolve("docs/" + page)));
        while (matcher.find()) {
            rows.add(new Row(Integer.parseInt(matcher.group(1)), matcher.group(2), matcher.group(3), matcher.group(4)));
        }
        return rows;
    }

    @Test
    void eachOfTheTwentyFourHasARowInBothLanguagesThatNamesTheSameTests() throws IOException {
        List<Row> english = rows("console-musts.md");
        List<Row> chinese = rows("console-musts.zh-CN.md");
        assertThat(english)
                .extracting(Row::number)
                .containsExactlyElementsOf(IntStream.rangeClosed(1, 24).boxed().toList());
        assertThat(english)
                .allSatisfy(row -> assertThat(row.must()).isNotBlank())
                .allSatisfy(row -> assertThat(row.where()).isNotBlank());
        assertThat(chinese)
                .extracting(Row::tests)
                .containsExactlyElementsOf(english.stream().map(Row::tests).toList());
        assertThat(chinese).allSatisfy(row -> assertThat(row.must()).containsPattern("\\p{IsHan}"));
    }

    @Test
    void everyTestThatTheRowsNameExists() throws IOException {
        NamedTests tests = NamedTests.ofAllModules();
        List<String> missing = new ArrayList<>();
        for (Row row : rows("console-musts.md")) {
            tests.missing(row.tests()).forEach(what -> missing.add(row.number() + ": " + what));
        }
        assertThat(missing).isEmpty();
        assertThat(tests.missing("`ConsoleMustsPageTest.nothingOfTheKind`"))
                .as("one that is not there is found")
                .containsExactly("ConsoleMustsPageTest.nothingOfTheKind");
    }
}
