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
package io.carillon.jobs.coordination;

import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.Write;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Which planned time each item was claimed for last, so that an item that changes hands is not run twice for one time: its
 * former owner may have run it a moment before the deal, while its new owner waited for the deal, or has a slower clock.
 *
 * <p>Each claim leaves a note of its instance: the planned time and the items. Who deals reads the notes and writes what they
 * say into {@code deal} itself, in the commit that is refused when anyone claimed meanwhile; and every claim is refused
 * unless its instance knows the newest deal. So a new owner knows all that was claimed before the item became its own.
 * Immutable.
 */
public final class LastFirings {

    /** How far the clocks of two instances may be apart: a later time than this beyond the planned one is an error. */
    private static final Duration CLOCKS_APART = Duration.ofMinutes(1);

    /** No job has more; what is written by others is not believed beyond. */
    private static final int MOST_ITEMS = 10_000;

    private final Map<Integer, Instant> byItem;

    private LastFirings(Map<Integer, Instant> byItem) {
        this.byItem = byItem;
    }

    /** What the newest deal says that this instance knows of. */
    public static LastFirings dealt(JobTree tree) {
        Map<Integer, Instant> byItem = new TreeMap<>();
        String deal = tree.data(tree.paths().deal());
        if (deal != null) {
            deal.lines().skip(1).forEach(line -> takeLine(line, byItem));
        }
        return new LastFirings(byItem);
    }

    /** What the newest deal says, and what this instance has claimed since: its clock may have been set back meanwhile. */
    private static LastFirings known(JobTree tree, Member me) {
        Map<Integer, Instant> byItem = new TreeMap<>(dealt(tree).byItem);
        String note = tree.data(tree.paths().claimOf(me.id()));
        if (note != null) {
            take(note, byItem);
        }
        return new LastFirings(byItem);
    }

    private static void take(String note, Map<Integer, Instant> byItem) {
        note.lines().forEach(line -> takeLine(line, byItem));
    }

    private static void takeLine(String note, Map<Integer, Instant> byItem) {
        int space = note.indexOf(' ');
        if (space < 0) {
            return;
        }
        try {
            Instant at = Instant.parse(note.substring(0, space));
            forEach(
                    note.substring(space + 1),
                    item -> byItem.merge(item, at, (one, other) -> one.isAfter(other) ? one : other));
        } catch (DateTimeParseException | NumberFormatException e) {
            // not written by an engine: such a note says nothing
            return;
        }
    }

    /** The latest planned time that an instance's note speaks of; null when it says nothing. */
    public static @Nullable Instant latest(String note) {
        Map<Integer, Instant> byItem = new TreeMap<>();
        take(note, byItem);
        return byItem.values().stream().max(Comparator.naturalOrder()).orElse(null);
    }

    /** Whether an item was claimed for a planned time, or for a later one. */
    boolean had(int item, Instant plannedTime) {
        Instant last = byItem.get(item);
        return last != null && !last.isBefore(plannedTime) && last.isBefore(plannedTime.plus(CLOCKS_APART));
    }

    // ---- claiming ----------------------------------------------------------------------------------------------

    /**
     * A claim without the items that were claimed for its planned time already, and with its note.
     *
     * @param plannedTime null for what has none, such as a trigger: then the claim stays as it is
     */
    public static ClaimItems.Claim once(
            ClaimItems.Claim claim, JobTree tree, Member me, @Nullable Instant plannedTime) {
        if (plannedTime == null || claim.items().isEmpty()) {
            return claim;
        }
        JobPaths paths = tree.paths();
        LastFirings known = known(tree, me);
        List<Integer> items = claim.items().stream()
                .filter(item -> !known.had(item, plannedTime))
                .toList();
        if (items.isEmpty()) {
            // a trigger that is there is answered by the firing that was
            return new ClaimItems.Claim(
                    items,
                    claim.writes().stream()
                            .filter(Write.Delete.class::isInstance)
                            .toList(),
                    List.of());
        }
        List<Write> writes = new ArrayList<>(claim.writes());
        for (int item : claim.items()) {
            if (!items.contains(item)) {
                writes.removeIf(write -> write.path().equals(paths.running(item)));
            }
        }
        String note = plannedTime + " " + ranges(items) + others(tree, me, items, plannedTime);
        writes.addAll(new Writes(tree).put(paths.claimOf(me.id()), note).list());
        return new ClaimItems.Claim(items, writes, claim.afterwards());
    }

    /** What the note said of items that are not claimed now, as when one is switched off: as long as it can matter. */
    private static String others(JobTree tree, Member me, List<Integer> claimed, Instant plannedTime) {
        String before = tree.data(tree.paths().claimOf(me.id()));
        if (before == null) {
            return "";
        }
        Map<Integer, Instant> byItem = new TreeMap<>();
        take(before, byItem);
        claimed.forEach(byItem::remove);
        byItem.values().removeIf(at -> at.plus(CLOCKS_APART).isBefore(plannedTime));
        return lines(byItem);
    }

    /**
     * Takes a claim's note back, because its items are given back before any of them ran: they are owed for that time still.
     *
     * @param before the note before the claim, or null
     */
    public static List<Write> takeBack(JobTree tree, Member me, @Nullable String before) {
        String path = tree.paths().claimOf(me.id());
        Writes writes = new Writes(tree);
        // a deal whose maker has read the note is refused
        writes.set(tree.paths().claim(), me.id() + " gives back", -1);
        return (before == null ? writes.deleteIfExists(path) : writes.put(path, before)).list();
    }

    // ---- dealing -----------------------------------------------------------------------------------------------

    /** The notes, to be read when {@link Reshard#reads} has told which there are. */
    public static List<Read> reads(JobTree tree) {
        JobPaths paths = tree.paths();
        return tree.children(paths.claims()).stream()
                .<Read>map(id -> new Read.Get(paths.claimOf(id)))
                .toList();
    }

    /** What a deal says: who dealt, and what the notes and the deal before it said. */
    static String carried(JobTree tree, Member me) {
        Map<Integer, Instant> byItem = new TreeMap<>(dealt(tree).byItem);
        for (String id : tree.children(tree.paths().claims())) {
            String note = tree.data(tree.paths().claimOf(id));
            if (note != null) {
                take(note, byItem);
            }
        }
        return me.id() + lines(byItem);
    }

    /** A line for each time, each after a line break. */
    private static String lines(Map<Integer, Instant> byItem) {
        Map<Instant, List<Integer>> byTime = new TreeMap<>();
        byItem.forEach((item, at) ->
                byTime.computeIfAbsent(at, ignored -> new ArrayList<>()).add(item));
        StringBuilder text = new StringBuilder();
        byTime.forEach((at, items) -> text.append('\n').append(at).append(' ').append(ranges(items)));
        return text.toString();
    }

    /** The same deal under another name. */
    static String renamed(JobTree tree, Member me) {
        String deal = tree.data(tree.paths().deal());
        int rest = deal == null ? -1 : deal.indexOf('\n');
        return deal == null || rest < 0 ? me.id() : me.id() + deal.substring(rest);
    }

    /** The notes of instances that have gone; nobody needs them when a deal says what they said. */
    static List<String> stale(JobTree tree) {
        return tree.children(tree.paths().claims()).stream()
                .filter(id -> !tree.isOnline(id))
                .map(tree.paths()::claimOf)
                .toList();
    }

    /** The items of {@code 0-3,5}. */
    static void forEach(String ranges, IntConsumer take) {
        for (String range : ranges.split(",", -1)) {
            int dash = range.indexOf('-');
            int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash));
            int last = dash < 0 ? first : Integer.parseInt(range.substring(dash + 1));
            for (int item = first; item <= Math.min(last, MOST_ITEMS); item++) {
                take.accept(item);
            }
        }
    }

    /** {@code 0-3,5}: the items in ascending order. */
    static String ranges(Collection<Integer> items) {
        StringBuilder text = new StringBuilder();
        int first = -1;
        int last = -2;
        for (int item : new TreeSet<>(items)) {
            if (item != last + 1) {
                append(text, first, last);
                first = item;
            }
            last = item;
        }
        append(text, first, last);
        return text.toString();
    }

    private static void append(StringBuilder text, int first, int last) {
        if (first >= 0) {
            text.append(text.isEmpty() ? "" : ",").append(first).append(first == last ? "" : "-" + last);
        }
    }
}
