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
package io.carillon.testkit.simulation;

import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.history.Decision;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.model.WhyNot;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Why firings were not run: what the engines have recorded themselves, and what was wrong with the instances whose item it
 * was. Nothing excuses a firing but what befell its own owners, its own job or its own item. One thread at a time.
 */
final class ObservedReasons implements FiringReasons {

    /** For reasons that hold for every job. */
    static final String ANY = "";

    private static final int ALL = -1;

    /** How long after its planned time a firing may be lost with its owner: by then it has been claimed, or waits. */
    private static final Duration REACH = Duration.ofSeconds(2);

    /** How long it takes to hear that nobody is waited for any more. */
    static final Duration TOLD = Duration.ofMillis(100);

    /** A clock that is set wrong is so by less than this. */
    private static final Duration SHORTLY = Duration.ofSeconds(13);

    private final Duration tolerance;
    private final List<Interval> intervals = new ArrayList<>();
    private final Map<Firing, Owners> owed = new HashMap<>();
    private final Map<Firing, Instant> waited = new HashMap<>();
    private final Set<Firing> interrupted = new HashSet<>();
    private final List<Tenure> tenures = new ArrayList<>();
    private final Map<String, Map<UUID, Recorded>> recorded = new HashMap<>();

    private record Firing(String job, int item, Instant scheduledTime) {}

    /** Whose an item was while a firing of it was owed, in order, and shortly before; whether it was anybody's then. */
    private record Owners(Set<String> ids, Set<String> former, boolean justCame, boolean dealt) {}

    private record Tenure(String job, int item, String owner, Instant to) {}

    /** What an engine has recorded, by its own clock, and when it last did, in true time. */
    private record Recorded(Decision decision, Instant at) {}

    /** An interval; open until it is told when it ends. */
    static final class Interval {
        private final String job;
        private final int item;
        /** Only for firings of items that this instance, or an instance of this address, owns; empty: of any. */
        private final String owner;

        private final Instant from;
        private final String reason;
        private Instant to = Instant.MAX;
        private boolean ofFormer;
        /** Whether it also holds for what was due before and still waits when it begins. */
        private boolean ofWaiting;
        /** The same, but only as long as its owner has recorded that it waits. */
        private boolean ofRecordedWait;

        private Interval(String job, int item, String owner, Instant from, String reason) {
            this.job = job;
            this.item = item;
            this.owner = owner;
            this.from = from;
            this.reason = reason;
            this.ofWaiting = !owner.isEmpty();
        }

        void ends(Instant at) {
            to = at;
        }

        /** It holds for those items, too, that the instance had owned shortly before. */
        Interval alsoOfFormerOwners() {
            ofFormer = true;
            return this;
        }

        private boolean isAbout(Owners owners) {
            return owner.isEmpty()
                    || owners.ids.contains(owner)
                    || owners.ids.stream().anyMatch(id -> owner.equals(JobPaths.ipOf(id)))
                    || (ofFormer && owners.former.contains(owner));
        }
    }

    /** @param tolerance how far the clocks of hosts may be beside the true time, unless they jump */
    ObservedReasons(Duration tolerance) {
        this.tolerance = tolerance.plusMillis(20);
    }

    /** Begins an interval in which something is wrong with an instance, or with the server of that address for a job. */
    Interval beginOwner(String job, String owner, Instant from, String reason) {
        return add(new Interval(job, ALL, owner, from, reason));
    }

    /** Begins an interval for one item. */
    Interval beginItem(String job, int item, Instant from, String reason) {
        return add(new Interval(job, item, "", from, reason));
    }

    /** From now on a number is no item: it holds for what is due later, and for what still waits, as its owner has recorded. */
    Interval noItem(String job, int item, Instant from) {
        Interval gone = beginItem(job, item, from, "it is no item any more");
        gone.ofRecordedWait = true;
        return gone;
    }

    /** Begins an interval of a whole job. */
    Interval beginJob(String job, Instant from, String reason) {
        Interval whole = new Interval(job, ALL, "", from, reason);
        whole.ofWaiting = true;
        return add(whole);
    }

    /** An interval of a whole job that is known as a whole. */
    void during(String job, Instant from, Instant to, String reason) {
        add(new Interval(job, ALL, "", from, reason)).ends(to);
    }

    private Interval add(Interval interval) {
        intervals.add(interval);
        return interval;
    }

    /** An engine has recorded why a firing does not run there, or waits. */
    void decided(Decision decision, Instant now) {
        recorded.computeIfAbsent(decision.jobName() + " " + decision.instance(), key -> new LinkedHashMap<>())
                .put(decision.id(), new Recorded(decision, now));
    }

    /** A run has ended; of interest are those whose user code was never called. */
    void ended(RunRecord record) {
        if (record.outcome() == RunRecord.Outcome.INTERRUPTED) {
            interrupted.add(new Firing(record.jobName(), record.shardingItem(), record.scheduledTime()));
        }
    }

    /** Notes whose item it is when a firing is due. */
    void due(String job, int item, Instant scheduledTime, @Nullable String owner) {
        Set<String> ids = new LinkedHashSet<>();
        if (owner != null) {
            ids.add(owner);
        }
        Set<String> former = new HashSet<>();
        boolean justCame = false;
        tenures.removeIf(tenure -> tenure.to.isBefore(scheduledTime.minus(SHORTLY.multipliedBy(4))));
        for (Tenure tenure : tenures) {
            if (tenure.job.equals(job) && tenure.item == item) {
                former.add(tenure.owner);
                // the new owner's clock may be so far ahead that it had fired before the item came
                justCame |= tenure.to.isAfter(scheduledTime.minus(tolerance.multipliedBy(2)));
            }
        }
        owed.put(new Firing(job, item, scheduledTime), new Owners(ids, former, justCame, owner != null));
    }

    /** An item has another owner from now on. */
    void owned(String job, int item, @Nullable String before, String owner, Instant now) {
        tenures.add(new Tenure(job, item, before == null ? "" : before, now));
        owed.forEach((firing, owners) -> {
            if (firing.job.equals(job) && firing.item == item) {
                owners.ids.add(owner);
            }
        });
    }

    /** Whose item it was when a firing was due, and afterwards. */
    Set<String> ownersOf(String job, int item, Instant scheduledTime) {
        Owners owners = owed.get(new Firing(job, item, scheduledTime));
        return owners == null ? Set.of() : owners.ids;
    }

    /** A firing of an item, which its owner had begun, waited up to now. */
    void waited(String job, int item, Instant scheduledTime, Instant now) {
        waited.put(new Firing(job, item, scheduledTime), now);
    }

    /** How long after its planned time it could be lost with its owner: as long as it waited. */
    private Instant reachOf(String job, int item, Instant scheduledTime, Duration least) {
        Instant reach = scheduledTime.plus(least);
        Instant met = waited.get(new Firing(job, item, scheduledTime));
        if (met != null && met.plus(TOLD).isAfter(reach)) {
            reach = met.plus(TOLD);
        }
        Recorded waiting = find(job, item, scheduledTime, WhyNot.Kind.WAITING, false);
        if (waiting != null && waiting.at.isAfter(reach)) {
            reach = waiting.at;
        }
        return reach;
    }

    /** Forgets a firing, and what ended long before. */
    void forget(String job, int item, Instant scheduledTime) {
        owed.remove(new Firing(job, item, scheduledTime));
        waited.remove(new Firing(job, item, scheduledTime));
        Instant before = scheduledTime.minus(tolerance).minusSeconds(15);
        intervals.removeIf(interval -> interval.to.isBefore(before));
    }

    /** From now on nothing excuses but what the engines say themselves, and what is switched off. */
    void calm(Instant now) {
        for (Interval interval : intervals) {
            if (interval.item == ALL && interval.to.isAfter(now)) {
                interval.to = now;
            }
        }
    }

    /** Whether an owner has recorded that a firing still waits there. */
    boolean isWaiting(String job, int item, Instant scheduledTime) {
        return find(job, item, scheduledTime, WhyNot.Kind.WAITING, true) != null;
    }

    private @Nullable Recorded find(String job, int item, Instant scheduledTime, WhyNot.Kind kind, boolean onlyOpen) {
        for (String owner : ownersOf(job, item, scheduledTime)) {
            for (Recorded each :
                    recorded.getOrDefault(job + " " + owner, Map.of()).values()) {
                Decision decision = each.decision;
                if ((decision.item() == ALL || decision.item() == item)
                        && decision.reason().kind() == kind
                        && !(onlyOpen && decision.ended())
                        && !scheduledTime.isBefore(decision.firstDue())
                        && (!decision.ended() || !scheduledTime.isAfter(decision.lastDue()))) {
                    return each;
                }
            }
        }
        return null;
    }

    @Override
    public @Nullable String whyNot(String job, int item, Instant scheduledTime) {
        Owners owners = owed.get(new Firing(job, item, scheduledTime));
        if (owners == null) {
            return null;
        }
        Recorded passed = find(job, item, scheduledTime, WhyNot.Kind.PASSED, false);
        if (passed != null) {
            return "recorded by its owner: " + passed.decision.reason();
        }
        if (interrupted.contains(new Firing(job, item, scheduledTime))) {
            return "recorded by its owner: the run was interrupted before it began";
        }
        Instant from = scheduledTime.minus(tolerance);
        Instant to = scheduledTime.plus(tolerance);
        Instant reach = reachOf(job, item, scheduledTime, REACH);
        Instant waited = reachOf(job, item, scheduledTime, tolerance);
        for (Interval interval : intervals) {
            if ((interval.job.equals(ANY) || interval.job.equals(job))
                    && (interval.item == ALL || interval.item == item)
                    && interval.isAbout(owners)
                    && !interval.from.isAfter(interval.ofWaiting ? reach : interval.ofRecordedWait ? waited : to)
                    && !interval.to.isBefore(from)) {
                return interval.reason;
            }
        }
        if (!owners.dealt) {
            return "the item had not been dealt to anybody";
        }
        return owners.ids.size() > 1 || owners.justCame ? "the item changed hands just then" : null;
    }
}
