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
package io.carillon.spring.messages;

import io.carillon.messages.outbox.Transactions;
import java.util.concurrent.Callable;
import javax.sql.DataSource;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.ResourceTransactionManager;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/** The transactions of Spring's transaction manager, on the database that holds the messages. Thread-safe. */
public final class SpringTransactions implements Transactions {

    private final PlatformTransactionManager manager;
    private final DataSource dataSource;
    private final TransactionTemplate inNew;

    /**
     * @param manager whose transactions carry the messages
     * @param dataSource where the messages are; a transaction of another database does not count as one
     */
    public SpringTransactions(PlatformTransactionManager manager, DataSource dataSource) {
        this.manager = manager;
        this.dataSource = dataSource;
        this.inNew = new TransactionTemplate(manager);
        this.inNew.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
    }

    @Override
    public boolean isActive() {
        if (!TransactionSynchronizationManager.isActualTransactionActive()
                || !TransactionSynchronizationManager.isSynchronizationActive()) {
            return false;
        }
        // A transaction of another manager may be open while none is on our database: a row would commit at once.
        boolean ofOneDatabase = manager instanceof ResourceTransactionManager resource
                && resource.getResourceFactory() instanceof DataSource;
        return !ofOneDatabase || TransactionSynchronizationManager.hasResource(dataSource);
    }

    @Override
    public void afterCommit(Runnable action) {
        if (!TransactionSynchronizationManager.isSynchronizationActive()) {
            throw new IllegalStateException(
                    "transaction: none (expected: an open one). The action will not run; open a transaction first.");
        }
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            private boolean partlyRolledBack;

            /** What was written since the savepoint is gone; what of it this action was about is not known here. */
            @Override
            public void savepointRollback(Object savepoint) {
                partlyRolledBack = true;
            }

            @Override
            public void afterCommit() {
                if (!partlyRolledBack) {
                    action.run();
                }
            }
        });
    }

    @Override
    @SuppressWarnings("NullAway") // the template passes through what the work returns, also null where T allows it
    public <T> T inNew(Callable<T> work) throws Exception {
        try {
            return inNew.execute(status -> {
                try {
                    return work.call();
                } catch (RuntimeException e) {
                    throw e;
                } catch (Exception e) {
                    throw new Carried(e);
                }
            });
        } catch (Carried e) {
            throw e.carried;
        }
    }

    /** A checked exception on its way through the template, which rolls back for it. */
    private static final class Carried extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final transient Exception carried;

        Carried(Exception carried) {
            super(carried);
            this.carried = carried;
        }
    }
}
