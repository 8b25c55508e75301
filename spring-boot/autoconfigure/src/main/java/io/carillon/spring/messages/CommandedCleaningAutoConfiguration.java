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

import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.ReliableMessages;
import io.carillon.messages.inbox.InboxStore;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.messages.outbox.Transactions;
import io.carillon.messages.recovery.CleanOnCommand;
import io.carillon.messages.recovery.CleaningCommands;
import io.carillon.messages.recovery.CleaningStore;
import io.carillon.messages.recovery.ParkedByCommand;
import io.carillon.messages.recovery.ParkedCommands;
import io.carillon.messages.relay.MessageService;
import java.util.Set;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;

/**
 * Cleaning by the centre's command, and what people want there of parked messages: every service obeys, unless {@code
 * carillon.maintenance.obey-centre} is false; the centre commands, and hears the reports.
 */
@AutoConfiguration(after = MessagesAutoConfiguration.class)
@ConditionalOnClass(MessageService.class)
@ConditionalOnBean({MessageService.class, CleaningStore.class})
public class CommandedCleaningAutoConfiguration {

    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    @ConditionalOnBooleanProperty(name = "carillon.maintenance.obey-centre", matchIfMissing = true)
    CleanOnCommand carillonCleanOnCommand(
            CleaningStore cleanings,
            MessageStore store,
            InboxStore inbox,
            ReliableMessages messages,
            Transactions transactions,
            MessageServiceOptions options) {
        return new CleanOnCommand(cleanings, store, inbox, messages, transactions, options);
    }

    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnBooleanProperty(name = "carillon.messages.central.enabled")
    CleaningCommands carillonCleaningCommands(
            ReliableMessages messages,
            Transactions transactions,
            MessageStore store,
            CleaningStore cleanings,
            MessageServiceOptions options) {
        return new CleaningCommands(messages, transactions, store, cleanings, options);
    }

    /** Listens once everything is there. */
    @Bean
    @ConditionalOnBean(CleanOnCommand.class)
    SmartLifecycle carillonCleanOnCommandListening(
            MessageService service, CleanOnCommand clean, MessageServiceOptions options) {
        return new Listening(clean::close, () -> {
            clean.start();
            service.subscribe(
                    CleaningCommands.group(options.producerGroup()),
                    CleaningCommands.COMMAND_TOPIC,
                    Set.of(),
                    clean::commanded,
                    1);
        });
    }

    /** In the centre: tells the services what people want of parked messages. */
    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnBooleanProperty(name = "carillon.messages.central.enabled")
    ParkedCommands.Elsewhere carillonParkedElsewhere(ReliableMessages messages, Transactions transactions) {
        return ParkedByCommand.telling(messages, transactions);
    }

    /** In a service: hears it once everything is there. */
    @Bean
    @ConditionalOnBean(ParkedCommands.class)
    @ConditionalOnBooleanProperty(name = "carillon.maintenance.obey-centre", matchIfMissing = true)
    SmartLifecycle carillonParkedByCommandListening(
            MessageService service, ParkedCommands parked, MessageServiceOptions options) {
        return new Listening(
                () -> {},
                () -> service.subscribe(
                        ParkedByCommand.group(options.producerGroup()),
                        ParkedByCommand.TOPIC,
                        Set.of(),
                        message -> ParkedByCommand.obey(parked, message),
                        1));
    }

    /** Hears the reports once everything is there. */
    @Bean
    @ConditionalOnBean(CleaningCommands.class)
    SmartLifecycle carillonCleaningReports(
            MessageService service, CleaningCommands commands, MessageServiceOptions options) {
        return new Listening(
                () -> {},
                () -> service.subscribe(
                        options.producerGroup() + "-reports",
                        CleaningCommands.REPORT_TOPIC,
                        Set.of(),
                        commands::reported,
                        1));
    }

    /** Begins to listen when the context starts, for good: a context that is started again has the same subscriptions. */
    private static final class Listening implements SmartLifecycle {

        private final Runnable end;
        private final Runnable begin;
        private boolean begun;
        private volatile boolean running;

        Listening(Runnable end, Runnable begin) {
            this.end = end;
            this.begin = begin;
        }

        @Override
        public void start() {
            running = true;
            if (!begun) {
                begun = true;
                begin.run();
            }
        }

        /** The message service closes its subscriptions itself, after this. */
        @Override
        public void stop() {
            running = false;
            end.run();
        }

        @Override
        public int getPhase() {
            return ListenerMethods.PHASE + 1;
        }

        @Override
        public boolean isRunning() {
            return running;
        }
    }
}
