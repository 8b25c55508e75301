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
package io.carillon.jobs.execution;

import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How long one run of an item may take, and how often it is tried again; from the props {@code carillon.*}. Immutable.
 *
 * @param timeout after which a run is interrupted ({@value #TIMEOUT}); null: never
 * @param retries how often a failed run is repeated ({@value #RETRY_MAX}, default 0)
 * @param backoff the wait before the first repetition ({@value #RETRY_BACKOFF}, default 1 s); doubled before each further one
 * @param cap the longest wait ({@value #RETRY_CAP}, default 1 min)
 * @param pastNextFiring whether an item is repeated although the job's next firing is due by then ({@value
 *     #RETRY_PAST_NEXT}, default no)
 */
public record ItemPolicy(
        @Nullable Duration timeout, int retries, Duration backoff, Duration cap, boolean pastNextFiring) {

    public static final String TIMEOUT = "carillon.timeout";
    public static final String RETRY_MAX = "carillon.retry.max";
    public static final String RETRY_BACKOFF = "carillon.retry.backoff";
    public static final String RETRY_CAP = "carillon.retry.cap";
    public static final String RETRY_PAST_NEXT = "carillon.retry.past-next-firing";

    /** No time-out, no repetition. */
    public static final ItemPolicy NONE = new ItemPolicy(null, 0, Duration.ofSeconds(1), Duration.ofMinutes(1), false);

    private static final List<String> KEYS = List.of(TIMEOUT, RETRY_MAX, RETRY_BACKOFF, RETRY_CAP, RETRY_PAST_NEXT);
    private static final int MOST_RETRIES = 100;
    private static final Pattern SHORT = Pattern.compile("([0-9]{1,9})\\s*(ms|s|m|h|d)");

    /** What a configuration asks for. */
    public static ItemPolicy of(JobConfiguration configuration) {
        return of(configuration.getProps());
    }

    /**
     * What the props of a configuration ask for.
     *
     * @throws InvalidSettingException naming the key, its value, what was expected and what to do
     */
    public static ItemPolicy of(Map<String, String> props) {
        if (KEYS.stream().noneMatch(props::containsKey)) {
            return NONE;
        }
        Duration backoff = duration(props, RETRY_BACKOFF, NONE.backoff);
        Duration cap = duration(props, RETRY_CAP, NONE.cap.compareTo(backoff) < 0 ? backoff : NONE.cap);
        if (cap.compareTo(backoff) < 0) {
            throw invalid(
                    RETRY_CAP,
                    props.getOrDefault(RETRY_CAP, ""),
                    "at least " + RETRY_BACKOFF + ", which is " + backoff);
        }
        return new ItemPolicy(
                props.containsKey(TIMEOUT) ? duration(props, TIMEOUT, Duration.ZERO) : null,
                retries(props.getOrDefault(RETRY_MAX, "0").trim()),
                backoff,
                cap,
                truth(props.getOrDefault(RETRY_PAST_NEXT, "false").trim()));
    }

    private static int retries(String text) {
        if (text.matches("[0-9]{1,3}") && Integer.parseInt(text) <= MOST_RETRIES) {
            return Integer.parseInt(text);
        }
        throw invalid(RETRY_MAX, text, "0.." + MOST_RETRIES);
    }

    private static boolean truth(String text) {
        if (text.equals("true") || text.equals("false")) {
            return text.equals("true");
        }
        throw invalid(RETRY_PAST_NEXT, text, "true or false");
    }

    private static Duration duration(Map<String, String> props, String key, Duration otherwise) {
        String text = props.get(key);
        if (text == null) {
            return otherwise;
        }
        Duration duration = null;
        Matcher shortly = SHORT.matcher(text.trim());
        if (shortly.matches()) {
            long amount = Long.parseLong(shortly.group(1));
            duration = switch (shortly.group(2)) {
                case "ms" -> Duration.ofMillis(amount);
                case "s" -> Duration.ofSeconds(amount);
                case "m" -> Duration.ofMinutes(amount);
                case "h" -> Duration.ofHours(amount);
                default -> Duration.ofDays(amount);
            };
        } else {
            try {
                duration = Duration.parse(text.trim());
            } catch (DateTimeException e) {
                // said below
            }
        }
        if (duration == null || duration.toMillis() < 1 || duration.toDays() > 366) {
            throw invalid(key, text, "a duration of 1 ms to 366 days, such as 500ms, 30s, 5m, 2h, 1d or PT5M");
        }
        return duration;
    }

    private static InvalidSettingException invalid(String key, String value, String expected) {
        return new InvalidSettingException(
                key, "'" + value + "'", expected, "The job does not take this configuration; correct the property.");
    }

    /**
     * The wait before an item is tried again: twice as long each time up to the cap, less up to a quarter that only depends on
     * the arguments, so that items that failed together do not come back together.
     *
     * @param attempt the attempt that failed, 1 for the first
     */
    public Duration pause(long fence, int item, int attempt) {
        Duration pause = backoff;
        for (int i = 1; i < attempt && pause.compareTo(cap) < 0; i++) {
            pause = pause.multipliedBy(2);
        }
        pause = pause.compareTo(cap) > 0 ? cap : pause;
        long mixed = (fence * 31 + item) * 31 + attempt;
        mixed = (mixed ^ (mixed >>> 33)) * 0xff51afd7ed558ccdL;
        mixed ^= mixed >>> 33;
        return pause.minus(pause.dividedBy(4_000).multipliedBy(Math.floorMod(mixed, 1_000L)));
    }
}
