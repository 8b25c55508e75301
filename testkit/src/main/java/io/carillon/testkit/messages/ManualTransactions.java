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
package io.carillon.testkit.messages;

import io.carillon.messages.outbox.Transactions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Transactions in memory, for tests: a thread begins, commits and rolls back by hand, and the in-memory stores made with
 * this object take part. Thread-safe; a transaction belongs to one thread.
 */
public final class ManualTransactions implements Transactions {

    @SuppressWarnings("ThreadLocalUsage") // one object per test
    private final ThreadLocal<@Nullable Transaction> current = new ThreadLocal<>();

    private static final class Transaction {
        final List<Runnable> onCommit = new ArrayList<>();
        final List<Runnable> onRollback = new ArrayList<>();
        final List<Runnable> afterCommit = new ArrayList<>();
    }

    /** Begins a transaction on this thread. */
    public void begin() {
        if (current.get() != null) {
            throw new IllegalStateException("transaction: one is open on this thread (expected: none)");
        }
        current.set(new Transaction());
    }

    /** Commits this thread's transaction, then runs what was asked for after the commit. */
    public void commit() {
        Transaction transaction = end();
        transaction.onCommit.forEach(Runnable::run);
        transaction.afterCommit.forEach(Runnable::run);
    }

    /** Rolls this thread's transaction back. */
    public void rollback() {
        end().onRollback.forEach(Runnable::run);
    }

    /** Commits, and dies before anything runs after the commit: as a process that is killed at that point. */
    public void commitAndDie() {
        end().onCommit.forEach(Runnable::run);
    }

    private Transaction end() {
        Transaction transaction = current.get();
        if (transaction == null) {
            throw new IllegalStateException("transaction: none is open on this thread (expected: one)");
        }
        current.remove();
        return transaction;
    }

    /**
     * For stores: takes part in this thread's transaction; commits at once when there is none.
     *
     * @param onCommit makes the change visible
     * @param onRollback takes the change back
     */
    void join(Runnable onCommit, Runnable onRollback) {
        Transaction transaction = current.get();
        if (transaction == null) {
            onCommit.run();
        } else {
            transaction.onCommit.add(onCommit);
            transaction.onRollback.add(onRollback);
        }
    }

    @Override
    public boolean isActive() {
        return current.get() != null;
    }

    @Override
    public void afterCommit(Runnable action) {
        Transaction transaction = current.get();
        if (transaction == null) {
            throw new IllegalStateException("transaction: none is open on this thread (expected: one)");
        }
        transaction.afterCommit.add(action);
    }

    @Override
    public <T> T inNew(Callable<T> work) throws Exception {
        Transaction aside = current.get();
        current.remove();
        try {
            begin();
            T result;
            try {
                result = work.call();
            } catch (Throwable e) {
                rollback();
                throw e;
            }
            commit();
            return result;
        } finally {
            if (aside == null) {
                current.remove();
            } else {
                current.set(aside);
            }
        }
    }
}
