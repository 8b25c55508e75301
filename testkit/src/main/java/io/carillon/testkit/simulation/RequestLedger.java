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

import io.carillon.jobs.execution.ItemRun;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.history.RunRecord.Outcome;
import io.carillon.jobs.requests.JobRequest;
import io.carillon.jobs.requests.JobRequest.State;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * Keeps account of what was asked of the jobs: each item of each business time is run, under the request's own parameter, and
 * put down as done only then. One thread at a time.
 */
final class RequestLedger {

    private final EngineSimulation simulation;
    private final Map<String, Asked> byId = new HashMap<>();
    private final Map<Claimed, String> claims = new HashMap<>();
    private long seen = -1;
    private int runs;
    private int again;

    private record Claimed(String job, long fence) {}

    private record Part(Instant time, int item) {}

    /** What is known of a run of a part. */
    private static final class Seen {
        private final SimulatedHost host;
        private final ItemRun run;
        private final Instant at;
        private boolean done;

        private Seen(SimulatedHost host, ItemRun run, Instant at) {
            this.host = host;
            this.run = run;
            this.at = at;
        }
    }

    private static final class Asked {
        private final SimulatedJob job;
        private final String parameter;
        private final Map<Part, Seen> parts = new HashMap<>();
        private final Map<Part, Integer> begun = new HashMap<>();
        /** Interrupted by command before they had begun. */
        private final Set<Part> stopped = new HashSet<>();

        private @Nullable String text;
        private @Nullable JobRequest last;
        private boolean cancelled;
        private boolean calm;
        private boolean over;

        private Asked(SimulatedJob job, String parameter) {
            this.job = job;
            this.parameter = parameter;
        }
    }

    RequestLedger(EngineSimulation simulation) {
        this.simulation = simulation;
    }

    int runs() {
        return runs;
    }

    /** How many were run a second time, because the claim of the first was lost. */
    int again() {
        return again;
    }

    // ---- told by hosts and faults ------------------------------------------------------------------------------

    /** @param calm whether it is asked when nothing disturbs it */
    void asked(SimulatedJob job, String id, String parameter, boolean calm) {
        Asked asked = new Asked(job, parameter);
        asked.calm = calm;
        byId.put(id, asked);
        seen = -1;
    }

    void cancelled(String id) {
        Asked asked = byId.get(id);
        if (asked != null) {
            asked.cancelled = true;
        }
    }

    /** A claim of items of a request was committed. */
    void claimed(String job, long fence, String id) {
        claims.put(new Claimed(job, fence), id);
    }

    private @Nullable Asked of(String job, long fence) {
        String id = claims.get(new Claimed(job, fence));
        return id == null ? null : byId.get(id);
    }

    /** Whether a run is one of a request. */
    boolean isOfRequest(ItemRun run) {
        return claims.containsKey(new Claimed(
                run.order().configuration().getJobName(), run.order().claim().fence()));
    }

    void begins(SimulatedHost host, ItemRun run) {
        Asked asked =
                of(run.order().configuration().getJobName(), run.order().claim().fence());
        if (asked == null) {
            return;
        }
        if (!asked.parameter.equals(run.order().configuration().getJobParameter())) {
            simulation.fail(Invariants.text(run) + " has parameter '"
                    + run.order().configuration().getJobParameter() + "' (expected: '" + asked.parameter + "')");
        }
        Part part = new Part(run.order().scheduledTime(), run.order().item());
        Seen before = asked.parts.get(part);
        if (before != null && before.run == run) {
            return;
        }
        asked.parts.put(part, new Seen(host, run, simulation.world().now()));
        runs++;
        asked.begun.merge(part, 1, Integer::sum);
        if (before != null) {
            again++;
            boolean lost = before.host.hasLostTouch(before.run, before.at);
            if (!lost
                    || before.run.order().claim().fence() >= run.order().claim().fence()) {
                simulation.fail(Invariants.text(run) + " runs a second time for its request, on " + host
                        + ", although the claim of " + before.host + " was not lost");
            }
        }
    }

    void ended(RunRecord record) {
        Asked asked = of(record.jobName(), record.fence());
        if (asked != null && record.outcome() != Outcome.RETRIED) {
            Seen run = asked.parts.get(new Part(record.scheduledTime(), record.shardingItem()));
            if (run == null && record.outcome() == Outcome.INTERRUPTED && asked.job.wasInterrupted) {
                asked.stopped.add(new Part(record.scheduledTime(), record.shardingItem()));
            }
            if (run != null && run.run.order().claim().fence() == record.fence()) {
                run.done = record.outcome() != Outcome.INTERRUPTED || asked.job.wasInterrupted;
            }
        }
    }

    /** Whether any request of a job is open. */
    boolean isOpen(SimulatedJob job) {
        return byId.values().stream().anyMatch(asked -> asked.job == job && !asked.over);
    }

    // ---- after every event -------------------------------------------------------------------------------------

    void check() {
        long commits = simulation.server().commits();
        if (commits == seen || byId.isEmpty()) {
            return;
        }
        seen = commits;
        byId.forEach((id, asked) -> {
            if (!asked.over) {
                look(id, asked);
            }
        });
    }

    private void look(String id, Asked asked) {
        String text = simulation.server().data(asked.job.paths.openRequest(id));
        JobRequest before = asked.last;
        if (text != null && text.equals(asked.text)) {
            return;
        }
        asked.text = text;
        JobRequest now = text == null ? null : JobRequest.read(id, text);
        asked.last = now;
        asked.over = now == null;
        if (before == null) {
            return;
        }
        for (Map.Entry<Instant, SortedSet<Integer>> open :
                before.progress().open().entrySet()) {
            for (int item : open.getValue()) {
                SortedSet<Integer> left =
                        now == null ? null : now.progress().open().get(open.getKey());
                if (left == null || !left.contains(item)) {
                    settled(id, asked, new Part(open.getKey(), item));
                }
            }
        }
        if (now == null && before.nextTime() != null && !asked.cancelled) {
            simulation.fail("request " + id + " of " + asked.job.name() + " is gone, and " + before.nextTime()
                    + " of it has not begun");
        }
    }

    /** A part is not owed any more: it must have been run. */
    private void settled(String id, Asked asked, Part part) {
        Seen run = asked.parts.get(part);
        boolean gone = part.item >= asked.job.fewestItems;
        if (!asked.cancelled && !gone && !asked.stopped.contains(part) && (run == null || !run.done)) {
            simulation.fail("request " + id + " of " + asked.job.name() + ": item " + part.item + " of " + part.time
                    + " is put down as done, and has not been run to its end");
        }
    }

    /** The bound has passed: every request is over, and one that nothing disturbed ran each of its items once. */
    void checkDone() {
        byId.forEach((id, asked) -> {
            if (!asked.over && !asked.job.isLedByPeer(simulation)) {
                simulation.fail("request " + id + " of " + asked.job.name() + " is still open: " + asked.text);
            }
            String finished = simulation.server().data(asked.job.paths.finishedRequest(id));
            JobRequest end = finished == null ? null : JobRequest.read(id, finished);
            if (end != null && end.progress().state() != State.DONE && !asked.cancelled) {
                simulation.fail("request " + id + " of " + asked.job.name() + " ended as "
                        + end.progress().state());
            }
            if (asked.calm) {
                asked.begun.forEach((part, count) -> {
                    if (count != 1) {
                        simulation.fail("request " + id + " of " + asked.job.name() + ": item " + part.item + " of "
                                + part.time + " ran " + count + " times, and nothing had disturbed it");
                    }
                });
            }
        });
    }
}
