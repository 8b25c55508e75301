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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Tests that pages of the documentation name, as {@code `Class.method`}. Immutable.
 *
 * @param sources by class: the sources of tests, and of contracts, which are in the test kit
 */
record NamedTests(Map<String, List<String>> sources) {
    static final Path HOUSE = Path.of("..");

    private static final Pattern TEST = Pattern.compile("`([A-Z]\\w+)\\.(\\w+)`");

    static NamedTests ofAllModules() throws IOException {
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
        return new NamedTests(sources);
    }

    /** The tests that a text names and that are not there; that it names none is missing, too. */
    List<String> missing(String text) {
        List<String> missing = new ArrayList<>();
        int named = 0;
        Matcher test = TEST.matcher(text);
        while (test.find()) {
            named++;
            Pattern method = Pattern.compile("\\b(void|Stream<DynamicTest>) " + test.group(2) + "\\(");
            if (sources.getOrDefault(test.group(1), List.of()).stream()
                    .noneMatch(source -> method.matcher(source).find())) {
                missing.add(test.group(1) + "." + test.group(2));
            }
        }
        if (named == 0) {
            missing.add("names no test");
        }
        return missing;
    }
}
