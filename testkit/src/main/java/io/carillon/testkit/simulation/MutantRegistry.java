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
import io.carillon.jobs.coordination.Registry;
import io.carillon.testkit.jobs.InMemoryRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The registry as an engine with a deliberate fault would use it. One thread at a time. */
final class MutantRegistry implements Registry {

    private static final Duration LATE = Duration.ofSeconds(6);

    private final Registry registry;
    private final Mutant mutant;
    private final InMemoryRegistry server;
    private final VirtualWorld world;
    private final String id;

    MutantRegistry(Registry registry, Mutant mutant, InMemoryRegistry server, VirtualWorld world, String id) {
        this.registry = registry;
        this.mutant = mutant;
        this.server = server;
        this.world = world;
        this.id = id;
    }

    @Override
    public void commit(List<Write> writes, Consumer<? super CommitResult> callback) {
        List<Write> changed = new ArrayList<>(writes);
        switch (mutant) {
            case RESHARD_WHILE_RUNNING -> clearMarksOnDeal(changed);
            case FORGET_FAILOVER_ITEM -> forgetOneTakenOver(changed);
            case STALE_VIEW -> changed = unchecked(writes);
            case CLAIM_WITHOUT_DEAL -> {
                if (Moment.of(writes) == Moment.CLAIM) {
                    changed.removeIf(write ->
                            write instanceof Write.Check && write.path().endsWith("/deal"));
                }
            }
            case REQUEST_DELETED_EARLY -> {
                if (Moment.of(writes) == Moment.REQUEST_CLAIM) {
                    changed.removeIf(write ->
                            write instanceof Write.Create && write.path().contains("/requests/open/"));
                    changed.add(new Write.Delete(
                            new JobPaths(SimulatedJob.NAMESPACE, Moment.jobOf(writes))
                                    .openRequest(Moment.requestOf(writes)),
                            -1));
                }
            }
            case REQUEST_UNCHECKED -> {
                if (Moment.of(writes) == Moment.REQUEST_CLAIM) {
                    changed.removeIf(write ->
                            write instanceof Write.Check && write.path().contains("/requests/open/"));
                }
            }
            case CHECKPOINT_WITHOUT_FENCE -> {
                if (Moment.of(writes) == Moment.CHECKPOINT) {
                    changed = unchecked(writes);
                }
            }
            case DEAL_FORGETS_FIRINGS -> {
                for (int i = 0; i < changed.size(); i++) {
                    if (changed.get(i) instanceof Write.SetData set
                            && set.path().endsWith("/deal")) {
                        changed.set(
                                i,
                                new Write.SetData(
                                        set.path(),
                                        set.data().lines().findFirst().orElse(""),
                                        set.expectedVersion()));
                    }
                }
            }
            default -> {}
        }
        List<Write> sent = List.copyOf(changed);
        if (mutant == Mutant.LATE_NECESSARY && Moment.of(writes) == Moment.REQUEST) {
            world.after(LATE, () -> registry.commit(sent, callback));
        } else {
            registry.commit(sent, result -> callback.accept(asAsked(result, writes)));
        }
    }

    /** The paths of the writes that the engine asked for. */
    private static CommitResult asAsked(CommitResult result, List<Write> writes) {
        if (result instanceof CommitResult.Committed committed
                && committed.paths().size() != writes.size()) {
            return new CommitResult.Committed(
                    committed.zxid(), writes.stream().map(Write::path).toList());
        }
        return result;
    }

    private void clearMarksOnDeal(List<Write> writes) {
        if (Moment.of(writes) != Moment.DEAL) {
            return;
        }
        JobPaths paths = new JobPaths(SimulatedJob.NAMESPACE, Moment.jobOf(writes));
        List<Write> marks = new ArrayList<>();
        for (String item : server.childrenOf(paths.sharding())) {
            String mark = paths.sharding() + "/" + item + "/running";
            if (server.data(mark) != null) {
                marks.add(new Write.Delete(mark, -1));
            }
        }
        writes.addAll(0, marks);
    }

    private static void forgetOneTakenOver(List<Write> writes) {
        String forgotten = null;
        for (Write write : writes) {
            if (write instanceof Write.Create && write.path().endsWith("/failover")) {
                forgotten = write.path().substring(0, write.path().lastIndexOf('/'));
            }
        }
        if (forgotten != null) {
            String item = forgotten;
            writes.removeIf(write -> write.path().startsWith(item + "/")
                    && !(write instanceof Write.Delete && write.path().endsWith("/running")));
        }
    }

    private static List<Write> unchecked(List<Write> writes) {
        List<Write> all = new ArrayList<>();
        for (Write write : writes) {
            if (write instanceof Write.SetData set) {
                all.add(new Write.SetData(set.path(), set.data(), -1));
            } else if (write instanceof Write.Check check) {
                all.add(new Write.Check(check.path(), -1));
            } else {
                all.add(write);
            }
        }
        return all;
    }

    @Override
    public void read(List<Read> reads, Consumer<? super ReadResult> callback) {
        if (mutant != Mutant.RESHARD_WHILE_RUNNING) {
            registry.read(reads, callback);
            return;
        }
        registry.read(reads, result -> {
            if (result instanceof ReadResult.Values values) {
                List<Answer> seen = new ArrayList<>();
                for (int i = 0; i < reads.size(); i++) {
                    seen.add(withoutMarks(reads.get(i), values.answers().get(i)));
                }
                callback.accept(new ReadResult.Values(List.copyOf(seen)));
            } else {
                callback.accept(result);
            }
        });
    }

    private Answer withoutMarks(Read read, Answer answer) {
        if (answer instanceof Answer.Found found && read.path().endsWith("/running")) {
            return found.node().data().equals(id) ? answer : new Answer.Absent();
        }
        if (answer instanceof Answer.Names names && names.children().contains("running")) {
            if (!id.equals(server.data(read.path() + "/running"))) {
                return new Answer.Names(names.children().stream()
                        .filter(name -> !name.equals("running"))
                        .toList());
            }
        }
        return answer;
    }

    @Override
    public Watch watch(String path, Watcher watcher, Runnable ready) {
        if (mutant != Mutant.RESHARD_WHILE_RUNNING) {
            return registry.watch(path, watcher, ready);
        }
        return registry.watch(
                path,
                new Watcher() {
                    @Override
                    public void changed(Change change) {
                        if (!change.path().endsWith("/running") || change.kind() == Change.Kind.DELETED) {
                            watcher.changed(change);
                        }
                    }

                    @Override
                    public void resync() {
                        watcher.resync();
                    }
                },
                ready);
    }

    @Override
    public void onSession(Consumer<? super SessionEvent> listener) {
        registry.onSession(event -> {
            if (mutant == Mutant.DELETE_RUNNING_ON_RECONNECT && event instanceof SessionEvent.Connected) {
                server.dump().forEach((path, data) -> {
                    if (path.endsWith("/running") && data.equals(id)) {
                        registry.commit(List.of(new Write.Delete(path, -1)), result -> {});
                    }
                });
            }
            if (mutant != Mutant.TRUST_IN_BLACK_HOLE || !(event instanceof SessionEvent.Suspended)) {
                listener.accept(event);
            }
        });
    }

    @Override
    public Duration sessionTimeout() {
        return registry.sessionTimeout();
    }

    @Override
    public void close() {
        registry.close();
    }
}
