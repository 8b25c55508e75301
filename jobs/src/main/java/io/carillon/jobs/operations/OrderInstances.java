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

import io.carillon.jobs.coordination.FailedItems;
import io.carillon.jobs.coordination.InstanceOrder;
import io.carillon.jobs.coordination.InstanceOrder.Kind;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.Answer;
import io.carillon.jobs.coordination.Registry.Change;
import io.carillon.jobs.coordination.Registry.CommitResult;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.ReadResult;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.operations.JobQueries.FailedItem;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Gives orders to instances through the registry, and reads what became of items. Thread-safe. */
final class OrderInstances {

    private static final int ATTEMPTS = 5;

    private final Registry registry;
    private final RegistryCalls calls;
    private final String namespace;
    private final Duration timeout;

    OrderInstances(Registry registry, String namespace, Duration timeout) {
        this.registry = registry;
        this.calls = new RegistryCalls(registry, timeout);
        this.namespace = namespace;
        this.timeout = timeout;
    }

    // ---- commands ----------------------------------------------------------------------------------------------

    /** @param items all when none is named */
    void interrupt(String jobName, List<Integer> items, By by) {
        JobPaths paths = existing(jobName);
        InstanceOrder order = new InstanceOrder(Kind.INTERRUPT, jobName, items, null, by.actor(), by.reason());
        List<String> ours = ours(paths);
        if (ours.isEmpty()) {
            throw new IllegalStateException("interrupt: job '" + jobName
                    + "' has no instance (expected: an instance of Carillon that is online). Nothing was interrupted.");
        }
        Map<String, InstanceOrder> orders = new TreeMap<>();
        ours.forEach(id -> orders.put(id, order));
        give(orders);
    }

    List<Integer> rerun(String jobName, @Nullable Instant wanted, By by) {
        JobPaths paths = existing(jobName);
        List<FailedItem> failed = failedItems(jobName).stream()
                .filter(item -> item.state() != FailedItem.State.OVERSTAYING)
                .toList();
        Instant latest = failed.stream()
                .map(FailedItem::scheduledTime)
                .max(Comparator.naturalOrder())
                .orElse(null);
        Instant time = wanted == null ? latest : wanted;
        if (time == null) {
            return List.of();
        }
        List<Integer> items = failed.stream()
                .filter(item -> item.scheduledTime().equals(time))
                .map(FailedItem::item)
                .toList();
        List<String> ours = ours(paths);
        List<Answer> owners = calls.read(items.stream()
                .<Read>map(item -> new Read.Get(paths.owner(item)))
                .toList());
        Map<String, List<Integer>> byOwner = new TreeMap<>();
        for (int i = 0; i < items.size(); i++) {
            String owner =
                    owners.get(i) instanceof Answer.Found found ? found.node().data() : "nobody";
            if (!ours.contains(owner)) {
                throw new IllegalStateException("rerunFailed: item " + items.get(i) + " of job '" + jobName
                        + "' belongs to " + owner
                        + " (expected: an instance of Carillon that is online). Nothing was run;"
                        + " repeat the command when the items are dealt anew.");
            }
            byOwner.computeIfAbsent(owner, ignored -> new ArrayList<>()).add(items.get(i));
        }
        Map<String, InstanceOrder> orders = new TreeMap<>();
        byOwner.forEach((owner, of) ->
                orders.put(owner, new InstanceOrder(Kind.RERUN, jobName, of, time, by.actor(), by.reason())));
        give(orders);
        return items;
    }

    void drain(String instance, By by) {
        if (!isOurs(instance)) {
            throw new NoSuchElementException("instance: '" + instance
                    + "' (expected: an instance of Carillon that is online for a job of namespace '" + namespace
                    + "'). Nothing was changed; check the id.");
        }
        give(Map.of(instance, new InstanceOrder(Kind.DRAIN, "", List.of(), null, by.actor(), by.reason())));
    }

    void undrain(String instance, By by) {
        if (!drainedInstances().contains(instance)) {
            throw new NoSuchElementException("instance: '" + instance + "' (expected: one of those that are drained: "
                    + drainedInstances() + "). Nothing was changed; check the id.");
        }
        give(Map.of(instance, new InstanceOrder(Kind.UNDRAIN, "", List.of(), null, by.actor(), by.reason())));
    }

    // ---- questions ---------------------------------------------------------------------------------------------

    /** Items whose last run did not end well, by item. */
    List<FailedItem> failedItems(String jobName) {
        JobPaths paths = new JobPaths(namespace, jobName);
        List<Integer> items =
                RegistryCalls.names(calls.read(List.of(new Read.Children(paths.failed())))
                                .get(0))
                        .stream()
                        .filter(name -> name.matches("[0-9]{1,6}"))
                        .map(Integer::valueOf)
                        .sorted()
                        .toList();
        List<Answer> answers = calls.read(items.stream()
                .<Read>map(item -> new Read.Get(paths.failedItem(item)))
                .toList());
        List<FailedItem> failed = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            FailedItems.Entry entry = answers.get(i) instanceof Answer.Found found
                    ? FailedItems.Entry.parse(items.get(i), found.node().data())
                    : null;
            if (entry != null) {
                failed.add(new FailedItem(
                        entry.item(),
                        FailedItem.State.valueOf(entry.state().name()),
                        entry.scheduledTime(),
                        entry.instance(),
                        entry.cause()));
            }
        }
        return List.copyOf(failed);
    }

    /** The ids of the instances that are drained, ascending. */
    List<String> drainedInstances() {
        List<String> known = RegistryCalls.names(calls.read(List.of(new Read.Children(InstanceOrder.root(namespace))))
                .get(0));
        List<Answer> marks = calls.read(known.stream()
                .<Read>map(id -> new Read.Get(InstanceOrder.drained(namespace, id)))
                .toList());
        List<String> drained = new ArrayList<>();
        for (int i = 0; i < known.size(); i++) {
            if (marks.get(i) instanceof Answer.Found) {
                drained.add(known.get(i));
            }
        }
        return drained.stream().sorted().toList();
    }

    private JobPaths existing(String jobName) {
        JobPaths paths = new JobPaths(namespace, jobName);
        if (calls.read(List.of(new Read.Get(paths.config()))).get(0) instanceof Answer.Absent) {
            throw ServerCommands.missingJob(jobName, namespace);
        }
        return paths;
    }

    /** The online instances of a job that are Carillon's: theirs write their node twice. */
    private List<String> ours(JobPaths paths) {
        List<String> ids = RegistryCalls.names(
                calls.read(List.of(new Read.Children(paths.instances()))).get(0));
        List<Answer> nodes = calls.read(
                ids.stream().<Read>map(id -> new Read.Get(paths.instance(id))).toList());
        List<String> ours = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            if (nodes.get(i) instanceof Answer.Found found && found.node().version() > 0) {
                ours.add(ids.get(i));
            }
        }
        return ours;
    }

    private boolean isOurs(String instance) {
        List<String> jobs = RegistryCalls.names(
                calls.read(List.of(new Read.Children("/" + namespace))).get(0));
        return calls
                .read(jobs.stream()
                        .<Read>map(job -> new Read.Get(new JobPaths(namespace, job).instance(instance)))
                        .toList())
                .stream()
                .anyMatch(answer ->
                        answer instanceof Answer.Found found && found.node().version() > 0);
    }

    // ---- giving an order ---------------------------------------------------------------------------------------

    private void give(Map<String, InstanceOrder> orders) {
        List<Given> given = new ArrayList<>();
        try {
            orders.forEach((instance, order) -> given.add(new Given(instance, put(instance, order))));
            given.forEach(Given::await);
        } finally {
            given.forEach(Given::close);
        }
    }

    private String put(String instance, InstanceOrder order) {
        CommitResult last = null;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            String root = InstanceOrder.root(namespace);
            String inbox = InstanceOrder.inbox(namespace, instance);
            List<Answer> there = calls.read(List.of(new Read.Get(root), new Read.Get(inbox)));
            List<Write> writes = new ArrayList<>();
            if (there.get(0) instanceof Answer.Absent) {
                writes.add(new Write.Create(root, "", CreateMode.PERSISTENT));
            }
            if (there.get(1) instanceof Answer.Absent) {
                writes.add(new Write.Create(inbox, "", CreateMode.CONTAINER));
            }
            writes.add(new Write.Create(
                    InstanceOrder.path(namespace, instance), order.print(), CreateMode.EPHEMERAL_SEQUENTIAL));
            last = calls.commitOnce(writes);
            if (last instanceof CommitResult.Committed committed) {
                return committed.paths().get(writes.size() - 1);
            }
            if (last instanceof CommitResult.Unknown) {
                break;
            }
        }
        throw new IllegalStateException(order.kind() + " of instance " + instance + " failed, last: " + last
                + ". Look at the instance's state, then repeat the command if it is still wanted.");
    }

    /** An order on its way: taken when its node is gone. */
    private final class Given implements Registry.Watcher {

        private final String instance;
        private final String path;
        private final CompletableFuture<Boolean> taken = new CompletableFuture<>();
        private final Registry.Watch watch;

        Given(String instance, String path) {
            this.instance = instance;
            this.path = path;
            this.watch = registry.watch(path, this, this::resync);
        }

        @Override
        public void changed(Change change) {
            if (change.kind() == Change.Kind.DELETED && change.path().equals(path)) {
                taken.complete(true);
            }
        }

        @Override
        public void resync() {
            registry.read(List.of(new Read.Get(path)), result -> {
                if (result instanceof ReadResult.Values values
                        && values.answers().get(0) instanceof Answer.Absent) {
                    taken.complete(true);
                }
            });
        }

        void await() {
            try {
                taken.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                throw new IllegalStateException(
                        "registryTimeout: instance " + instance + " did not take the order within " + timeout
                                + " (expected: an engine that runs and is connected). The order is withdrawn; look at the"
                                + " instance, then repeat the command.",
                        e);
            } catch (ExecutionException e) {
                throw new IllegalStateException("the registry failed", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(
                        "interrupted while waiting for instance " + instance + "; the order is withdrawn", e);
            }
        }

        void close() {
            watch.close();
            if (!taken.isDone()) {
                registry.commit(List.of(new Write.Delete(path, -1)), result -> {});
            }
        }
    }
}
