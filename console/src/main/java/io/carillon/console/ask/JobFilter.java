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

import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.operations.HealthReason;
import io.carillon.jobs.operations.JobQueries.Health;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.web.util.UriUtils;

/**
 * Which jobs a list shows, in which order; kept in the address. Immutable.
 *
 * <p>The text is words: {@code health:bad}, {@code reason:late}, {@code group:billing}, {@code owner:me}, {@code state:disabled}
 * (or {@code enabled}, {@code running}, {@code pending}), {@code last:failed}; a minus before a word turns it round; any other
 * word is looked for in name, class and description. All words must hold. A word that names what does not exist finds nothing.
 *
 * @param text the words
 * @param sort by what
 * @param down whether the other way round
 * @param page from 1
 */
public record JobFilter(String text, Sort sort, boolean down, int page) {
    /** What a list can be sorted by; ties by name. */
    public enum Sort {
        /** Worst first. */
        HEALTH,
        NAME,
        /** Soonest first; those without a next run last. */
        NEXT,
        /** Latest first; those that never ran last. */
        LAST,
        /** Longest first. */
        DURATION;

        private Comparator<JobStatus> order() {
            return switch (this) {
                case HEALTH ->
                    Comparator.comparing((JobStatus job) -> job.health().level())
                            .reversed();
                case NAME -> Comparator.comparing(JobStatus::jobName);
                case NEXT -> Comparator.comparing(JobStatus::nextRun, Comparator.nullsLast(Comparator.naturalOrder()));
                case LAST ->
                    Comparator.comparing(
                            (JobStatus job) ->
                                    job.lastRun() == null ? null : job.lastRun().ended(),
                            Comparator.nullsLast(Comparator.<Instant>reverseOrder()));
                case DURATION ->
                    Comparator.comparing(
                            (JobStatus job) -> job.lastRun() == null
                                    ? null
                                    : Duration.between(
                                            job.lastRun().started(),
                                            job.lastRun().ended()),
                            Comparator.nullsLast(Comparator.<Duration>reverseOrder()));
            };
        }

        /** Its name in addresses. */
        public String key() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * The jobs of one page of a list.
     *
     * @param counts how many jobs of each level there are, whatever the filter
     * @param total how many jobs there are
     * @param matching how many pass the filter
     * @param page from 1
     * @param pages at least 1
     */
    public record Part(
            List<JobStatus> rows, Map<Health.Level, Long> counts, int total, int matching, int page, int pages) {
        public Part {
            rows = List.copyOf(rows);
            counts = Map.copyOf(counts);
        }
    }

    /** Reads the parameters of an address; what makes no sense is left out. */
    public static JobFilter of(
            @Nullable String text, @Nullable String sort, @Nullable String direction, @Nullable String page) {
        Sort by = Sort.HEALTH;
        for (Sort known : Sort.values()) {
            if (known.key().equals(sort)) {
                by = known;
            }
        }
        return new JobFilter(OnePage.words(text), by, "down".equals(direction), OnePage.number(page));
    }

    /** The same order with other words, from the first page. */
    public JobFilter with(String otherText) {
        return new JobFilter(otherText, sort, down, 1);
    }

    /** The same with only this health, or with any. */
    public JobFilter only(Health.@Nullable Level level) {
        List<String> words = new ArrayList<>();
        for (String word : text.split("\\s+")) {
            if (!word.isEmpty() && !word.startsWith("health:")) {
                words.add(word);
            }
        }
        if (level != null) {
            words.add("health:" + level.name().toLowerCase(Locale.ROOT));
        }
        return with(String.join(" ", words));
    }

    /** Whether only jobs of that health are shown; null: of any. */
    public boolean isOnly(Health.@Nullable Level level) {
        String word = level == null ? "health:" : "health:" + level.name().toLowerCase(Locale.ROOT);
        boolean any = false;
        for (String part : text.split("\\s+")) {
            any |= level == null ? part.startsWith(word) : part.equals(word);
        }
        return (level == null) != any;
    }

    /** The same words, sorted by something; the other way round when they are so already. */
    public JobFilter by(Sort other) {
        return new JobFilter(text, other, sort == other && !down, 1);
    }

    /** The same filter at another page. */
    public JobFilter at(int other) {
        return new JobFilter(text, sort, down, other);
    }

    /** The query part of the address with its question mark; empty when there is nothing to say. */
    public String query() {
        StringBuilder query = new StringBuilder();
        if (!text.isEmpty()) {
            query.append("&q=").append(UriUtils.encode(text, StandardCharsets.UTF_8));
        }
        if (sort != Sort.HEALTH) {
            query.append("&sort=").append(sort.key());
        }
        if (down) {
            query.append("&dir=down");
        }
        if (page > 1) {
            query.append("&page=").append(page);
        }
        return query.isEmpty() ? "" : "?" + query.substring(1);
    }

    /**
     * All jobs that pass, in order.
     *
     * @param me who {@code owner:me} is
     */
    public List<JobStatus> all(List<JobStatus> jobs, String me) {
        Comparator<JobStatus> order = down ? sort.order().reversed() : sort.order();
        Predicate<JobStatus> passes = words(me);
        return jobs.stream()
                .filter(passes)
                .sorted(order.thenComparing(JobStatus::jobName))
                .toList();
    }

    /** The jobs of the page. */
    public Part apply(List<JobStatus> jobs, String me) {
        Map<Health.Level, Long> counts = new EnumMap<>(Health.Level.class);
        for (Health.Level known : Health.Level.values()) {
            counts.put(known, 0L);
        }
        jobs.forEach(job -> counts.merge(job.health().level(), 1L, Long::sum));
        List<JobStatus> matching = all(jobs, me);
        OnePage<JobStatus> shown = OnePage.of(matching, page);
        return new Part(shown.rows(), counts, jobs.size(), matching.size(), shown.page(), shown.pages());
    }

    private Predicate<JobStatus> words(String me) {
        Predicate<JobStatus> all = job -> true;
        for (String word : text.toLowerCase(Locale.ROOT).split("\\s+")) {
            if (word.isEmpty()) {
                continue;
            }
            boolean not = word.length() > 1 && word.startsWith("-");
            Predicate<JobStatus> one = word(not ? word.substring(1) : word, me);
            all = all.and(not ? one.negate() : one);
        }
        return all;
    }

    private static Predicate<JobStatus> word(String word, String me) {
        int colon = word.indexOf(':');
        String value = word.substring(colon + 1);
        return switch (colon < 1 ? "" : word.substring(0, colon)) {
            case "health" -> job -> is(job.health().level().name(), value);
            case "reason" ->
                job -> job.health().reasons().stream().map(HealthReason::code).anyMatch(code -> is(code.name(), value));
            case "group" -> job -> is(job.group(), value);
            case "owner" -> job -> is(job.owner(), value.equals("me") ? me : value);
            case "state" ->
                job -> switch (value) {
                    case "disabled" -> job.disabled();
                    case "enabled" -> !job.disabled();
                    case "running" -> job.items().stream().anyMatch(item -> item.runningOn() != null);
                    case "pending" -> job.reshardingPending();
                    default -> false;
                };
            case "last" ->
                job -> {
                    RunRecord last = job.lastRun();
                    return value.equals("never")
                            ? last == null
                            : last != null && is(last.outcome().name(), value);
                };
            default ->
                job -> contains(job.jobName(), word)
                        || contains(job.jobClass(), word)
                        || contains(job.description(), word);
        };
    }

    private static boolean is(String text, String wanted) {
        return text.toLowerCase(Locale.ROOT)
                .replace('_', '-')
                .equals(wanted.toLowerCase(Locale.ROOT).replace('_', '-'));
    }

    private static boolean contains(String text, String wanted) {
        return text.toLowerCase(Locale.ROOT).contains(wanted);
    }
}
