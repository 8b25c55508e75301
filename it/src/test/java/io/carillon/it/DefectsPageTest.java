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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each of the original's 44 defects has a row, and each row names tests that exist. */
class DefectsPageTest {

    private static final Path HOUSE = Path.of("..");
    private static final Pattern ROW = Pattern.compile("^\\| (\\d+) \\|(.*)\\|(.*)\\|(.*)\\|$", Pattern.MULTILINE);
    private static final Pattern TEST = Pattern.compile("`([A-Z]\\w+)\\.(\\w+)`");

    /** A row of the page. Immutable. */
    private record Row(int number, String behaviour, String tests) {}

    private static List<Row> rows() throws IOException {
        List<Row> rows = new ArrayList<>();
        Matcher matcher = ROW.matcher(Files.readString(HOUSE.resolve("docs/defects-of-the-original.md")));
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
        Map<String, List<String>> sources = testSources();
        List<String> missing = new ArrayList<>();
        for (Row row : rows()) {
            int named = 0;
            Matcher test = TEST.matcher(row.tests());
            while (test.find()) {
                named++;
                Pattern method = Pattern.compile("\\bvoid " + test.group(2) + "\\(");
                if (sources.getOrDefault(test.group(1), List.of()).stream()
                        .noneMatch(source -> method.matcher(source).find())) {
                    missing.add(row.number() + ": " + test.group(1) + "." + test.group(2));
                }
            }
            if (named == 0) {
                missing.add(row.number() + ": names no test");
            }
        }
        assertThat(missing).isEmpty();
    }

    /** By class: the sources of tests, and of contracts, which are in the test kit. */
    private static Map<String, List<String>> testSources() throws IOException {
        Map<String, List<String>> sources = new HashMap<>();
        try (Stream<Path> files = Files.walk(HOUSE)) {
            List<Path> java = files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> file.toString().contains("/src/test/")
                            || file.toString().contains("/testkit/src/main/"))
                    .toList();
            for (Path file : java) {
                String name = file.getFileName().toString().replace(".java", "");
                sources.computeIfAbsent(name, any -> new ArrayList<>()).add(Files.readString(file));
            }
        }
        return sources;
    }
}
