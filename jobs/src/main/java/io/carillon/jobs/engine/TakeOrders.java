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

import io.carillon.jobs.coordination.InstanceAbout;
import io.carillon.jobs.coordination.InstanceOrder;
import io.carillon.jobs.coordination.InstanceProgress;
import io.carillon.jobs.coordination.JobIntent;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.Answer;
import io.carillon.jobs.coordination.Registry.Change;
import io.carillon.jobs.coordination.Registry.CommitResult;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.ReadResult;
import io.carillon.jobs.coordination.Registry.Write;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes the orders that are given to this instance, and shows that it is drained. Confined to its mailbox.
 *
 * <p>One watch per engine; nothing is asked of the registry while nothing changes below the instance's node.
 */
final class TakeOrders {

    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final Registry registry;
    private final String namespace;
    private final String me;
    private final EngineLoop.Mailbox mailbox;
    private final InstantSource time;
    private final Consumer<InstanceOrder> taker;
    private final BooleanSupplier drained;
    private @Nullable InstanceAbout about;
    private String drainedBy = "";
    private final Set<String> taken = new HashSet<>();
    private Registry.@Nullable Watch watch;
    private boolean asking;
    private boolean lookAgain;
    private boolean everLooked;

    /** @param drained whether this instance is to be shown as taking no part */
    TakeOrders(Parts parts, Consumer<InstanceOrder> taker, BooleanSupplier drained) {
        this.registry = parts.registry();
        this.namespace = parts.namespace();
        this.me = parts.id().toString();

        this.mailbox = parts.loop().mailbox("orders");
        this.time = parts.time();
        this.taker = taker;
        this.drained = drained;
    }

    /** Shows what this instance says of itself, from now on. Thread-safe. */
    void show(InstanceAbout said) {
        mailbox.post(() -> {
            about = said;
            if (watch != null) {
                lookNow();
            }
        });
    }

    /** Begins to listen; does nothing the second time. Thread-safe. */
    void open() {
        mailbox.post(() -> {
            if (watch == null) {
                watch = registry.watch(
                        inbox(),
                        new Registry.Watcher() {
                            @Override
                            public void changed(Change change) {
                                if (change.kind() != Change.Kind.DATA_CHANGED
                                        && change.path().length() > inbox().length()
                                        && !isOwnNews(change)) {
                                    look();
                                }
                            }

                            @Override
                            public void resync() {
                                look();
                            }
                        },
                        this::look);
            }
        });
    }

    /** What this instance says of itself is news when it is gone: it went with an earlier session. */
    private boolean isOwnNews(Change change) {
        return InstanceProgress.isAt(change.path())
                || (change.kind() == Change.Kind.CREATED && change.path().equals(InstanceAbout.path(namespace, me)));
    }

    /** Ends the watch. Thread-safe. */
    void close() {
        mailbox.post(() -> {
            if (watch != null) {
                watch.close();
            }
            mailbox.cancelAll();
        });
    }

    /** Looks what is there, and whether the mark of a drained instance stands as it should. Thread-safe. */
    void look() {
        mailbox.post(this::lookNow);
    }

    private String inbox() {
        return InstanceOrder.inbox(namespace, me);
    }

    private void lookNow() {
        if (watch == null) {
            return;
        }
        if (asking) {
            lookAgain = true;
            return;
        }
        asking = true;
        List<Read> reads = List.of(
                new Read.Children(InstanceOrder.root(namespace)),
                new Read.Children(inbox()),
                new Read.Get(InstanceOrder.drained(namespace, me)),
                new Read.Get(InstanceAbout.path(namespace, me)));
        registry.read(
                reads,
                result -> mailbox.post(() -> {
                    if (result instanceof ReadResult.Values values) {
                        seen(values.answers());
                    } else {
                        done(false);
                    }
                }));
    }

    private void seen(List<Answer> answers) {
        List<String> orders = new ArrayList<>();
        if (answers.get(1) instanceof Answer.Names names) {
            names.children().stream()
                    .filter(InstanceOrder::isOrder)
                    .sorted()
                    .map(name -> inbox() + "/" + name)
                    .forEach(orders::add);
        }
        taken.retainAll(orders);
        List<Write> mark = mark(answers);
        everLooked = true;
        if (orders.isEmpty()) {
            commit(mark);
            return;
        }
        registry.read(
                orders.stream().<Read>map(Read.Get::new).toList(),
                result -> mailbox.post(() -> {
                    if (!(result instanceof ReadResult.Values values)) {
                        done(false);
                        return;
                    }
                    List<Write> writes = new ArrayList<>();
                    for (int i = 0; i < orders.size(); i++) {
                        if (values.answers().get(i) instanceof Answer.Found found) {
                            writes.add(new Write.Delete(orders.get(i), -1));
                            InstanceOrder order =
                                    InstanceOrder.parse(found.node().data());
                            // taken once, also when the commit that says so has to be repeated
                            if (taken.add(orders.get(i)) && order != null) {
                                if (order.kind() == InstanceOrder.Kind.DRAIN) {
                                    drainedBy = drainedBy(order, time.instant());
                                }
                                taker.accept(order);
                            }
                        }
                    }
                    lookAgain |= !writes.isEmpty();
                    commit(writes.isEmpty() ? mark : writes);
                }));
    }

    private List<Write> mark(List<Answer> answers) {
        boolean shown = answers.get(2) instanceof Answer.Found;
        List<Write> writes = new ArrayList<>();
        if (shown && (!drained.getAsBoolean() || !everLooked)) {
            // of an earlier life under the same name, or not true any more
            writes.add(new Write.Delete(InstanceOrder.drained(namespace, me), -1));
            lookAgain |= drained.getAsBoolean();
        } else if (!shown && drained.getAsBoolean()) {
            ensureInbox(answers, writes);
            writes.add(new Write.Create(InstanceOrder.drained(namespace, me), drainedBy, CreateMode.EPHEMERAL));
        }
        showAbout(answers, writes);
        return writes;
    }

    private static String drainedBy(InstanceOrder order, Instant now) {
        return JobIntent.NONE
                .with(JobIntent.JOB, new JobIntent.Mark(now, null, order.by(), order.reason(), ""))
                .print();
    }

    private void ensureInbox(List<Answer> answers, List<Write> writes) {
        if (writes.isEmpty() && answers.get(0) instanceof Answer.Absent) {
            writes.add(new Write.Create(InstanceOrder.root(namespace), "", CreateMode.PERSISTENT));
        }
        if (answers.get(1) instanceof Answer.Absent
                && writes.stream().noneMatch(write -> write.path().equals(inbox()))) {
            writes.add(new Write.Create(inbox(), "", CreateMode.CONTAINER));
        }
    }

    /** The node goes with the session, so it is looked for whenever everything is. */
    private void showAbout(List<Answer> answers, List<Write> writes) {
        InstanceAbout said = about;
        if (said == null) {
            return;
        }
        String path = InstanceAbout.path(namespace, me);
        String text = said.withSessionTimeout(registry.sessionTimeout()).print();
        if (!(answers.get(3) instanceof Answer.Found found)) {
            ensureInbox(answers, writes);
            writes.add(new Write.Create(path, text, CreateMode.EPHEMERAL));
        } else if (!everLooked) {
            // of an earlier life under the same name: it would go with the old session
            writes.add(new Write.Delete(path, -1));
            writes.add(new Write.Create(path, text, CreateMode.EPHEMERAL));
        } else if (!found.node().data().equals(text)) {
            writes.add(new Write.SetData(path, text, -1));
        }
    }

    private void commit(List<Write> writes) {
        if (writes.isEmpty()) {
            done(true);
            return;
        }
        registry.commit(writes, result -> mailbox.post(() -> done(result instanceof CommitResult.Committed)));
    }

    private void done(boolean well) {
        asking = false;
        if (!well) {
            lookAgain = false;
            mailbox.after("look", PAUSE, this::lookNow);
        } else if (lookAgain) {
            lookAgain = false;
            lookNow();
        }
    }
}
