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

import io.carillon.jobs.CheckpointException;
import io.carillon.jobs.coordination.Registry;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The registry as one host uses it: each commit is written into the trace, and is a chance for a fault just before it goes
 * out and just after its answer has come. One thread at a time.
 */
final class HostRegistry implements Registry {

    private final Registry registry;
    private final SimulatedHost host;
    private final EngineSimulation simulation;
    private boolean inUserCode;

    HostRegistry(Registry registry, SimulatedHost host, EngineSimulation simulation) {
        this.registry = registry;
        this.host = host;
        this.simulation = simulation;
    }

    /**
     * Calls user code that waits for the registry: its requests are answered there and then, or fail.
     *
     * @throws CheckpointException when the registry does not answer now
     */
    <T> @Nullable T inUserCode(Supplier<@Nullable T> code) {
        inUserCode = true;
        try {
            return code.get();
        } finally {
            inUserCode = false;
        }
    }

    /** Lets the messages of this host alone go on until an answer is there; nobody else does anything meanwhile. */
    private void waitForAnswer(boolean[] answered) {
        if (!inUserCode) {
            return;
        }
        inUserCode = false;
        try {
            if (!host.link().pump(() -> answered[0]) || host.isDead()) {
                throw new CheckpointException("no answer from the registry now", false, null);
            }
        } finally {
            inUserCode = true;
        }
    }

    @Override
    public void commit(List<Write> writes, Consumer<? super CommitResult> callback) {
        boolean waits = inUserCode;
        boolean[] answered = {false};
        if (host.isDead()) {
            waitForAnswer(answered);
            return;
        }
        Moment moment = Moment.of(writes);
        simulation.trace().add(host.name(), () -> "asks " + text(moment, writes));
        simulation.faults().before(host, moment, writes);
        if (host.isDead()) {
            waitForAnswer(answered);
            return;
        }
        if (moment == Moment.CLAIM || moment == Moment.TAKEOVER) {
            simulation.invariants().claiming(Moment.jobOf(writes), Moment.itemsOf(writes));
        }
        registry.commit(writes, result -> {
            simulation.trace().add(host.name(), () -> "hears " + moment + " " + text(result, writes));
            if (result instanceof CommitResult.Committed committed && moment == Moment.TAKEOVER) {
                simulation.invariants().takenOver(Moment.jobOf(writes), committed.zxid());
            }
            if (result instanceof CommitResult.Committed committed && moment == Moment.REQUEST_CLAIM) {
                simulation
                        .invariants()
                        .requests()
                        .claimed(Moment.jobOf(writes), committed.zxid(), Moment.requestOf(writes));
            }
            if (result instanceof CommitResult.Committed && moment == Moment.FAREWELL) {
                host.saidFarewell(Moment.jobOf(writes));
            }
            simulation.faults().after(host, moment, writes);
            answered[0] = !waits || !(result instanceof CommitResult.Unknown);
            if (!host.isDead()) {
                callback.accept(result);
            }
        });
        waitForAnswer(answered);
    }

    private static String text(Moment moment, List<Write> writes) {
        StringBuilder text = new StringBuilder(moment + " " + Moment.jobOf(writes));
        for (Write write : writes) {
            String path = write.path();
            int root = path.indexOf('/', path.indexOf('/', 1) + 1);
            String below = root < 0 ? path : path.substring(root + 1);
            if (write instanceof Write.Create create) {
                text.append(" +").append(below).append(create.data().length() < 40 ? "=" + create.data() : "");
            } else if (write instanceof Write.SetData set) {
                text.append(" ")
                        .append(below)
                        .append(set.expectedVersion() >= 0 ? "@" + set.expectedVersion() : "")
                        .append(set.data().length() < 40 ? "=" + set.data() : "");
            } else if (write instanceof Write.Delete) {
                text.append(" -").append(below);
            } else if (write instanceof Write.Check check && check.expectedVersion() >= 0) {
                text.append(" ?").append(below).append('@').append(check.expectedVersion());
            }
        }
        return text.toString().replace("\n", " ");
    }

    private static String text(CommitResult result, List<Write> writes) {
        if (result instanceof CommitResult.Refused refused && refused.index() < writes.size()) {
            return "refused: " + refused.reason() + " "
                    + writes.get(refused.index()).path();
        }
        return result instanceof CommitResult.Committed committed ? "done, " + committed.zxid() : result.toString();
    }

    @Override
    public void read(List<Read> reads, Consumer<? super ReadResult> callback) {
        boolean[] answered = {false};
        registry.read(reads, result -> {
            answered[0] = result instanceof ReadResult.Values;
            if (!host.isDead()) {
                callback.accept(result);
            }
        });
        waitForAnswer(answered);
    }

    @Override
    public Watch watch(String path, Watcher watcher, Runnable ready) {
        return registry.watch(path, watcher, ready);
    }

    @Override
    public void onSession(Consumer<? super SessionEvent> listener) {
        registry.onSession(event -> {
            simulation.trace().add(host.name(), () -> "hears " + event);
            listener.accept(event);
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
