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
package io.carillon.jobs.operations;

import io.carillon.jobs.operations.JobQueries.Axes;
import io.carillon.jobs.operations.JobQueries.Health;
import io.carillon.jobs.operations.JobQueries.LastResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which jobs are listed, in which order, and which part of them. Immutable; made by {@link #parse}.
 *
 * <p>The text is what a person types, and fits into a URL: words that the name or the description contains, and filters {@code
 * key:value}, all of which must hold; one with {@code -} before it must not. A value with blanks stands in quotation marks.
 *
 * <table>
 * <caption>Filters</caption>
 * <tr><td>{@code health:}</td><td>a level ({@code ok disabled warning bad}) or a reason ({@code late}, {@code no_spare})</td></tr>
 * <tr><td>{@code intent:}</td><td>{@code enabled paused disabled}</td></tr>
 * <tr><td>{@code assignment:}</td><td>{@code settled pending moving unowned}</td></tr>
 * <tr><td>{@code result:}</td><td>{@code succeeded failed timed_out interrupted never}</td></tr>
 * <tr><td>{@code group:}, {@code owner:}</td><td>the properties {@code carillon.group}, {@code carillon.owner}; {@code me} is who
 * asks, an empty value finds those without</td></tr>
 * <tr><td>{@code instance:}, {@code server:}</td><td>one that is online for the job</td></tr>
 * <tr><td>{@code name:}</td><td>the whole name; {@code *} stands for anything</td></tr>
 * </table>
 *
 * @param text as it was typed
 * @param me who asks; empty when that is not known
 * @param offset how many rows come before
 * @param limit how many rows there are at most, 0 to 1,000; 0: only the counts are asked for
 */
public record JobSearch(String text, String me, Sort sort, boolean reversed, int offset, int limit) {

    /** The property of a job's configuration that holds its group. */
    public static final String GROUP = "carillon.group";

    /** The property of a job's configuration that holds who looks after it. */
    public static final String OWNER = "carillon.owner";

    /** @throws IllegalArgumentException when offset or limit is out of range */
    public JobSearch {
        if (limit < 0 || limit > 1_000 || offset < 0) {
            throw new IllegalArgumentException("offset, limit: " + offset + ", " + limit
                    + " (expected: 0 or more, 0..1000). Nothing was listed; ask for fewer rows.");
        }
        text = text.strip();
        me = me.strip();
    }

    /** By what rows are sorted; rows that are equal in it are sorted by name. */
    public enum Sort {
        /** Worst first. */
        HEALTH,
        NAME,
        GROUP,
        OWNER,
        /** The soonest first; jobs without a next run last. */
        NEXT_RUN,
        /** The latest first; jobs that never ran last. */
        LAST_RUN,
        /** The longest last run first. */
        DURATION
    }

    /** The first 50 of the jobs that a text means, worst first. */
    public static JobSearch parse(String text, String me) {
        return new JobSearch(text, me, Sort.HEALTH, false, 0, 50);
    }

    public JobSearch sortedBy(Sort by, boolean reverse) {
        return new JobSearch(text, me, by, reverse, offset, limit);
    }

    public JobSearch page(int first, int rows) {
        return new JobSearch(text, me, sort, reversed, first, rows);
    }

    /**
     * One job of a list.
     *
     * @param group empty when it has none
     * @param owner who looks after it; empty when nobody does
     * @param items how many it has
     * @param zone of its cron expression
     * @param nextRun null for a job that only runs when triggered, or is disabled
     * @param usual how long half of the recent firings took at most, or null when none is known
     * @param recent the latest firings that are known, at most 20, newest first
     */
    public record Row(
            String jobName,
            String group,
            String owner,
            String description,
            Axes axes,
            Health health,
            int items,
            @Nullable String cron,
            String zone,
            @Nullable Instant nextRun,
            @Nullable Duration usual,
            List<LastResult> recent,
            List<String> instances) {

        public Row {
            recent = List.copyOf(recent);
            instances = List.copyOf(instances);
        }
    }

    /**
     * A part of the list.
     *
     * @param found how many jobs the filters mean
     * @param all how many jobs there are
     * @param levels how many of all jobs have each level
     * @param reasons how many of all jobs have each reason
     * @param problems what of the text was not understood, in English; it was left out
     */
    public record Page(
            List<Row> rows,
            int found,
            int all,
            Map<Health.Level, Integer> levels,
            Map<HealthReason.Code, Integer> reasons,
            List<String> problems) {}

    // ---- the text ----------------------------------------------------------------------------------------------

    private static final Pattern TERM = Pattern.compile("(-?)(?:([A-Za-z]+):)?(?:\"([^\"]*)\"|(\\S*))");
    private static final List<String> KEYS =
            List.of("health", "intent", "assignment", "result", "group", "owner", "instance", "server", "name");

    /** What the text means. */
    record Filter(Predicate<Row> meant, List<String> problems) {}

    Filter filter() {
        List<String> problems = new ArrayList<>();
        Predicate<Row> all = row -> true;
        Matcher terms = TERM.matcher(text);
        while (terms.find()) {
            if (terms.group().isBlank()) {
                continue;
            }
            String key = terms.group(2) == null ? "" : terms.group(2).toLowerCase(Locale.ROOT);
            String value = Objects.requireNonNullElse(terms.group(3), Objects.requireNonNullElse(terms.group(4), ""));
            Predicate<Row> one = term(key, value, terms.group(), problems);
            if (one != null) {
                all = all.and(terms.group(1).isEmpty() ? one : one.negate());
            }
        }
        return new Filter(all, List.copyOf(problems));
    }

    private @Nullable Predicate<Row> term(String key, String value, String term, List<String> problems) {
        String lower = value.toLowerCase(Locale.ROOT);
        String upper = value.toUpperCase(Locale.ROOT).replace('-', '_');
        return switch (key) {
            case "" ->
                row -> row.jobName.toLowerCase(Locale.ROOT).contains(lower)
                        || row.description.toLowerCase(Locale.ROOT).contains(lower);
            case "name" -> {
                Pattern name = Pattern.compile(Arrays.stream(value.split("\\*", -1))
                        .map(Pattern::quote)
                        .collect(Collectors.joining(".*")));
                yield row -> name.matcher(row.jobName).matches();
            }
            case "group" -> row -> row.group.equals(value);
            case "owner" -> {
                String who = value.equals("me") ? me : value;
                yield row -> row.owner.equals(who) && (!value.equals("me") || !me.isEmpty());
            }
            case "instance" -> row -> row.instances.contains(value);
            case "server" -> row -> row.instances.stream().anyMatch(id -> id.startsWith(value + "@-@"));
            case "health" -> {
                boolean isLevel = isOneOf(Health.Level.values(), upper);
                if (isLevel || isOneOf(HealthReason.Code.values(), upper)) {
                    yield row -> row.health.level().name().equals(upper)
                            || row.health.reasons().stream()
                                    .anyMatch(reason -> reason.code().name().equals(upper));
                }
                yield unknown(term, "a level or a reason", problems);
            }
            case "intent" ->
                isOneOf(JobQueries.Intent.State.values(), upper)
                        ? row -> row.axes.intent().state().name().equals(upper)
                        : unknown(term, "enabled, paused or disabled", problems);
            case "assignment" ->
                isOneOf(JobQueries.Assignment.values(), upper)
                        ? row -> row.axes.assignment().name().equals(upper)
                        : unknown(term, "settled, pending, moving or unowned", problems);
            case "result" ->
                isOneOf(LastResult.State.values(), upper)
                        ? row -> row.axes.lastResult().state().name().equals(upper)
                        : unknown(term, "succeeded, failed, timed_out, interrupted or never", problems);
            default -> unknown(term, "one of " + KEYS, problems);
        };
    }

    private static @Nullable Predicate<Row> unknown(String term, String expected, List<String> problems) {
        problems.add(term + " (expected: " + expected + ")");
        return null;
    }

    private static boolean isOneOf(Enum<?>[] values, String name) {
        return Arrays.stream(values).anyMatch(value -> value.name().equals(name));
    }

    // ---- the order ---------------------------------------------------------------------------------------------

    Comparator<Row> order() {
        Comparator<Row> order =
                switch (sort) {
                    case HEALTH ->
                        Comparator.comparing((Row row) -> row.health.level())
                                .reversed()
                                .thenComparing(row -> row.health.reasons().isEmpty()
                                        ? Integer.MAX_VALUE
                                        : JobHealth.rank(
                                                row.health.reasons().get(0).code()));
                    case NAME -> Comparator.comparing((Row row) -> row.jobName);
                    case GROUP -> Comparator.comparing((Row row) -> row.group);
                    case OWNER -> Comparator.comparing((Row row) -> row.owner);
                    case NEXT_RUN -> Comparator.comparing((Row row) -> row.nextRun == null ? Instant.MAX : row.nextRun);
                    case LAST_RUN ->
                        Comparator.comparing((Row row) -> {
                                    Instant last = row.axes.lastResult().scheduledTime();
                                    return last == null ? Instant.MIN : last;
                                })
                                .reversed();
                    case DURATION ->
                        Comparator.comparing((Row row) -> row.axes.lastResult().took())
                                .reversed();
                };
        return (reversed ? order.reversed() : order).thenComparing(row -> row.jobName);
    }
}
