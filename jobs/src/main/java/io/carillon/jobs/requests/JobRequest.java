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
package io.carillon.jobs.requests;

import io.carillon.jobs.scheduling.CronSchedule;
import io.carillon.jobs.scheduling.DstPolicy;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What somebody asked of a job, and how far it has come. Immutable.
 *
 * <p>It is one node of the registry; each change is one write that holds for the version it was made from. A <i>business
 * time</i> is open while items of it are left; each item leaves it in the commit that gives the item back, so whatever dies,
 * what has run is known and what has not is still owed.
 *
 * @param id unique for the job, and growing with the time of asking
 */
public record JobRequest(String id, Order order, Progress progress) {

    private static final int FAILURES_KEPT = 100;

    /** What kind of request. */
    public enum Kind {
        /** One business time. */
        TRIGGER,
        /** The business times of a range. */
        BACKFILL
    }

    /** Where a request is. */
    public enum State {
        /** It runs, or is owed. */
        OPEN,
        /** Nothing more begins until it is resumed. */
        PAUSED,
        /** Nothing more begins; what runs is waited for. */
        CANCELLING,
        /** Everything has run, well or not. */
        DONE,
        /** Given up by people. */
        CANCELLED;

        public boolean isEnd() {
            return this == DONE || this == CANCELLED;
        }
    }

    /**
     * What was asked. Immutable.
     *
     * @param parameter stands in for the job's parameter; null: the job's own
     * @param items which ones; empty: all that are not switched off when a business time begins
     * @param times the business times
     * @param total how many they are
     * @param atOnce how many may be open at once
     * @param pause between the end of a business time and the beginning of the next
     */
    public record Order(
            Kind kind,
            Instant asked,
            @Nullable String parameter,
            List<Integer> items,
            Times times,
            int total,
            int atOnce,
            Duration pause) {

        public Order {
            items = List.copyOf(items);
        }
    }

    /**
     * Business times, ascending. Immutable.
     *
     * @param from the first that may be
     * @param to the first that may not be any more
     * @param schedule what plans them, or null
     * @param step their distance where there is no schedule
     */
    public record Times(Instant from, Instant to, @Nullable CronSchedule schedule, Duration step) {

        /** One time only. */
        public static Times at(Instant time) {
            return new Times(time, time.plusNanos(1), null, Duration.ofDays(1));
        }

        /** The next after one, or the first; null when there is none any more. */
        public @Nullable Instant next(@Nullable Instant last) {
            Instant next = schedule != null
                    ? schedule.next(last == null ? from.minusNanos(1) : last)
                    : last == null ? from : last.plus(step);
            return next == null || !next.isBefore(to) ? null : next;
        }

        /** How many there are, or {@code most + 1} when there are more than that. */
        public int count(int most) {
            int count = 0;
            for (Instant time = next(null); time != null && count <= most; time = next(time)) {
                count++;
            }
            return count;
        }
    }

    /** An item that failed. */
    public record Failure(Instant time, int item) {}

    /**
     * How far it has come. Immutable.
     *
     * @param last the latest business time that was opened, or null
     * @param open the items left of each business time that is open
     * @param notBefore when the next may be opened
     * @param itemsGone how many items vanished because the job has fewer by now
     * @param failures the latest, at most 100
     */
    public record Progress(
            State state,
            @Nullable Instant last,
            NavigableMap<Instant, SortedSet<Integer>> open,
            Instant notBefore,
            int timesDone,
            long itemsDone,
            long itemsFailed,
            long itemsGone,
            List<Failure> failures,
            @Nullable Instant ended) {

        static Progress start(Instant now) {
            return new Progress(State.OPEN, null, new TreeMap<>(), now, 0, 0, 0, 0, List.of(), null);
        }
    }

    /** A request of which nothing has run. */
    public static JobRequest of(String id, Order order) {
        return new JobRequest(id, order, Progress.start(order.asked));
    }

    // ---- progress ----------------------------------------------------------------------------------------------

    /** The next business time to open; null when all are, or were. */
    public @Nullable Instant nextTime() {
        return order.times.next(progress.last);
    }

    /** Whether nothing is left to run. */
    public boolean isDone() {
        return progress.open.isEmpty() && nextTime() == null;
    }

    /** The same in another state. */
    public JobRequest in(State state, @Nullable Instant ended) {
        Progress p = progress;
        return with(new Progress(
                state,
                p.last,
                p.open,
                p.notBefore,
                p.timesDone,
                p.itemsDone,
                p.itemsFailed,
                p.itemsGone,
                p.failures,
                ended));
    }

    /**
     * Opens as many business times as may be open now, each with the items that it is to run.
     *
     * @param items what to run; while it is empty nothing is opened
     */
    public JobRequest opened(Collection<Integer> items, Instant now) {
        Progress p = progress;
        Instant next = nextTime();
        if (p.state != State.OPEN || items.isEmpty() || now.isBefore(p.notBefore)) {
            return this;
        }
        NavigableMap<Instant, SortedSet<Integer>> open = new TreeMap<>(p.open);
        Instant last = p.last;
        while (next != null && open.size() < order.atOnce) {
            open.put(next, new TreeSet<>(items));
            last = next;
            next = order.times.next(next);
        }
        return open.size() == p.open.size()
                ? this
                : with(new Progress(
                        p.state,
                        last,
                        open,
                        p.notBefore,
                        p.timesDone,
                        p.itemsDone,
                        p.itemsFailed,
                        p.itemsGone,
                        p.failures,
                        p.ended));
    }

    /** Takes out the items that the job does not have any more, but those that are still running. */
    public JobRequest without(int total, Predicate<Integer> running, Instant now) {
        JobRequest request = this;
        for (Map.Entry<Instant, SortedSet<Integer>> entry : progress.open.entrySet()) {
            for (int gone : entry.getValue().tailSet(total)) {
                request = running.test(gone) ? request : request.left(entry.getKey(), gone, null, now);
            }
        }
        return request;
    }

    /**
     * Items of a business time have ended.
     *
     * @param outcomes whether each went well
     */
    public JobRequest ended(Instant time, Map<Integer, Boolean> outcomes, Instant now) {
        JobRequest request = this;
        for (Map.Entry<Integer, Boolean> outcome : outcomes.entrySet()) {
            request = request.left(time, outcome.getKey(), outcome.getValue(), now);
        }
        return request;
    }

    private JobRequest left(Instant time, int item, @Nullable Boolean well, Instant now) {
        Progress p = progress;
        SortedSet<Integer> items = p.open.get(time);
        if (items == null || !items.contains(item)) {
            return this;
        }
        NavigableMap<Instant, SortedSet<Integer>> open = new TreeMap<>(p.open);
        SortedSet<Integer> rest = new TreeSet<>(items);
        rest.remove(item);
        List<Failure> failures = p.failures;
        if (Boolean.FALSE.equals(well)) {
            failures = new ArrayList<>(failures);
            failures.add(new Failure(time, item));
            failures = List.copyOf(failures.subList(Math.max(0, failures.size() - FAILURES_KEPT), failures.size()));
        }
        Instant notBefore = p.notBefore;
        if (rest.isEmpty()) {
            open.remove(time);
            notBefore = now.plus(order.pause);
        } else {
            open.put(time, rest);
        }
        return with(new Progress(
                p.state,
                p.last,
                open,
                notBefore,
                p.timesDone + (rest.isEmpty() ? 1 : 0),
                p.itemsDone + (Boolean.TRUE.equals(well) ? 1 : 0),
                p.itemsFailed + (Boolean.FALSE.equals(well) ? 1 : 0),
                p.itemsGone + (well == null ? 1 : 0),
                failures,
                p.ended));
    }

    private JobRequest with(Progress progress) {
        return new JobRequest(id, order, progress);
    }

    // ---- text --------------------------------------------------------------------------------------------------

    /** As it stands in its node: one {@code key: value} per line. */
    public String text() {
        Map<String, Object> map = new TreeMap<>();
        map.put("kind", order.kind);
        map.put("asked", order.asked);
        if (order.parameter != null) {
            map.put("parameter", escape(order.parameter));
        }
        map.put("items", ranges(order.items));
        map.put("from", order.times.from);
        map.put("to", order.times.to);
        CronSchedule schedule = order.times.schedule;
        if (schedule != null) {
            map.put("cron", schedule.cron());
            map.put("zone", schedule.zone().getId());
            map.put("dst", schedule.dst());
        }
        map.put("step", order.times.step);
        map.put("total", order.total);
        map.put("atOnce", order.atOnce);
        map.put("pause", order.pause);
        map.put("state", progress.state);
        if (progress.last != null) {
            map.put("last", progress.last);
        }
        List<String> open = new ArrayList<>();
        progress.open.forEach((time, items) -> open.add(time + "=" + ranges(items)));
        map.put("open", String.join(";", open));
        map.put("notBefore", progress.notBefore);
        map.put("timesDone", progress.timesDone);
        map.put("itemsDone", progress.itemsDone);
        map.put("itemsFailed", progress.itemsFailed);
        map.put("itemsGone", progress.itemsGone);
        List<String> failures = new ArrayList<>();
        progress.failures.forEach(failure -> failures.add(failure.time + "=" + failure.item));
        map.put("failures", String.join(";", failures));
        if (progress.ended != null) {
            map.put("ended", progress.ended);
        }
        StringBuilder text = new StringBuilder();
        map.forEach((key, value) -> text.append(key).append(": ").append(value).append('\n'));
        return text.toString();
    }

    /** Reads a node's text; null when it is none of this kind. Keys that are not known are passed over. */
    public static @Nullable JobRequest read(String id, String text) {
        Map<String, String> map = new TreeMap<>();
        for (String line : text.split("\n", -1)) {
            int colon = line.indexOf(": ");
            if (colon > 0) {
                map.put(line.substring(0, colon), line.substring(colon + 2));
            }
        }
        try {
            String cron = map.get("cron");
            String parameter = map.get("parameter");
            String last = map.get("last");
            String ended = map.get("ended");
            NavigableMap<Instant, SortedSet<Integer>> open = new TreeMap<>();
            for (String[] pair : pairs(map, "open")) {
                open.put(Instant.parse(pair[0]), new TreeSet<>(items(pair[1])));
            }
            List<Failure> failures = new ArrayList<>();
            for (String[] pair : pairs(map, "failures")) {
                failures.add(new Failure(Instant.parse(pair[0]), Integer.parseInt(pair[1])));
            }
            return new JobRequest(
                    id,
                    new Order(
                            Kind.valueOf(value(map, "kind")),
                            Instant.parse(value(map, "asked")),
                            parameter == null ? null : unescape(parameter),
                            items(map.getOrDefault("items", "")),
                            new Times(
                                    Instant.parse(value(map, "from")),
                                    Instant.parse(value(map, "to")),
                                    cron == null
                                            ? null
                                            : CronSchedule.of(cron, value(map, "zone"), DstPolicy.of(map.get("dst"))),
                                    Duration.parse(value(map, "step"))),
                            Integer.parseInt(value(map, "total")),
                            Integer.parseInt(value(map, "atOnce")),
                            Duration.parse(value(map, "pause"))),
                    new Progress(
                            State.valueOf(value(map, "state")),
                            last == null ? null : Instant.parse(last),
                            open,
                            Instant.parse(value(map, "notBefore")),
                            Integer.parseInt(value(map, "timesDone")),
                            Long.parseLong(value(map, "itemsDone")),
                            Long.parseLong(value(map, "itemsFailed")),
                            Long.parseLong(value(map, "itemsGone")),
                            List.copyOf(failures),
                            ended == null ? null : Instant.parse(ended)));
        } catch (IllegalArgumentException | DateTimeException e) {
            return null;
        }
    }

    private static String value(Map<String, String> map, String key) {
        String value = map.get(key);
        if (value == null) {
            throw new IllegalArgumentException(key + ": absent");
        }
        return value;
    }

    private static List<String[]> pairs(Map<String, String> map, String key) {
        List<String[]> pairs = new ArrayList<>();
        for (String pair : map.getOrDefault(key, "").split(";", -1)) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                pairs.add(new String[] {pair.substring(0, equals), pair.substring(equals + 1)});
            }
        }
        return pairs;
    }

    /** {@code 0-3,7} for items in ascending order. */
    static String ranges(Collection<Integer> items) {
        StringBuilder text = new StringBuilder();
        List<Integer> sorted = List.copyOf(new TreeSet<>(items));
        for (int i = 0; i < sorted.size(); ) {
            int end = i;
            while (end + 1 < sorted.size() && sorted.get(end + 1) == sorted.get(end) + 1) {
                end++;
            }
            text.append(text.isEmpty() ? "" : ",").append(sorted.get(i));
            if (end > i) {
                text.append('-').append(sorted.get(end));
            }
            i = end + 1;
        }
        return text.toString();
    }

    private static List<Integer> items(String ranges) {
        List<Integer> items = new ArrayList<>();
        for (String range : ranges.isBlank() ? new String[0] : ranges.split(",", -1)) {
            int dash = range.indexOf('-');
            int from = Integer.parseInt(dash < 0 ? range : range.substring(0, dash));
            int to = dash < 0 ? from : Integer.parseInt(range.substring(dash + 1));
            for (int item = from; item <= to; item++) {
                items.add(item);
            }
        }
        return items;
    }

    private static String escape(String value) {
        return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
    }

    private static String unescape(String value) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '\\' && i + 1 < value.length()) {
                char next = value.charAt(++i);
                text.append(next == 'n' ? '\n' : next == 'r' ? '\r' : next);
            } else {
                text.append(c);
            }
        }
        return text.toString();
    }
}
