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

import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.Answer;
import io.carillon.jobs.coordination.Registry.Change;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.ReadResult;
import io.carillon.launcher.SystemTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Watches a job's tree and judges its firings, one by one: each item must have run once; what is missing needs an excuse
 * that names whose item it was, and why and when. With a firing each second. Thread-safe.
 */
final class MixedFigures implements Registry.Watcher {

    /**
     * Why an item may be missing from the firings of a time, in milliseconds since 1970, both ends included.
     *
     * @param owner whose items may be missing; empty: anybody's
     */
    record Excuse(String why, String owner, long from, long until) {

        boolean covers(long second, Set<String> owners) {
            long start = second * 1_000;
            return from <= start + 999 && start <= until && (owner.isEmpty() || owners.contains(owner));
        }
    }

    /** A time in which a process did not get the processor. */
    record Stall(String name, long from, long until) {}

    private record Happening(long at, String what) {}

    /**
     * What the firings came to.
     *
     * @param faults what nothing excuses
     * @param table for people
     */
    record Report(int firings, int once, int twice, int never, List<String> faults, String table) {}

    private final Registry registry;
    private final JobPaths paths;
    private final int items;
    private final List<Happening> happenings = new ArrayList<>();
    private final List<Excuse> excuses = new ArrayList<>();
    private final Map<String, Long> appeared = new TreeMap<>();
    private final Map<String, Long> vanished = new TreeMap<>();
    /** The owners of all items, from a moment on. */
    private final TreeMap<Long, List<String>> owners = new TreeMap<>();

    MixedFigures(Registry registry, JobPaths paths, int items) {
        this.registry = registry;
        this.paths = paths;
        this.items = items;
    }

    void follow() {
        registry.watch(paths.root(), this, () -> {});
    }

    // ---- what happens ------------------------------------------------------------------------------------------

    @Override
    public void changed(Change change) {
        long now = SystemTime.now().toEpochMilli();
        String path = change.path();
        synchronized (this) {
            if (path.startsWith(paths.instances() + "/")) {
                String id = path.substring(paths.instances().length() + 1);
                if (change.kind() == Change.Kind.CREATED) {
                    appeared.put(id, now);
                } else if (change.kind() == Change.Kind.DELETED) {
                    vanished.put(id, now);
                }
            }
        }
        if (path.startsWith(paths.sharding() + "/") && path.endsWith("/instance")) {
            readOwners();
        }
    }

    @Override
    public void resync() {
        happened("the connection of this watch was lost");
        readOwners();
    }

    private void readOwners() {
        List<Read> reads = new ArrayList<>();
        for (int item = 0; item < items; item++) {
            reads.add(new Read.Get(paths.owner(item)));
        }
        registry.read(reads, result -> {
            if (result instanceof ReadResult.Values values) {
                List<String> now = values.answers().stream()
                        .map(answer -> answer instanceof Answer.Found found
                                ? found.node().data()
                                : "")
                        .toList();
                synchronized (this) {
                    owners.put(SystemTime.now().toEpochMilli(), now);
                }
            }
        });
    }

    synchronized void happened(String what) {
        happenings.add(new Happening(SystemTime.now().toEpochMilli(), what));
    }

    synchronized void excuse(Excuse excuse) {
        excuses.add(excuse);
    }

    /** When an instance's node was seen to appear or, with {@code gone}, to vanish; null: not yet. */
    synchronized @Nullable Long seen(String id, boolean gone) {
        return (gone ? vanished : appeared).get(id);
    }

    private Set<String> ownersIn(long second, int item) {
        Set<String> found = new TreeSet<>();
        Map.Entry<Long, List<String>> before = owners.floorEntry(second * 1_000 - 50);
        if (before != null) {
            found.add(before.getValue().get(item));
        }
        owners.subMap(second * 1_000 - 50, true, second * 1_000 + 999, true)
                .values()
                .forEach(then -> found.add(then.get(item)));
        found.remove("");
        return found;
    }

    // ---- what it came to ---------------------------------------------------------------------------------------

    /**
     * Judges the firings from a second to another, both included.
     *
     * @param firings second, item, instances that ran it
     * @param name the name of an instance for its id
     */
    synchronized Report judge(
            String title,
            long from,
            long until,
            Map<Long, Map<Integer, List<String>>> firings,
            List<Stall> stalls,
            Map<String, String> name) {
        int once = 0;
        int twice = 0;
        int never = 0;
        int whole = 0;
        List<String> faults = new ArrayList<>();
        List<Happening> lines = new ArrayList<>(happenings);
        for (long second = from; second <= until; second++) {
            Map<Integer, List<String>> runs = firings.getOrDefault(second, Map.of());
            Map<String, List<String>> missing = new TreeMap<>();
            List<String> doubled = new ArrayList<>();
            for (int item = 0; item < items; item++) {
                List<String> runners = runs.getOrDefault(item, List.of());
                if (runners.size() == 1) {
                    once++;
                } else if (runners.isEmpty()) {
                    never++;
                    Set<String> whose = ownersIn(second, item);
                    missing.computeIfAbsent(excuseOf(second, whose, stalls), any -> new ArrayList<>())
                            .add(item + " of " + names(whose, name));
                } else {
                    twice++;
                    doubled.add(item + " by " + runners);
                }
            }
            whole += missing.isEmpty() && doubled.isEmpty() ? 1 : 0;
            for (Map.Entry<String, List<String>> entry : missing.entrySet()) {
                String line = "NEVER " + entry.getValue() + (entry.getKey().isEmpty() ? "" : ": " + entry.getKey());
                lines.add(new Happening(second * 1_000, line));
                if (entry.getKey().isEmpty()) {
                    faults.add(second + " " + line + " " + runs);
                }
            }
            if (!doubled.isEmpty()) {
                String stall = stallIn(second, stalls);
                String line = "TWICE " + doubled + (stall.isEmpty() ? "" : ": " + stall);
                lines.add(new Happening(second * 1_000, line));
                if (stall.isEmpty()) {
                    faults.add(second + " " + line + " " + runs);
                }
            }
        }
        int watched = (int) (until - from + 1);
        StringBuilder table = new StringBuilder();
        table.append(String.format(
                Locale.ROOT,
                "%s: %d firings watched, %d whole; of %d items %d once, %d twice, %d never; %d faults, %d stalls%n",
                title,
                watched,
                whole,
                watched * items,
                once,
                twice,
                never,
                faults.size(),
                stalls.size()));
        lines.stream()
                .sorted(java.util.Comparator.comparingLong(Happening::at))
                .forEach(line -> table.append(String.format(
                        Locale.ROOT, "  %8.3f s  %s%n", (line.at() - from * 1_000) / 1_000.0, line.what())));
        stalls.forEach(stall -> table.append(String.format(
                Locale.ROOT,
                "  %8.3f s  STALL of %s, %d ms%n",
                (stall.from() - from * 1_000) / 1_000.0,
                stall.name(),
                stall.until() - stall.from())));
        return new Report(watched, once, twice, never, faults, table.toString());
    }

    private String excuseOf(long second, Set<String> whose, List<Stall> stalls) {
        return excuses.stream()
                .filter(excuse -> excuse.covers(second, whose))
                .map(Excuse::why)
                .findFirst()
                .orElseGet(() -> stallIn(second, stalls));
    }

    /** A stall that a run can be late for into the next firing, or too late for the deal. */
    private static String stallIn(long second, List<Stall> stalls) {
        return stalls.stream()
                .filter(stall -> stall.from() <= second * 1_000 + 999 && stall.until() >= second * 1_000 - 500)
                .findFirst()
                .map(stall ->
                        "the machine held " + stall.name() + " back for " + (stall.until() - stall.from()) + " ms")
                .orElse("");
    }

    private static Set<String> names(Set<String> ids, Map<String, String> name) {
        Set<String> names = new TreeSet<>();
        ids.forEach(id -> names.add(Objects.requireNonNullElse(name.get(id), id)));
        return names;
    }
}
