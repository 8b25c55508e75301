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
package io.carillon.jobs.engine;

import io.carillon.jobs.coordination.InstanceOrder;
import io.carillon.jobs.coordination.InstanceProgress;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.Answer;
import io.carillon.jobs.coordination.Registry.CommitResult;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.ReadResult;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.execution.ItemRun;
import io.carillon.jobs.model.Progress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Shows how far the running items of this instance are, as their code says: all of them in one node, at most every 5 s, and
 * nothing at all while none says anything. What is shown is for people; nothing is decided by it. Confined to its mailbox,
 * but for what is said to be thread-safe.
 */
final class ShowProgress {

    /** How long what is shown may be behind. */
    static final Duration EVERY = Duration.ofSeconds(5);

    private final Registry registry;
    private final String namespace;
    private final String me;
    private final EngineLoop.Mailbox mailbox;
    private final InstantSource time;
    private final Map<ItemRun, Progress> said = new LinkedHashMap<>();
    private Instant writtenAt = Instant.MIN;
    private boolean waiting;
    private boolean asking;
    private boolean again;
    private boolean closing;
    /** What is known to stand in the node, empty: there is none; null when that is not known. */
    private @Nullable String shown;

    ShowProgress(Registry registry, String namespace, String me, EngineLoop loop, InstantSource time) {
        this.registry = registry;
        this.namespace = namespace;
        this.me = me;
        this.mailbox = loop.mailbox("progress");
        this.time = time;
    }

    /** The code of a run says how far it is. Thread-safe. */
    void heard(ItemRun run) {
        mailbox.post(() -> {
            if (!run.state().isEnd()) {
                // what it says is asked when it is shown: until then it says no more
                said.putIfAbsent(run, new Progress(0, 0, time.instant()));
                showSoon();
            }
        });
    }

    /** A run that had said something has ended: nothing is said of it any more. Thread-safe. */
    void ended(ItemRun run) {
        mailbox.post(() -> {
            if (said.remove(run) != null) {
                showSoon();
            }
        });
    }

    /** The session may be another one: what stands in the node is not known any more. Thread-safe. */
    void forget() {
        mailbox.post(() -> {
            shown = null;
            if (!said.isEmpty()) {
                showSoon();
            }
        });
    }

    /** The engine leaves: what ends from now on is taken away at once. Thread-safe. */
    void close() {
        mailbox.post(() -> closing = true);
    }

    private void take(ItemRun run) {
        Progress progress = run.takeProgress(time.instant());
        if (progress != null) {
            said.put(run, progress);
        }
    }

    private void showSoon() {
        if (waiting) {
            return;
        }
        waiting = true;
        Instant now = time.instant();
        Instant soonest = closing || writtenAt.equals(Instant.MIN) ? now : writtenAt.plus(EVERY);
        // a clock that is set back does not make anybody wait longer
        Duration left = Duration.between(now, soonest);
        mailbox.after("show", left.isNegative() ? Duration.ZERO : left.compareTo(EVERY) > 0 ? EVERY : left, () -> {
            waiting = false;
            show();
        });
    }

    private void show() {
        if (asking) {
            again = true;
            return;
        }
        writtenAt = time.instant();
        said.keySet().removeIf(run -> run.state().isEnd());
        List.copyOf(said.keySet()).forEach(this::take);
        Map<String, Progress> items = new TreeMap<>();
        said.forEach((run, progress) -> items.put(
                InstanceProgress.of(
                        run.order().configuration().getJobName(), run.order().item()),
                progress));
        String text = new InstanceProgress(items).print();
        if (text.equals(shown)) {
            return;
        }
        asking = true;
        String path = InstanceProgress.path(namespace, me);
        if (shown != null && !shown.isEmpty()) {
            commit(List.of(text.isEmpty() ? new Write.Delete(path, -1) : new Write.SetData(path, text, -1)), text);
            return;
        }
        String root = InstanceOrder.root(namespace);
        String inbox = InstanceOrder.inbox(namespace, me);
        registry.read(
                List.of(new Read.Get(root), new Read.Get(inbox), new Read.Get(path)),
                result -> mailbox.post(() -> {
                    if (!(result instanceof ReadResult.Values values)) {
                        done(null);
                        return;
                    }
                    List<Write> writes = new ArrayList<>();
                    if (values.answers().get(2) instanceof Answer.Found) {
                        // of an earlier life, it may be: it would go with the old session
                        writes.add(new Write.Delete(path, -1));
                    }
                    if (!text.isEmpty()) {
                        if (values.answers().get(0) instanceof Answer.Absent) {
                            writes.add(new Write.Create(root, "", CreateMode.PERSISTENT));
                        }
                        if (values.answers().get(1) instanceof Answer.Absent) {
                            writes.add(new Write.Create(inbox, "", CreateMode.CONTAINER));
                        }
                        writes.add(new Write.Create(path, text, CreateMode.EPHEMERAL));
                    }
                    commit(writes, text);
                }));
    }

    private void commit(List<Write> writes, String text) {
        if (writes.isEmpty()) {
            done(text);
            return;
        }
        registry.commit(
                writes, result -> mailbox.post(() -> done(result instanceof CommitResult.Committed ? text : null)));
    }

    private void done(@Nullable String text) {
        asking = false;
        shown = text;
        if (text == null || again) {
            again = false;
            showSoon();
        }
    }
}
