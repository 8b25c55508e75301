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

import io.carillon.jobs.operations.HealthReason;
import io.carillon.jobs.operations.JobQueries.InstanceDetail;
import io.carillon.jobs.operations.JobQueries.Intent;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The instances of a cluster that match some words, worst first. Immutable.
 *
 * <p>The words: {@code host:web-1}, {@code version:1.2}, {@code state:trouble} (or {@code state:online}, {@code state:drained}, {@code
 * state:elasticjob}); a minus before a word turns it round; any other word is looked for in id, address, host and version. All words
 * must hold.
 *
 * @param text the words
 * @param rows those that match
 * @param total how many there are
 * @param troubled how many of all something is wrong with
 * @param drained how many of all are drained
 * @param peers how many of all are ElasticJob's
 * @param versions how many instances run each of Carillon's versions
 */
public record Instances(
        String text, List<Row> rows, int total, int troubled, int drained, int peers, Map<String, Integer> versions) {

    /**
     * One instance.
     *
     * @param oddVersion whether most others run another version of Carillon
     */
    public record Row(InstanceDetail detail, boolean oddVersion) {
        /** How many items it owns over all jobs. */
        public int items() {
            return detail.items().values().stream().mapToInt(List::size).sum();
        }

        /** Whether it does not take part. */
        public boolean isDrained() {
            return detail.drained().state() != Intent.State.ENABLED;
        }

        /** Whether its clock is further off than it may be. */
        public boolean isClockOff() {
            return detail.reasons().stream().anyMatch(reason -> reason.code() == HealthReason.Code.SKEW);
        }

        /** Whether something is wrong with it. */
        public boolean isTroubled() {
            return oddVersion || !detail.reasons().isEmpty();
        }
    }

    private static final Comparator<Row> WORST_FIRST = Comparator.comparing(
                    (Row row) -> row.detail().reasons().isEmpty())
            .thenComparing(row -> !row.oddVersion())
            .thenComparing(row -> !row.isDrained())
            .thenComparing(row -> row.detail().host())
            .thenComparing(row -> row.detail().id());

    /** Looks through all. */
    public static Instances of(List<InstanceDetail> all, @Nullable String words) {
        Map<String, Integer> versions = new TreeMap<>();
        for (InstanceDetail one : all) {
            if (!one.version().isEmpty()) {
                versions.merge(one.version(), 1, Integer::sum);
            }
        }
        int most = versions.values().stream().mapToInt(Integer::intValue).max().orElse(0);
        List<Row> rows = all.stream()
                .map(one -> new Row(one, versions.getOrDefault(one.version(), most) < most))
                .sorted(WORST_FIRST)
                .toList();
        String text = OnePage.words(words);
        return new Instances(
                text,
                rows.stream().filter(meant(text)).toList(),
                rows.size(),
                count(rows, Row::isTroubled),
                count(rows, Row::isDrained),
                count(rows, row -> row.detail().peer()),
                Map.copyOf(versions));
    }

    private static int count(List<Row> rows, Predicate<Row> which) {
        return (int) rows.stream().filter(which).count();
    }

    /** The one of that id. */
    public @Nullable Row find(String id) {
        return rows.stream()
                .filter(row -> row.detail().id().equals(id))
                .findFirst()
                .orElse(null);
    }

    /** The versions with how many run each, the most frequent first: {@code 1.2 (3), 1.1 (1)}. */
    public String versionsInWords() {
        return versions.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue()
                        .reversed()
                        .thenComparing(Map.Entry.comparingByKey()))
                .map(entry -> entry.getKey() + " (" + entry.getValue() + ")")
                .reduce((left, right) -> left + ", " + right)
                .orElse("");
    }

    private static Predicate<Row> meant(String text) {
        Predicate<Row> all = row -> true;
        for (String word : text.toLowerCase(Locale.ROOT).split("\\s+")) {
            if (!word.isEmpty()) {
                boolean not = word.length() > 1 && word.startsWith("-");
                Predicate<Row> one = word(not ? word.substring(1) : word);
                all = all.and(not ? one.negate() : one);
            }
        }
        return all;
    }

    private static Predicate<Row> word(String word) {
        int colon = word.indexOf(':');
        String value = word.substring(colon + 1);
        return switch (colon < 1 ? "" : word.substring(0, colon)) {
            case "host" -> row -> row.detail().host().toLowerCase(Locale.ROOT).equals(value);
            case "version" ->
                row -> row.detail().version().toLowerCase(Locale.ROOT).equals(value);
            case "state" ->
                row -> switch (value) {
                    case "online" -> !row.isDrained();
                    case "drained" -> row.isDrained();
                    case "trouble" -> row.isTroubled();
                    case "elasticjob" -> row.detail().peer();
                    default -> false;
                };
            default ->
                row -> contains(row.detail().id(), word)
                        || contains(row.detail().serverIp(), word)
                        || contains(row.detail().host(), word)
                        || contains(row.detail().version(), word);
        };
    }

    private static boolean contains(String text, String wanted) {
        return text.toLowerCase(Locale.ROOT).contains(wanted);
    }
}
