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

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.JobTree;
import io.carillon.jobs.coordination.Registry.Change;
import io.carillon.jobs.scheduling.CronSchedule;
import io.carillon.jobs.scheduling.QuietMoment;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which items instances of ElasticJob are about to begin by themselves, other than by their schedule, so that a request leaves
 * them alone. Such an instance claims nothing: it writes its mark over another's. Confined to a thread.
 *
 * <p>An instance whose firing came due while it was running puts {@code misfire} on its items. When its next run ends while
 * that stands, it deletes the {@code running} marks, then {@code misfire}, and runs all its items again. With a
 * {@code misfire} that was put up after the run it waits for its next firing, and so does one that misfire is switched off for.
 * An instance that is triggered deletes its node below {@code trigger}, and runs. In between nothing in the registry tells of
 * it; so what was heard is remembered until the item's mark is gone again, its owner is another, the instance has had its next
 * firing, or a session timeout has passed, after which it is taken to have given it up, as when a deal was asked for meanwhile.
 * Its firings to come are waited for by what this side's clock says, which may be behind.
 */
public final class PeersNext {

    private static final String RUNNING = "/running";

    /** By how much a clock may be behind theirs, so that what it sees to come they have begun. */
    private static final Duration CLOCKS = Duration.ofMillis(400);

    /** What an item's owner was last seen to be about to do, and since when. */
    private record Since(String owner, Instant at) {}

    private final Map<Integer, Since> about = new HashMap<>();
    private @Nullable Instant loaded;

    /** The view was read anew: what happened before is not known. */
    public void loaded(JobTree tree, JobConfiguration configuration, Instant now) {
        about.clear();
        loaded = now;
        for (int item : tree.items()) {
            runEnded(tree, configuration, item, now);
        }
    }

    /** Takes in a change that the view has not taken in yet. */
    public void heard(JobTree before, JobConfiguration configuration, Change change, Instant now) {
        JobPaths paths = before.paths();
        String path = change.path();
        if (path.startsWith(paths.triggers() + "/")) {
            String id = path.substring(paths.triggers().length() + 1);
            if (before.isPeer(id)) {
                before.items().stream()
                        .filter(item -> id.equals(before.owner(item)))
                        .forEach(item -> about.put(item, new Since(id, now)));
            }
        } else if (change.kind() == Change.Kind.DELETED
                && path.endsWith(RUNNING)
                && path.startsWith(paths.sharding() + "/")) {
            String name = path.substring(paths.sharding().length() + 1, path.length() - RUNNING.length());
            if (!name.matches("\\d{1,9}")) {
                return;
            }
            int item = Integer.parseInt(name);
            String owner = before.owner(item);
            String holder = before.runningBy(item);
            if (holder == null || holder.equals(owner)) {
                about.remove(item);
                runEnded(before, configuration, item, now);
            }
        }
    }

    private void runEnded(JobTree tree, JobConfiguration configuration, int item, Instant now) {
        String owner = tree.owner(item);
        if (owner != null
                && configuration.isMisfire()
                && tree.isPeer(owner)
                && tree.items().stream()
                        .anyMatch(any -> owner.equals(tree.owner(any))
                                && tree.exists(tree.paths().misfire(any)))) {
            about.put(item, new Since(owner, now));
        }
    }

    /**
     * The items of ElasticJob's instances that are to be left alone, each with when to look again.
     *
     * @param schedule when they fire; null: only when asked
     */
    public Map<Integer, Instant> left(
            JobTree tree, @Nullable CronSchedule schedule, Instant now, Duration sessionTimeout) {
        Map<Integer, Instant> left = new TreeMap<>();
        Instant coming = schedule == null ? null : schedule.next(now);
        Instant begun = coming == null || coming.isAfter(now.plus(CLOCKS)) ? null : QuietMoment.begun(coming);
        for (int item : tree.items()) {
            String owner = tree.owner(item);
            if (owner == null || !tree.isPeer(owner)) {
                continue;
            }
            Since since = about.get(item);
            Instant end = null;
            if (since != null && since.owner.equals(owner)) {
                end = since.at.plus(sessionTimeout);
                Instant firing = schedule == null ? null : schedule.next(since.at);
                if (firing != null && QuietMoment.begun(firing).isBefore(end)) {
                    end = QuietMoment.begun(firing);
                }
            }
            // what stood when it was read is remembered; what had just gone by then is over after a moment
            if (loaded != null && (end == null || end.isBefore(QuietMoment.begun(loaded)))) {
                end = QuietMoment.begun(loaded);
            }
            if (begun != null) {
                end = begun;
            }
            if (end != null && now.isBefore(end)) {
                left.put(item, end);
            }
        }
        return left;
    }
}
