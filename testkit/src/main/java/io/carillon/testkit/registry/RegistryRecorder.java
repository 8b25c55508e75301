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
package io.carillon.testkit.registry;

import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.Answer;
import io.carillon.jobs.coordination.Registry.Change;
import io.carillon.jobs.coordination.Registry.CommitResult;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.ReadResult;
import io.carillon.jobs.coordination.Registry.SessionEvent;
import io.carillon.jobs.coordination.Registry.Watch;
import io.carillon.jobs.coordination.Registry.Watcher;
import io.carillon.jobs.coordination.Registry.Write;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/**
 * A registry as a test wants it: asks and waits, and keeps all that is told, in its order. Thread-safe; for test threads, not
 * for callbacks.
 */
public final class RegistryRecorder {

    /** One thing that was told. */
    public sealed interface Told {
        /** A change, by the watch of the given path. */
        record Changed(String watched, Change change) implements Told {}

        /** The watch of the given path is in place. */
        record Ready(String watched) implements Told {}

        /** The watch of the given path may have missed something. */
        record Resync(String watched) implements Told {}

        /** Something happened to the session. */
        record Session(SessionEvent event) implements Told {}

        /** The answer to {@link RegistryRecorder#askToTell}. */
        record Read(ReadResult result) implements Told {}

        /** The outcome of {@link RegistryRecorder#commitToTell}. */
        record Commit(CommitResult result) implements Told {}
    }

    private final Registry registry;
    private final Duration patience;
    private final List<Told> told = new ArrayList<>();

    /**
     * @param registry what is asked
     * @param patience how long one wait may take before the test fails
     */
    public RegistryRecorder(Registry registry, Duration patience) {
        this.registry = registry;
        this.patience = patience;
    }

    /** The registry itself. */
    public Registry registry() {
        return registry;
    }

    /** Commits, and waits for the outcome. */
    public CommitResult commit(Write... writes) {
        return commit(List.of(writes));
    }

    /** Commits, and waits for the outcome. */
    public CommitResult commit(List<Write> writes) {
        CompletableFuture<CommitResult> result = new CompletableFuture<>();
        registry.commit(writes, result::complete);
        return await(result, "the outcome of a commit");
    }

    /** Reads, and waits for the answers; fails when there are none. */
    public List<Answer> read(Read... reads) {
        ReadResult result = tryToRead(reads);
        if (result instanceof ReadResult.Values values) {
            return values.answers();
        }
        throw new AssertionError("a read failed: " + result);
    }

    /** Reads, and waits for the outcome. */
    public ReadResult tryToRead(Read... reads) {
        CompletableFuture<ReadResult> result = new CompletableFuture<>();
        registry.read(List.of(reads), result::complete);
        return await(result, "the outcome of a read");
    }

    /** Reads one node; fails when it is absent. */
    public Registry.Node node(String path) {
        Answer answer = read(new Read.Get(path)).get(0);
        if (answer instanceof Answer.Found found) {
            return found.node();
        }
        throw new AssertionError("no node at " + path + ": " + answer);
    }

    /** Whether there is a node. */
    public boolean exists(String path) {
        return read(new Read.Get(path)).get(0) instanceof Answer.Found;
    }

    /** Reads, and puts the answer among what is told, so that its order is seen. */
    public void askToTell(Read... reads) {
        registry.read(List.of(reads), result -> tell(new Told.Read(result)));
    }

    /** Commits, and puts the outcome among what is told, so that its order is seen. */
    public void commitToTell(Write... writes) {
        registry.commit(List.of(writes), result -> tell(new Told.Commit(result)));
    }

    /** Watches, and waits until the watch is in place. */
    public Watch watch(String path) {
        Watch watch = watchWithoutWaiting(path);
        await(new Told.Ready(path)::equals, "a watch of " + path + " in place");
        return watch;
    }

    /** Watches. */
    public Watch watchWithoutWaiting(String path) {
        Watcher watcher = new Watcher() {
            @Override
            public void changed(Change change) {
                tell(new Told.Changed(path, change));
            }

            @Override
            public void resync() {
                tell(new Told.Resync(path));
            }
        };
        return registry.watch(path, watcher, () -> tell(new Told.Ready(path)));
    }

    /** Begins to hear of the session. */
    public void listen() {
        registry.onSession(event -> tell(new Told.Session(event)));
    }

    /** All that was told until now. */
    public synchronized List<Told> told() {
        return List.copyOf(told);
    }

    /** The changes that were told until now by the watch of a path. */
    public synchronized List<Change> changes(String watched) {
        List<Change> changes = new ArrayList<>();
        for (Told one : told) {
            if (one instanceof Told.Changed changed && changed.watched().equals(watched)) {
                changes.add(changed.change());
            }
        }
        return changes;
    }

    /** Waits until something that fits was told, now or before. */
    public Told await(Predicate<? super Told> fits, String what) {
        return await(fits, 1, what);
    }

    /** Waits until things that fit were told so many times, now or before, and returns the last of these. */
    public synchronized Told await(Predicate<? super Told> fits, int times, String what) {
        // One long wait per attempt; what is told wakes us. No clock is read, so a wait may take twice the patience.
        boolean last = false;
        while (true) {
            List<Told> fitting = told.stream().filter(fits).toList();
            if (fitting.size() >= times) {
                return fitting.get(times - 1);
            }
            int before = told.size();
            if (last) {
                throw new AssertionError("not told within " + patience + ": " + what + "; told: " + told);
            }
            try {
                wait(patience.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted while waiting for " + what, e);
            }
            last = told.size() == before;
        }
    }

    /** Waits for a future. */
    public <T> T await(CompletableFuture<T> future, String what) {
        try {
            return future.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("no answer within " + patience + ": " + what + "; told: " + told(), e);
        } catch (ExecutionException e) {
            throw new AssertionError(what, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for " + what, e);
        }
    }

    private synchronized void tell(Told one) {
        told.add(one);
        notifyAll();
    }
}
