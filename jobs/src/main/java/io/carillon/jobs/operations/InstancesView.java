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

import io.carillon.jobs.coordination.InstanceAbout;
import io.carillon.jobs.coordination.InstanceOrder;
import io.carillon.jobs.coordination.InstanceProgress;
import io.carillon.jobs.coordination.JobIntent;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.Answer;
import io.carillon.jobs.coordination.Registry.Change;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.ReadResult;
import io.carillon.jobs.coordination.Registry.SessionEvent;
import io.carillon.jobs.model.Progress;
import io.carillon.jobs.operations.JobQueries.Intent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the instances of Carillon say of themselves, kept up to date by one watch on their own small tree. Thread-safe.
 *
 * <p>Nothing of it changes with a firing. What changes is read in two requests for all instances; many changes at once are read
 * together.
 */
final class InstancesView implements Registry.Watcher, AutoCloseable {

    private static final int QUESTIONS_PER_READ = 1_000;

    private final Registry registry;
    private final String namespace;
    private final String root;
    private final Map<String, InstanceProgress> progress = new ConcurrentHashMap<>();
    private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();
    private Map<String, Said> instances = Map.of();
    private Registry.@Nullable Watch watch;
    private boolean watching;
    private boolean asking;
    private boolean changed;
    private boolean closed;

    InstancesView(Registry registry, String namespace) {
        this.registry = registry;
        this.namespace = namespace;
        this.root = InstanceOrder.root(namespace);
    }

    /**
     * One instance.
     *
     * @param about null when it says nothing that is understood
     * @param session its registry session; 0 when it says nothing
     * @param drained whether it takes part
     */
    record Said(@Nullable InstanceAbout about, long session, Intent drained) {}

    void open() {
        registry.onSession(event -> {
            if (event instanceof SessionEvent.Connected) {
                look();
            }
        });
        Registry.Watch opened = registry.watch(root, this, () -> {
            synchronized (this) {
                watching = true;
            }
            look();
        });
        synchronized (this) {
            watch = opened;
        }
    }

    /** All that say something, by id. */
    synchronized Map<String, Said> instances() {
        return instances;
    }

    /** Of some instances, the one whose clock differs most; null when none is known to differ. */
    synchronized JobHealth.@Nullable Skew skew(List<String> ids) {
        JobHealth.Skew most = null;
        for (String id : ids) {
            Said said = instances.get(id);
            if (said != null
                    && said.about != null
                    && !said.about.ahead().isZero()
                    && (most == null
                            || said.about.ahead().abs().compareTo(most.ahead().abs()) > 0)) {
                most = new JobHealth.Skew(id, said.about.ahead());
            }
        }
        return most;
    }

    /** How far an item is that the instance runs; null when its code says nothing. */
    @Nullable
    Progress progress(String instance, String jobName, int item) {
        return progress.getOrDefault(instance, InstanceProgress.NONE).item(jobName, item);
    }

    /** Tells the names of jobs of which an item has got on. */
    Runnable onProgress(Consumer<String> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    private void progress(String instance, Answer answer) {
        InstanceProgress now = answer instanceof Answer.Found found
                ? InstanceProgress.parse(found.node().data())
                : InstanceProgress.NONE;
        InstanceProgress before = now.items().isEmpty() ? progress.remove(instance) : progress.put(instance, now);
        if (!now.equals(before) && !(before == null && now.items().isEmpty())) {
            Set<String> jobs = new TreeSet<>(now.jobs());
            jobs.addAll(before == null ? Set.of() : before.jobs());
            listeners.forEach(listener -> jobs.forEach(listener));
        }
    }

    /** How far items are changes often, and says nothing else of an instance: only that is read. */
    private void lookAtProgress(Change change) {
        String instance =
                change.path().substring(root.length() + 1, change.path().lastIndexOf('/'));
        if (change.kind() == Change.Kind.DELETED) {
            progress(instance, new Answer.Absent());
            return;
        }
        registry.read(List.of(new Read.Get(change.path())), result -> {
            if (result instanceof ReadResult.Values values) {
                progress(instance, values.answers().get(0));
            }
        });
    }

    @Override
    public void changed(Change change) {
        if (InstanceProgress.isAt(change.path())) {
            lookAtProgress(change);
            return;
        }
        int slash = change.path().lastIndexOf('/');
        if (!InstanceOrder.isOrder(change.path().substring(slash + 1))) {
            look();
        }
    }

    @Override
    public void resync() {
        look();
    }

    private void look() {
        synchronized (this) {
            if (closed || !watching) {
                return;
            }
            if (asking) {
                changed = true;
                return;
            }
            asking = true;
            changed = false;
        }
        ask(List.of(new Read.Children(root)), answers -> {
            List<String> ids = RegistryCalls.names(answers.get(0));
            List<Read> reads = new ArrayList<>();
            for (String id : ids) {
                reads.add(new Read.Get(InstanceAbout.path(namespace, id)));
                reads.add(new Read.Get(InstanceOrder.drained(namespace, id)));
                reads.add(new Read.Get(InstanceProgress.path(namespace, id)));
            }
            askAll(reads, new ArrayList<>(), said -> {
                Map<String, Said> found = new TreeMap<>();
                for (int i = 0; i < ids.size(); i++) {
                    Said one = said(said.get(3 * i), said.get(3 * i + 1));
                    progress(ids.get(i), said.get(3 * i + 2));
                    if (one != null) {
                        found.put(ids.get(i), one);
                    }
                }
                progress.keySet().retainAll(ids);
                boolean again;
                synchronized (this) {
                    instances = Map.copyOf(found);
                    asking = false;
                    again = changed;
                }
                if (again) {
                    look();
                }
            });
        });
    }

    private static @Nullable Said said(Answer about, Answer drained) {
        Intent intent = Intent.ENABLED;
        if (drained instanceof Answer.Found found) {
            JobIntent.Mark mark = JobIntent.parse(found.node().data()).job();
            intent = mark == null
                    ? new Intent(
                            Intent.State.DISABLED,
                            Instant.ofEpochMilli(found.node().modifiedMillis()),
                            null,
                            By.UNKNOWN)
                    : new Intent(
                            Intent.State.DISABLED,
                            mark.since(),
                            null,
                            new By(mark.actor(), mark.reason(), mark.from()));
        }
        if (about instanceof Answer.Found found) {
            return new Said(
                    InstanceAbout.parse(found.node().data()), found.node().ephemeralOwner(), intent);
        }
        return intent.state() == Intent.State.ENABLED ? null : new Said(null, 0, intent);
    }

    private void askAll(List<Read> reads, List<Answer> before, Consumer<List<Answer>> then) {
        if (reads.isEmpty()) {
            then.accept(before);
            return;
        }
        int part = Math.min(reads.size(), QUESTIONS_PER_READ);
        ask(reads.subList(0, part), answers -> {
            before.addAll(answers);
            askAll(reads.subList(part, reads.size()), before, then);
        });
    }

    private void ask(List<Read> reads, Consumer<List<Answer>> then) {
        registry.read(reads, result -> {
            if (result instanceof ReadResult.Values values) {
                then.accept(values.answers());
            } else {
                // the session's next event, or the watch's, brings the next attempt
                synchronized (this) {
                    asking = false;
                }
            }
        });
    }

    @Override
    public void close() {
        Registry.Watch opened;
        synchronized (this) {
            closed = true;
            opened = watch;
        }
        if (opened != null) {
            opened.close();
        }
    }
}
