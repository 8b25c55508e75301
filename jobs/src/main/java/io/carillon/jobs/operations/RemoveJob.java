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

import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.Answer;
import io.carillon.jobs.coordination.Registry.Change;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.Write;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Removes a job with all its nodes: ElasticJob's and Carillon's. Used once, by one thread.
 *
 * <p>What makes instances stop goes first. Carillon's write nothing any more once they see that. ElasticJob's hold another
 * election when the leader's node goes, and so put the root up again without a configuration; so they are given time to stop
 * before the rest goes, and what appears within some seconds after that is removed, too.
 */
final class RemoveJob {

    /** How long ElasticJob's instances may take to stop, and how long what they write is looked out for. */
    private static final long PEERS_MILLIS = 3_000;

    private final RegistryCalls calls;
    private final JobPaths paths;

    RemoveJob(RegistryCalls calls, JobPaths paths) {
        this.calls = calls;
        this.paths = paths;
    }

    void run() {
        List<Answer> answers = calls.read(List.of(
                new Read.Get(paths.root()), new Read.Get(paths.ownRoot()), new Read.Children(paths.instances())));
        if (answers.get(0) instanceof Answer.Absent && answers.get(1) instanceof Answer.Absent) {
            throw ServerCommands.missingJob(paths.jobName(), paths.namespace());
        }
        boolean peers = hasPeers(RegistryCalls.names(answers.get(2)));
        LinkedBlockingQueue<String> changed = new LinkedBlockingQueue<>();
        Registry.Watch watch = peers ? watch(changed) : () -> {};
        try {
            if (peers) {
                stopInstances();
                await(changed, () -> !exists(paths.leaderInstance()));
            }
            removeAll();
            if (peers) {
                // true only when somebody starts the job again meanwhile: then it is a new one
                await(changed, () -> {
                    if (exists(paths.config())) {
                        return true;
                    }
                    if (exists(paths.root())) {
                        removeAll();
                    }
                    return false;
                });
            }
        } finally {
            watch.close();
        }
    }

    private boolean hasPeers(List<String> instances) {
        List<Read> reads = new ArrayList<>();
        instances.forEach(id -> reads.add(new Read.Get(paths.instance(id))));
        // see JobTree.isPeer
        return calls.read(reads).stream()
                .anyMatch(answer ->
                        answer instanceof Answer.Found found && found.node().version() == 0);
    }

    private boolean exists(String path) {
        return calls.read(List.of(new Read.Get(path))).get(0) instanceof Answer.Found;
    }

    private void stopInstances() {
        calls.commit("remove", "job '" + paths.jobName() + "'", () -> {
            List<Write> writes = new ArrayList<>();
            RegistryCalls.names(calls.read(List.of(new Read.Children(paths.instances())))
                            .get(0))
                    .forEach(id -> writes.add(new Write.Delete(paths.instance(id), -1)));
            return writes;
        });
    }

    private void removeAll() {
        calls.commit("remove", "job '" + paths.jobName() + "'", () -> {
            List<String> all = subtree();
            // children before parents, and first what makes instances stop
            all.sort(Comparator.comparing((String path) -> !stops(path)).thenComparing(Comparator.reverseOrder()));
            List<Write> writes = new ArrayList<>();
            all.forEach(path -> writes.add(new Write.Delete(path, -1)));
            return writes;
        });
    }

    private boolean stops(String path) {
        return path.equals(paths.config()) || path.startsWith(paths.instances() + "/");
    }

    /** All nodes of the job, one level per request. */
    private List<String> subtree() {
        List<String> all = new ArrayList<>();
        List<String> level = List.of(paths.root(), paths.ownRoot());
        while (!level.isEmpty()) {
            List<Read> reads = new ArrayList<>();
            level.forEach(path -> reads.add(new Read.Children(path)));
            List<Answer> answers = calls.read(reads);
            List<String> next = new ArrayList<>();
            for (int i = 0; i < level.size(); i++) {
                String path = level.get(i);
                if (answers.get(i) instanceof Answer.Names names) {
                    all.add(path);
                    names.children().forEach(name -> next.add(path + "/" + name));
                }
            }
            level = next;
        }
        return all;
    }

    private Registry.Watch watch(LinkedBlockingQueue<String> changed) {
        return calls.registry()
                .watch(
                        paths.root(),
                        new Registry.Watcher() {
                            @Override
                            public void changed(Change change) {
                                changed.add(change.path());
                            }

                            @Override
                            public void resync() {
                                changed.add(paths.root());
                            }
                        },
                        () -> changed.add(paths.root()));
    }

    private interface Condition {
        boolean holds();
    }

    /** Looks after each change, and each 100 ms, until the condition holds or {@link #PEERS_MILLIS} have passed. */
    private static void await(LinkedBlockingQueue<String> changed, Condition condition) {
        for (long waited = 0; waited < PEERS_MILLIS && !condition.holds(); waited += 100) {
            changed.clear();
            try {
                changed.poll(100, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(
                        "interrupted while the job was removed: nodes of it may be left. Remove it again.", e);
            }
        }
    }
}
