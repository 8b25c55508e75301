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
package io.carillon.messages.recovery;

import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.ReliableMessages;
import io.carillon.messages.inbox.InboxStore;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.messages.outbox.Transactions;
import io.carillon.messages.recovery.CleaningStore.Kind;
import io.carillon.messages.recovery.CleaningStore.Task;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The service's side of cleaning by command. A command becomes a task in the transaction of its receipt; a thread of this
 * class does the tasks of its service, piece by piece, each piece within the time budget; the report of a task commits with
 * its end. A task whose process died is taken up by another instance when its lease ends. Thread-safe.
 */
public final class CleanOnCommand implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(CleanOnCommand.class);
    private static final int MOST_TASKS = 10;

    private final String service;
    private final CleaningStore cleanings;
    private final MessageStore store;
    private final InboxStore inbox;
    private final ReliableMessages messages;
    private final Transactions transactions;
    private final MessageServiceOptions options;
    private final Semaphore asked = new Semaphore(1); // what a dead process left is looked for at once
    private final Thread worker;
    private volatile boolean closed;

    public CleanOnCommand(
            CleaningStore cleanings,
            MessageStore store,
            InboxStore inbox,
            ReliableMessages messages,
            Transactions transactions,
            MessageServiceOptions options) {
        this.service = options.producerGroup();
        this.cleanings = cleanings;
        this.store = store;
        this.inbox = inbox;
        this.messages = messages;
        this.transactions = transactions;
        this.options = options;
        this.worker = new Thread(this::loop, "carillon-clean-" + service);
        this.worker.setDaemon(true);
    }

    /** Starts the thread. */
    public void start() {
        worker.start();
    }

    /** Takes a command, in the transaction of its receipt. */
    public void commanded(ReceivedMessage message) {
        CleaningCommands.readCommand(message.message(), service).ifPresent(task -> {
            cleanings.ask(List.of(task));
            transactions.afterCommit(asked::release);
        });
    }

    private void loop() {
        while (!closed) {
            try {
                asked.tryAcquire(options.subscriptionInterval().toMillis(), TimeUnit.MILLISECONDS);
                asked.drainPermits();
                doAll();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                log.warn("cleaning by command: the tasks could not be taken. Tried again later.", e);
            }
        }
    }

    /** Does the tasks that nobody works at, until there are none. */
    public void doAll() {
        while (!closed) {
            List<Task> tasks =
                    cleanings.claim(service, options.node(), options.time().instant(), leasedTo(), MOST_TASKS);
            if (tasks.isEmpty()) {
                return;
            }
            for (Task task : tasks) {
                try {
                    doOne(task);
                } catch (Exception e) {
                    log.warn("cleaning {}: failed; taken up again when its lease ends", task, e);
                    cleanings.failed(task, e.toString());
                }
            }
        }
    }

    private Instant leasedTo() {
        return options.time()
                .instant()
                .plus(options.maintenanceBudget().multipliedBy(2))
                .plus(options.lease());
    }

    private void doOne(Task task) throws Exception {
        Cleaning.Batch table = task.kind() == Kind.SENT ? store::cleanClosed : inbox::cleanConfirmed;
        Instant now = options.time().instant();
        Instant youngest = now.minus(CleaningCommands.LEAST_RETENTION);
        Instant bound = task.bound().isBefore(youngest) ? task.bound() : youngest;
        while (!closed) {
            MaintenanceResult piece = Cleaning.upTo(table, options, bound, task.shard(), task.shards());
            if (!cleanings.progressed(task, options.node(), piece.handled(), leasedTo())) {
                return; // another took it
            }
            if (piece.isComplete()) {
                transactions.inNew(() -> messages.send(CleaningCommands.write(
                        cleanings.done(task, 0, options.time().instant()))));
                return;
            }
        }
    }

    /** Stops after the piece that is under way; what is left is taken up by another instance. Idempotent. */
    @Override
    public void close() {
        closed = true;
        asked.release();
        try {
            worker.join(options.closeGrace().toMillis() + 1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
