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
package io.carillon.console.ask;

import io.carillon.jobs.operations.ClusterCopy;
import io.carillon.jobs.operations.ClusterCopy.Comparison;
import io.carillon.jobs.operations.ClusterCopy.Difference;
import io.carillon.jobs.operations.ClusterCopy.Job;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.web.util.UriUtils;

/**
 * Which jobs a comparison of two clusters shows; kept in the address. Immutable.
 *
 * <p>The text is words: {@code group:billing}; any other word is looked for in the job's name and in the names of the settings that
 * differ. All words must hold.
 *
 * @param with the other cluster; empty: none is chosen yet
 * @param text the words
 * @param show only jobs of which this is true; null: all that are not the same
 * @param page from 1
 */
public record CompareFilter(
        String with, String text, @Nullable Kind show, int page) {
    /** What is said of a job; text {@code compare.<name>}. */
    public enum Kind {
        /** Only this cluster has it. */
        HERE,
        /** Only the other has it. */
        THERE,
        /** Both have it, with other settings. */
        DIFFERENT,
        /** What one of them stores cannot be used. */
        UNREADABLE,
        SAME;

        /** Its name in addresses. */
        public String key() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One job.
     *
     * @param group as this cluster says, or else the other; empty when it has none
     * @param differences of a job that both have; what is secret is not told
     * @param problem why it cannot be compared; empty when it can
     */
    public record Row(String job, String group, Kind kind, List<Difference> differences, String problem) {
        public Row {
            differences = List.copyOf(differences);
        }
    }

    /**
     * The jobs of one page.
     *
     * @param counts how many jobs of each kind there are, whatever the filter
     * @param matching how many pass the filter
     * @param page from 1
     * @param pages at least 1
     */
    public record Part(List<Row> rows, Map<Kind, Integer> counts, int matching, int page, int pages) {
        public Part {
            rows = List.copyOf(rows);
            counts = Map.copyOf(counts);
        }
    }

    /** Reads the parameters of an address; what makes no sense is left out. */
    public static CompareFilter of(
            @Nullable String with, @Nullable String text, @Nullable String show, @Nullable String page) {
        Kind kind = null;
        for (Kind known : Kind.values()) {
            if (known.key().equals(show)) {
                kind = known;
            }
        }
        return new CompareFilter(with == null ? "" : with.strip(), OnePage.words(text), kind, OnePage.number(page));
    }

    /** The same words with only this kind, or with all that are not the same, from the first page. */
    public CompareFilter only(@Nullable Kind kind) {
        return new CompareFilter(with, text, kind, 1);
    }

    /** The same filter at another page. */
    public CompareFilter at(int other) {
        return new CompareFilter(with, text, show, other);
    }

    /** The query part of the address with its question mark. */
    public String query() {
        StringBuilder query = new StringBuilder("?with=").append(UriUtils.encode(with, StandardCharsets.UTF_8));
        if (!text.isEmpty()) {
            query.append("&q=").append(UriUtils.encode(text, StandardCharsets.UTF_8));
        }
        if (show != null) {
            query.append("&show=").append(show.key());
        }
        if (page > 1) {
            query.append("&page=").append(page);
        }
        return query.toString();
    }

    /** Compares what is in memory already; costs no reads. */
    public Part apply(ClusterCopy here, ClusterCopy there) {
        List<Row> all = rows(here, there);
        Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
        for (Kind kind : Kind.values()) {
            counts.put(kind, 0);
        }
        all.forEach(row -> counts.merge(row.kind(), 1, Integer::sum));
        List<Row> matching = all.stream()
                .filter(row -> show == null ? row.kind() != Kind.SAME : row.kind() == show)
                .filter(this::hasAllWords)
                .toList();
        OnePage<Row> shown = OnePage.of(matching, page);
        return new Part(shown.rows(), counts, matching.size(), shown.page(), shown.pages());
    }

    /** All jobs by name. One that cannot be used on one side can be compared with nothing, whatever the other side has. */
    private static List<Row> rows(ClusterCopy here, ClusterCopy there) {
        Map<String, String> groups = new HashMap<>();
        there.jobs().forEach(job -> groups.put(job.name(), job.group()));
        here.jobs().forEach(job -> groups.put(job.name(), job.group()));
        Map<String, String> unreadable = new TreeMap<>(there.unreadable());
        unreadable.putAll(here.unreadable());
        Comparison comparison = readable(here, unreadable).compareWith(readable(there, unreadable));
        Map<String, Row> rows = new TreeMap<>();
        for (String job : groups.keySet()) {
            rows.put(job, row(job, groups, Kind.SAME, List.of(), ""));
        }
        comparison.onlyFirst().forEach(job -> rows.put(job, row(job, groups, Kind.HERE, List.of(), "")));
        comparison.onlySecond().forEach(job -> rows.put(job, row(job, groups, Kind.THERE, List.of(), "")));
        comparison
                .different()
                .forEach((job, differences) -> rows.put(job, row(job, groups, Kind.DIFFERENT, differences, "")));
        unreadable.forEach((job, why) -> rows.put(job, row(job, groups, Kind.UNREADABLE, List.of(), why)));
        List<Row> all = new ArrayList<>(rows.values());
        all.sort(Comparator.comparing(Row::job));
        return all;
    }

    private static ClusterCopy readable(ClusterCopy copy, Map<String, String> unreadable) {
        return copy.where((Job job) -> !unreadable.containsKey(job.name()), job -> false);
    }

    private static Row row(
            String job, Map<String, String> groups, Kind kind, List<Difference> differences, String problem) {
        return new Row(job, groups.getOrDefault(job, ""), kind, differences, problem);
    }

    private boolean hasAllWords(Row row) {
        for (String word : text.toLowerCase(Locale.ROOT).split("\\s+")) {
            boolean has = word.startsWith("group:")
                    ? row.group().toLowerCase(Locale.ROOT).equals(word.substring("group:".length()))
                    : contains(row.job(), word)
                            || row.differences().stream().anyMatch(difference -> contains(difference.setting(), word));
            if (!has) {
                return false;
            }
        }
        return true;
    }

    private static boolean contains(String text, String word) {
        return text.toLowerCase(Locale.ROOT).contains(word);
    }
}
