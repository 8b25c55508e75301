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
package io.carillon.console.screen.overview;

import io.carillon.console.screen.overview.OverviewView.JobsPart;
import io.carillon.jobs.operations.JobQueries.Health;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.web.util.UriUtils;

/**
 * Which jobs the list shows; kept in the address. Immutable.
 *
 * @param text part of the name, class or description, in any case; empty for all
 * @param level only of this health, or null for all
 * @param page from 1
 */
public record JobFilter(String text, Health.@Nullable Level level, int page) {
    static final int PAGE_SIZE = 100;
    private static final int LONGEST_TEXT = 200;

    /** Reads the parameters of an address; what makes no sense is left out. */
    public static JobFilter of(@Nullable String text, @Nullable String level, @Nullable String page) {
        String wanted = text == null ? "" : text.strip();
        Health.Level only = null;
        for (Health.Level known : Health.Level.values()) {
            if (known.name().equalsIgnoreCase(level)) {
                only = known;
            }
        }
        boolean number = page != null && page.matches("[1-9][0-9]{0,5}");
        return new JobFilter(
                wanted.length() > LONGEST_TEXT ? wanted.substring(0, LONGEST_TEXT) : wanted,
                only,
                number ? Integer.parseInt(page) : 1);
    }

    /** Whether all jobs pass. */
    public boolean isOpen() {
        return text.isEmpty() && level == null;
    }

    /** The same filter for jobs of one health, from the first page. */
    public JobFilter only(Health.@Nullable Level other) {
        return new JobFilter(text, other, 1);
    }

    /** The same filter at another page. */
    public JobFilter at(int other) {
        return new JobFilter(text, level, other);
    }

    /** The query part of the address with its question mark; empty when there is nothing to say. */
    public String query() {
        StringBuilder query = new StringBuilder();
        if (!text.isEmpty()) {
            query.append("&q=").append(UriUtils.encode(text, StandardCharsets.UTF_8));
        }
        if (level != null) {
            query.append("&health=").append(level.name().toLowerCase(Locale.ROOT));
        }
        if (page > 1) {
            query.append("&page=").append(page);
        }
        return query.isEmpty() ? "" : "?" + query.substring(1);
    }

    /** The jobs of the page, worst first, then by name. */
    public JobsPart apply(List<JobStatus> jobs) {
        Map<Health.Level, Long> counts = new EnumMap<>(Health.Level.class);
        for (Health.Level known : Health.Level.values()) {
            counts.put(known, 0L);
        }
        jobs.forEach(job -> counts.merge(job.health().level(), 1L, Long::sum));
        List<JobStatus> matching = jobs.stream()
                .filter(this::passes)
                .sorted(Comparator.comparing((JobStatus job) -> job.health().level())
                        .reversed()
                        .thenComparing(JobStatus::jobName))
                .toList();
        int pages = Math.max(1, (matching.size() + PAGE_SIZE - 1) / PAGE_SIZE);
        int shown = Math.min(page, pages);
        int from = (shown - 1) * PAGE_SIZE;
        return new JobsPart(
                matching.subList(from, Math.min(matching.size(), from + PAGE_SIZE)),
                counts,
                jobs.size(),
                matching.size(),
                shown,
                pages);
    }

    private boolean passes(JobStatus job) {
        if (level != null && job.health().level() != level) {
            return false;
        }
        String wanted = text.toLowerCase(Locale.ROOT);
        return wanted.isEmpty()
                || job.jobName().toLowerCase(Locale.ROOT).contains(wanted)
                || job.jobClass().toLowerCase(Locale.ROOT).contains(wanted)
                || job.description().toLowerCase(Locale.ROOT).contains(wanted);
    }
}
