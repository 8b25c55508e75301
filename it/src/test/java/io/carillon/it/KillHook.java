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
package io.carillon.it;

import io.carillon.launcher.SystemTime;
import io.carillon.messages.MessageHandler;
import io.carillon.messages.central.TransactionMarks;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.outbox.ControlMessages;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.messages.outbox.Transactions;
import io.carillon.messages.relay.Broker;
import io.carillon.messages.relay.Broker.PublishResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Ends this process, or holds it, at a named step of a message's way. It wraps the ports, so that the product knows nothing of
 * it and pays nothing for it. Prints {@code AT step} when the step is reached, and {@code DELIVERED id} for whatever the broker
 * brings. Thread-safe.
 */
final class KillHook {

    /** What a halted process ends with. */
    static final int EXIT_CODE = 9;

    /** The steps of the crash matrix, in the order in which a message takes them. */
    enum Step {
        BEFORE_INSERT,
        AFTER_INSERT,
        AFTER_COMMIT,
        AFTER_CLAIM,
        BEFORE_SEND,
        BROKER_HAS_IT,
        BEFORE_COMPLETION,
        AFTER_COMPLETION,
        AFTER_DEAD,
        BEFORE_CONSUMER_TRANSACTION,
        BEFORE_CONSUMER_COMMIT,
        AFTER_CONSUMER_COMMIT,
        BEFORE_CONFIRMATION,
        AFTER_CLEANING,
        BEFORE_MARK,
        AFTER_MARK,
        AFTER_MARKED_COMMIT
    }

    private final @Nullable Step step;
    private final @Nullable Path heldUntil;
    private final @Nullable Path once;

    /**
     * @param step where; null for nowhere
     * @param heldUntil null to end the process there; else it is held until this file exists
     * @param once written when the process ends itself, which it does not when the file is there; null for always
     */
    KillHook(@Nullable Step step, @Nullable Path heldUntil, @Nullable Path once) {
        this.step = step;
        this.heldUntil = heldUntil;
        this.once = once;
    }

    /** Called at each step. */
    void reach(Step reached) {
        if (reached != step || isThere(heldUntil) || isThere(once)) {
            return;
        }
        System.out.println("AT " + step);
        System.out.flush();
        if (heldUntil == null) {
            end();
            return;
        }
        try {
            while (!Files.exists(heldUntil)) {
                SystemTime.pause(Duration.ofMillis(20));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean isThere(@Nullable Path file) {
        return file != null && Files.exists(file);
    }

    private void end() {
        try {
            if (once != null) {
                Files.createFile(once);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().halt(EXIT_CODE);
    }

    /** A store with the steps of the outbox. */
    MessageStore around(MessageStore store) {
        return wrap(MessageStore.class, store, (method, arguments, call) -> {
            switch (method) {
                case "append" -> {
                    reach(Step.BEFORE_INSERT);
                    Object result = call.run();
                    reach(Step.AFTER_INSERT);
                    return result;
                }
                case "acknowledged" -> {
                    reach(Step.BEFORE_COMPLETION);
                    Object result = call.run();
                    reach(Step.AFTER_COMPLETION);
                    return result;
                }
                case "claimDue" -> {
                    Object result = call.run();
                    if (result instanceof Collection<?> claimed && !claimed.isEmpty()) {
                        reach(Step.AFTER_CLAIM);
                    }
                    return result;
                }
                case "bury" -> {
                    Object result = call.run();
                    reach(Step.AFTER_DEAD);
                    return result;
                }
                case "cleanClosed" -> {
                    Object result = call.run();
                    reach(Step.AFTER_CLEANING);
                    return result;
                }
                default -> {
                    return call.run();
                }
            }
        });
    }

    /** The producer's transactions, with the step behind the commit. */
    Transactions around(Transactions transactions) {
        return wrap(Transactions.class, transactions, (method, arguments, call) -> {
            if (method.equals("afterCommit")) {
                Runnable action = (Runnable) arguments[0];
                arguments[0] = (Runnable) () -> {
                    reach(Step.AFTER_COMMIT);
                    action.run();
                };
            }
            return call.run();
        });
    }

    /** Marks of the central mode with the steps around them. */
    TransactionMarks around(TransactionMarks marks) {
        return wrap(TransactionMarks.class, marks, (method, arguments, call) -> {
            if (!method.equals("committed")) {
                return call.run();
            }
            TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                @Override
                public void afterCommit() {
                    reach(Step.AFTER_MARKED_COMMIT);
                }
            });
            reach(Step.BEFORE_MARK);
            Object result = call.run();
            reach(Step.AFTER_MARK);
            return result;
        });
    }

    /** A broker with the steps of sending and receiving. */
    Broker around(Broker broker) {
        return wrap(Broker.class, broker, (method, arguments, call) -> {
            if (method.equals("publish")) {
                publishing(arguments);
            }
            for (int i = 0; arguments != null && i < arguments.length; i++) {
                if (arguments[i] instanceof MessageHandler handler
                        && !ControlMessages.isControlTopic(String.valueOf(arguments[1]))) {
                    arguments[i] = around(handler);
                }
            }
            return call.run();
        });
    }

    @SuppressWarnings("unchecked") // the signature of Broker.publish
    private void publishing(Object[] arguments) {
        List<StoredMessage> messages = (List<StoredMessage>) arguments[0];
        String topic = messages.get(0).message().topic();
        if (ControlMessages.isControlTopic(topic)) {
            if (topic.equals(ControlMessages.CONFIRM_TOPIC)) {
                reach(Step.BEFORE_CONFIRMATION);
            }
            return;
        }
        reach(Step.BEFORE_SEND);
        Consumer<PublishResult> results = (Consumer<PublishResult>) arguments[1];
        arguments[1] = (Consumer<PublishResult>) result -> {
            if (result instanceof PublishResult.Acknowledged) {
                reach(Step.BROKER_HAS_IT);
            }
            results.accept(result);
        };
    }

    private MessageHandler around(MessageHandler handler) {
        return message -> {
            System.out.println("DELIVERED " + message.id());
            reach(Step.BEFORE_CONSUMER_TRANSACTION);
            handler.handle(message);
            reach(Step.AFTER_CONSUMER_COMMIT);
        };
    }

    private interface Call {
        @Nullable
        Object run() throws Throwable;
    }

    private interface Around {
        @Nullable
        Object call(String method, Object[] arguments, Call call) throws Throwable;
    }

    private static <T> T wrap(Class<T> port, T real, Around around) {
        Object wrapped = Proxy.newProxyInstance(
                port.getClassLoader(),
                new Class<?>[] {port},
                (proxy, method, arguments) -> around.call(method.getName(), arguments, () -> {
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getTargetException();
                    }
                }));
        return port.cast(wrapped);
    }
}
