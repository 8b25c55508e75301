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
package io.carillon.jobs.operations;

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.InstanceAbout;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.JobTree;
import io.carillon.jobs.coordination.Reshard;
import io.carillon.jobs.operations.InstancesView.Said;
import io.carillon.jobs.operations.JobQueries.InstanceDetail;
import io.carillon.jobs.operations.JobQueries.Intent;
import io.carillon.jobs.operations.JobQueries.StopPreview;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What the instances hold, and what would become of it if one went. Pure, over a snapshot. */
final class StopInstance {

    private StopInstance() {}

    // ---- who there is ------------------------------------------------------------------------------------------

    /** What is gathered of one instance. */
    private static final class Held {
        private final List<String> jobs = new ArrayList<>();
        private final Map<String, List<Integer>> items = new TreeMap<>();
        private boolean peer;
        private int running;
    }

    static List<InstanceDetail> details(
            Collection<JobTree> trees, Map<String, Said> said, HealthThresholds thresholds, Instant now) {
        Map<String, Held> all = new TreeMap<>();
        said.keySet().forEach(id -> all.put(id, new Held()));
        for (JobTree tree : trees) {
            String job = tree.paths().jobName();
            for (String id : tree.instances()) {
                Held held = all.computeIfAbsent(id, ignored -> new Held());
                held.jobs.add(job);
                held.peer |= tree.isPeer(id);
            }
            for (int item : tree.items()) {
                String owner = tree.owner(item);
                if (owner != null && tree.isOnline(owner)) {
                    Held held = all.get(owner);
                    if (held != null) {
                        held.items
                                .computeIfAbsent(job, ignored -> new ArrayList<>())
                                .add(item);
                    }
                }
                String runner = tree.isRunning(item) ? runner(tree, item) : null;
                Held runs = runner == null ? null : all.get(runner);
                if (runs != null) {
                    runs.running++;
                }
            }
        }
        List<InstanceDetail> details = new ArrayList<>();
        all.forEach((id, held) -> details.add(detail(id, held, said.get(id), thresholds, now)));
        return List.copyOf(details);
    }

    private static @Nullable String runner(JobTree tree, int item) {
        String known = tree.runningBy(item);
        return known == null ? tree.owner(item) : known;
    }

    private static InstanceDetail detail(
            String id, Held held, @Nullable Said said, HealthThresholds thresholds, Instant now) {
        InstanceAbout about = said == null ? null : said.about();
        Intent drained = said == null ? Intent.ENABLED : said.drained();
        List<HealthReason> reasons = new ArrayList<>();
        if (about != null && about.ahead().abs().compareTo(thresholds.clockDifference()) > 0) {
            reasons.add(
                    HealthReason.of(HealthReason.Code.SKEW, id, about.ahead().toMillis()));
        }
        Instant since = drained.since();
        if (since != null && now.isAfter(since.plus(thresholds.forgottenAfter()))) {
            reasons.add(HealthReason.of(
                    HealthReason.Code.FORGOTTEN,
                    "instance " + id,
                    since,
                    drained.by().actor()));
        }
        held.items.replaceAll((job, items) -> List.copyOf(items));
        return new InstanceDetail(
                id,
                JobPaths.ipOf(id),
                held.peer,
                about == null ? "" : about.host(),
                about == null ? 0 : about.pid(),
                about == null ? "" : about.version(),
                about == null ? null : about.started(),
                about == null ? null : about.ahead(),
                said == null ? 0 : said.session(),
                about == null ? null : about.sessionTimeout(),
                held.jobs.stream().sorted().toList(),
                Map.copyOf(held.items),
                held.running,
                about == null ? 0 : about.workers(),
                drained,
                List.copyOf(reasons));
    }

    // ---- what if -----------------------------------------------------------------------------------------------

    /** @param parsed takes a stored configuration apart */
    static StopPreview preview(
            Map<String, JobTree> trees, String instance, Function<JobTree, NamespaceView.Parsed> parsed) {
        List<StopPreview.Move> moves = new ArrayList<>();
        List<String> stopped = new ArrayList<>();
        List<String> spareless = new ArrayList<>();
        Map<String, List<Integer>> running = new TreeMap<>();
        boolean known = false;
        for (JobTree tree : trees.values()) {
            if (!tree.isOnline(instance)) {
                continue;
            }
            known = true;
            String job = tree.paths().jobName();
            List<String> left =
                    tree.available().stream().filter(id -> !id.equals(instance)).toList();
            boolean takesPart = tree.isEnabled(JobPaths.ipOf(instance));
            if (takesPart && left.isEmpty()) {
                stopped.add(job);
            } else if (takesPart && left.size() == 1) {
                spareless.add(job);
            }
            List<Integer> runs = tree.items().stream()
                    .filter(item -> tree.isRunning(item) && instance.equals(runner(tree, item)))
                    .toList();
            if (!runs.isEmpty()) {
                running.put(job, runs);
            }
            if (takesPart && !left.isEmpty()) {
                moves.add(move(tree, parsed.apply(tree).configuration(), instance, left));
            }
        }
        if (!known) {
            throw new NoSuchElementException("instance: '" + instance
                    + "' (expected: one that is online for a job). Nothing was computed; check the id.");
        }
        return new StopPreview(
                instance,
                List.copyOf(moves),
                stopped.stream().sorted().toList(),
                spareless.stream().sorted().toList(),
                Map.copyOf(running));
    }

    private static StopPreview.Move move(
            JobTree tree, @Nullable JobConfiguration configuration, String instance, List<String> left) {
        String job = tree.paths().jobName();
        boolean stays = configuration != null && configuration.isStaticSharding();
        List<String> owners = configuration == null || stays ? null : Reshard.foretell(tree, configuration, left);
        if (owners == null) {
            return new StopPreview.Move(job, Map.of(), 0, stays);
        }
        Map<Integer, String> takes = new TreeMap<>();
        int others = 0;
        for (int item = 0; item < owners.size(); item++) {
            String present = tree.owner(item);
            if (instance.equals(present)) {
                takes.put(item, owners.get(item));
            } else if (!owners.get(item).equals(present)) {
                others++;
            }
        }
        return new StopPreview.Move(job, Map.copyOf(takes), others, false);
    }
}
