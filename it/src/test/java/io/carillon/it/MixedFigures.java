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

    /** From one moment to another, in milliseconds since 1970. */
    private record Span(long from, long until) {}

    private static final int REQUEST = -1;

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
    private final List<Excuse> starts = new ArrayList<>();
    private final Map<String, Long> appeared = new TreeMap<>();
    private final Map<String, Long> vanished = new TreeMap<>();
    /** The owners of all items, from a moment on. */
    private final TreeMap<Long, List<String>> owners = new TreeMap<>();
    /** Who leads, from a moment on. */
    private final TreeMap<Long, String> leaders = new TreeMap<>();
    /** When a {@code running} mark, or the request to deal, came and went; by item, -1 for the request. */
    private final Map<Integer, List<Span>> spans = new TreeMap<>();

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
            if (path.startsWith(paths.sharding() + "/") && path.endsWith("/running")) {
                String[] parts = path.split("/");
                comesOrGoes(Integer.parseInt(parts[parts.length - 2]), change.kind(), now);
            } else if (path.equals(paths.necessary())) {
                comesOrGoes(REQUEST, change.kind(), now);
            }
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
        } else if (path.equals(paths.leaderInstance()) && change.kind() == Change.Kind.CREATED) {
            readLeader();
        }
    }

    private void comesOrGoes(int what, Change.Kind kind, long now) {
        List<Span> known = spans.computeIfAbsent(what, any -> new ArrayList<>());
        int last = known.size() - 1;
        if (kind == Change.Kind.CREATED) {
            known.add(new Span(now, Long.MAX_VALUE));
        } else if (kind == Change.Kind.DELETED && last >= 0) {
            known.set(last, new Span(known.get(last).from(), now));
        }
    }

    @Override
    public void resync() {
        happened("the connection of this watch was lost");
        readOwners();
    }

    private void readLeader() {
        long now = SystemTime.now().toEpochMilli();
        registry.read(List.of(new Read.Get(paths.leaderInstance())), result -> {
            if (result instanceof ReadResult.Values values && values.answers().get(0) instanceof Answer.Found found) {
                synchronized (this) {
                    leaders.put(now, found.node().data());
                }
            }
        });
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

    /** An instance of ElasticJob's was started: its items may be missing until it has begun its first firing. */
    synchronized void started(String name, String id, long registered, long ready) {
        starts.add(new Excuse(name + " had registered and did not fire yet", id, registered, ready));
    }

    private List<Excuse> excusesOfStarts() {
        List<Excuse> all = new ArrayList<>();
        for (Excuse start : starts) {
            long first = Long.MAX_VALUE;
            for (int item = 0; item < items; item++) {
                for (Span span : spans.getOrDefault(item, List.of())) {
                    if (span.from() > start.from()
                            && ownersIn(span.from() / 1_000, item).contains(start.owner())) {
                        first = Math.min(first, span.from());
                    }
                }
            }
            long until = first == Long.MAX_VALUE ? start.until() : Math.max(first, start.until());
            all.add(new Excuse(start.why(), start.owner(), start.from(), until));
        }
        return all;
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
        excuses.addAll(excusesOfStarts());
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
                    missing.computeIfAbsent(excuseOf(second, whose, stalls, name), any -> new ArrayList<>())
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
                    lines.add(new Happening(second * 1_000, "    seen:" + seenAround(second)));
                }
            }
            if (!doubled.isEmpty()) {
                String excuse = excuseOfTwice(second, runs, stalls, name);
                String line = "TWICE " + doubled + (excuse.isEmpty() ? "" : ": " + excuse);
                lines.add(new Happening(second * 1_000, line));
                if (excuse.isEmpty()) {
                    faults.add(second + " " + line + " " + runs);
                    lines.add(new Happening(second * 1_000, "    seen:" + seenAround(second)));
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

    private String seenAround(long second) {
        StringBuilder text = new StringBuilder();
        spans.forEach((what, known) -> known.stream()
                .filter(span -> span.from() < second * 1_000 + 2_000 && span.until() > second * 1_000 - 1_000)
                .forEach(span -> text.append(what == REQUEST ? " request " : " " + what + " ran ")
                        .append(span.from() - second * 1_000)
                        .append("..")
                        .append(span.until() == Long.MAX_VALUE ? "" : "" + (span.until() - second * 1_000))
                        .append(" ms,")));
        return text.toString();
    }

    private String excuseOf(long second, Set<String> whose, List<Stall> stalls, Map<String, String> name) {
        for (Excuse excuse : excuses) {
            if (excuse.covers(second, whose)) {
                return excuse.why();
            }
        }
        String stall = stallIn(second, stalls);
        if (!stall.isEmpty()) {
            return stall;
        }
        for (String id : whose) {
            if (isElasticJobs(id, name)) {
                String slow = slowness(id, second, name);
                if (!slow.isEmpty()) {
                    return slow;
                }
            } else if (wasHeldUp(id, second)) {
                return name.get(id) + " was at the firing before, which had to wait for a deal";
            }
        }
        return requestOfElasticJob(second, name);
    }

    /** ElasticJob tells no scheduled time: a run that begins after the next second did counts for that. */
    private String excuseOfTwice(
            long second, Map<Integer, List<String>> runs, List<Stall> stalls, Map<String, String> name) {
        for (int item = 0; item < items; item++) {
            List<String> runners = runs.getOrDefault(item, List.of());
            if (runners.size() > 1) {
                Set<String> distinct = new TreeSet<>(runners);
                boolean own = runners.size() == 2
                        && distinct.size() == 1
                        && runners.get(0).startsWith("e");
                String id = own ? idOf(runners.get(0), second, item, name) : "";
                if (id.isEmpty() || slowness(id, second - 1, name).isEmpty()) {
                    return stallIn(second, stalls);
                }
            }
        }
        return "an instance of ElasticJob's ran the firing before so late that it counts for this one";
    }

    private String idOf(String runner, long second, int item, Map<String, String> name) {
        return ownersIn(second, item).stream()
                .filter(id -> runner.equals(name.get(id)))
                .findFirst()
                .orElse("");
    }

    private static boolean isElasticJobs(String id, Map<String, String> name) {
        return name.getOrDefault(id, "").startsWith("e");
    }

    /**
     * Whether an instance of ElasticJob's shows by its own {@code running} marks that it was still at the firing before (then
     * its scheduler lets this one go), or began this one so late that its runs count for the next second, or did nothing in
     * this second although nothing was dealt or asked for around it.
     */
    private String slowness(String id, long second, Map<String, String> name) {
        long start = second * 1_000;
        boolean idle = owners.subMap(start - 1_000, start + 1_000).isEmpty()
                && spans.getOrDefault(REQUEST, List.of()).stream()
                        .noneMatch(span -> span.from() < start + 1_000 && span.until() > start - 200);
        for (int item = 0; item < items; item++) {
            boolean its = ownersIn(second, item).contains(id)
                    || ownersIn(second - 1, item).contains(id);
            for (Span span : its ? spans.getOrDefault(item, List.of()) : List.<Span>of()) {
                if (span.from() < start && span.until() > start - 250) {
                    return name.get(id) + " was at the firing before for " + (span.until() - start + 1_000) + " ms";
                }
                if (span.from() >= start + 500 && span.from() < start + 1_000) {
                    return name.get(id) + " began " + (span.from() - start) + " ms late";
                }
                idle &= span.from() >= start + 1_000 || span.until() <= start;
            }
        }
        return idle ? name.get(id) + " owned its items for more than 1 s and did not begin this firing" : "";
    }

    /**
     * Whether an instance of ours was at the firing before when this one came due (with misfire off it lets it go), because
     * the items of that were dealt while it waited, and it then took the rest of its second: there is no work to do in it,
     * so that is the machine's doing.
     */
    private boolean wasHeldUp(String id, long second) {
        long start = second * 1_000;
        boolean late = spans.getOrDefault(REQUEST, List.of()).stream()
                .anyMatch(span -> span.from() < start - 1_000 && span.until() > start - 1_000 && span.until() <= start);
        for (int item = 0; late && item < items; item++) {
            if (ownersIn(second, item).contains(id)
                    && spans.getOrDefault(item, List.of()).stream()
                            .anyMatch(span -> span.from() < start && span.until() > start)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether a leader of ElasticJob's asked for a deal while the firing began (some have begun by then and run, others
     * wait for the deal, which comes with the leader's next firing), or had not dealt half a second after it began.
     */
    private String requestOfElasticJob(long second, Map<String, String> name) {
        long start = second * 1_000;
        for (Span span : spans.getOrDefault(REQUEST, List.of())) {
            Map.Entry<Long, String> leader = leaders.floorEntry(span.from());
            if (leader == null
                    || !isElasticJobs(leader.getValue(), name)
                    || span.from() >= start + 1_000
                    || span.until() <= start) {
                continue;
            }
            long intoItsSecond = Math.floorMod(span.from(), 1_000);
            if (intoItsSecond < 500 || intoItsSecond >= 800 || span.until() > start + 500) {
                return "the leader " + name.get(leader.getValue()) + " asked for a deal at " + (span.from() - start)
                        + " ms and dealt at "
                        + (span.until() == Long.MAX_VALUE ? "no time" : (span.until() - start) + " ms");
            }
        }
        return "";
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
