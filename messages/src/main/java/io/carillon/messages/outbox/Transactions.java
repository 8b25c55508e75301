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
package io.carillon.messages.outbox;

import java.util.concurrent.Callable;

/** The port to the transactions of the service's database. Thread-safe; a transaction belongs to one thread. */
public interface Transactions {

    /** Whether the calling thread has a transaction open that would carry a written row to its commit. */
    boolean isActive();

    /**
     * Runs something after the calling thread's transaction has committed; not run after a rollback.
     *
     * @param action must not throw and must not use the transaction's resources
     */
    void afterCommit(Runnable action);

    /**
     * Runs something in a transaction of its own, which commits when it returns and rolls back when it throws. A
     * transaction already open on this thread is put aside meanwhile.
     */
    <T> T inNew(Callable<T> work) throws Exception;
}
