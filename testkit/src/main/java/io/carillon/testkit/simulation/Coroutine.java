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

import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Code that waits in its midst, such as that of an ElasticJob thread, on a simulation's one thread: it has a thread of its own,
 * which works only while {@link #resume} waits for it. Used by one thread at a time.
 */
final class Coroutine {

    private final Semaphore turn = new Semaphore(0);
    private final Semaphore back = new Semaphore(0);
    private final Thread thread;
    private @Nullable BooleanSupplier until = () -> true;
    private @Nullable Throwable failure;
    private boolean killed;
    private boolean over;

    /** Thrown in the midst of the code when it is ended. */
    private static final class Killed extends Error {
        private static final long serialVersionUID = 1L;

        private Killed() {
            super(null, null, false, false);
        }
    }

    Coroutine(String name, Runnable code) {
        thread = new Thread(
                null,
                () -> {
                    turn.acquireUninterruptibly();
                    try {
                        if (!killed) {
                            code.run();
                        }
                    } catch (Killed e) {
                        // as wanted
                    } catch (RuntimeException | Error e) {
                        failure = e;
                    } finally {
                        over = true;
                        back.release();
                    }
                },
                name,
                128 * 1024);
        thread.setDaemon(true);
        thread.start();
    }

    /** From within: gives the turn back until something is so. */
    void await(BooleanSupplier condition) {
        until = condition;
        while (!condition.getAsBoolean()) {
            back.release();
            turn.acquireUninterruptibly();
            if (killed) {
                throw new Killed();
            }
        }
    }

    /** From outside: lets it work on if it can; returns whether it did. Throws what it throws. */
    boolean resume() {
        BooleanSupplier condition = until;
        if (over || condition == null || !condition.getAsBoolean()) {
            return false;
        }
        run();
        return true;
    }

    /** From outside: ends it wherever it is. */
    void kill() {
        if (!over) {
            killed = true;
            turn.release();
            back.acquireUninterruptibly();
        }
    }

    private void run() {
        turn.release();
        back.acquireUninterruptibly();
        Throwable thrown = failure;
        failure = null;
        if (thrown instanceof RuntimeException unchecked) {
            throw unchecked;
        } else if (thrown instanceof Error error) {
            throw error;
        }
    }
}
