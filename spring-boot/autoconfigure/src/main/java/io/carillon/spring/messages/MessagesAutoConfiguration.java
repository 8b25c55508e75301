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

import io.carillon.messages.InvalidMessageException;
import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.ReliableMessages;
import io.carillon.messages.directory.Directory;
import io.carillon.messages.directory.LiveDirectory;
import io.carillon.messages.inbox.InboxStore;
import io.carillon.messages.operations.Audit;
import io.carillon.messages.operations.MessageCommands;
import io.carillon.messages.operations.MessageSearch;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.messages.outbox.Transactions;
import io.carillon.messages.recovery.ParkedCommands;
import io.carillon.messages.relay.Broker;
import io.carillon.messages.relay.MessageService;
import io.carillon.spring.InvalidPropertyException;
import io.carillon.spring.MessagesProperties;
import io.carillon.spring.SystemTime;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * Reliable messages over the application's database: transactions, broker, message service, {@link ReliableMessages}, and
 * the annotated methods. Beans of the application's own replace each part.
 */
@AutoConfiguration(
        after = StoreAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration",
            "org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration",
            "org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration"
        })
@ConditionalOnClass({MessageService.class, PlatformTransactionManager.class})
@ConditionalOnBooleanProperty(name = "carillon.messages.enabled", matchIfMissing = true)
@ConditionalOnBean({MessageStore.class, InboxStore.class})
@EnableConfigurationProperties(MessagesProperties.class)
@Import(BrokerConfigurations.class)
public class MessagesAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    Transactions carillonTransactions(PlatformTransactionManager manager, DataSource dataSource) {
        return new SpringTransactions(manager, dataSource);
    }

    /** Started and closed by the message service. */
    @Bean(destroyMethod = "")
    @ConditionalOnMissingBean
    @ConditionalOnBean({Directory.class, MessageSearch.class, MessageCommands.class})
    LiveDirectory carillonLiveDirectory(
            MessageServiceOptions options,
            MessagesProperties properties,
            Directory directory,
            MessageSearch search,
            MessageCommands commands,
            Broker broker,
            Environment environment) {
        LiveDirectory.Settings settings = new LiveDirectory.Settings(
                environment.getProperty("carillon.central.check-url", ""),
                properties.topics(),
                properties.undeclaredTopics() == MessagesProperties.UndeclaredTopics.REFUSE,
                properties.central().enabled());
        return new LiveDirectory(options, settings, directory, search, commands, broker);
    }

    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    MessageService carillonMessageService(
            MessageServiceOptions options,
            MessageStore store,
            InboxStore inbox,
            Transactions transactions,
            Broker broker,
            ObjectProvider<LiveDirectory> directory) {
        return MessageService.start(options, store, inbox, transactions, broker, directory.getIfAvailable());
    }

    /** What people do about messages that this service could not handle. */
    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnBean(Audit.class)
    ParkedCommands carillonParkedCommands(MessageService service, Audit audit, MessageServiceOptions options) {
        return new ParkedCommands(service.parked(), audit, options.time());
    }

    @Bean
    @ConditionalOnMissingBean
    MessageServiceOptions carillonMessageServiceOptions(
            MessagesProperties properties, Environment environment, ObjectProvider<MessageOptions> more) {
        try {
            MessageServiceOptions.Builder options = MessageServiceOptions.of(producerGroup(properties, environment))
                    .revision(revision(properties, environment))
                    .grace(properties.grace())
                    .lease(properties.lease())
                    .confirmTimeout(properties.confirmTimeout())
                    .pollInterval(properties.pollInterval())
                    .subscriptionInterval(properties.subscriptionInterval())
                    .maxAttempts(properties.maxAttempts())
                    .maxDeliveries(properties.maxDeliveries())
                    .deadKeys(properties.deadKeys())
                    .backoffBase(properties.backoffBase())
                    .backoffCap(properties.backoffCap())
                    .checkAfter(properties.checkAfter())
                    .queueCapacity(properties.queueCapacity())
                    .maxInFlight(properties.maxInFlight());
            more.orderedStream().forEach(customizer -> customizer.customize(options));
            return options.build();
        } catch (InvalidMessageException e) {
            throw InvalidPropertyException.because(String.valueOf(e.getMessage()), "See carillon.messages.*.", e);
        }
    }

    private static String revision(MessagesProperties properties, Environment environment) {
        return properties.revision().isEmpty()
                ? environment.getProperty("spring.application.version", "")
                : properties.revision();
    }

    /** Changes options before the service starts; for what no property reaches. */
    @FunctionalInterface
    public interface MessageOptions {

        void customize(MessageServiceOptions.Builder options);
    }

    @Bean
    @ConditionalOnMissingBean
    ReliableMessages carillonReliableMessages(MessageService service) {
        return service.reliableMessages();
    }

    @Bean
    @ConditionalOnMissingBean
    DirectSending carillonDirectSending(Transactions transactions, Broker broker, MessageServiceOptions options) {
        return new DirectSending(transactions, broker, options.producerGroup(), options.time());
    }

    @Bean
    ListenerMethods carillonListenerMethods(
            ConfigurableApplicationContext context,
            ObjectProvider<MessageService> service,
            MessagesProperties properties,
            Environment environment) {
        String named = properties.consumerGroup();
        return new ListenerMethods(
                context,
                service::getObject,
                named.isEmpty() ? environment.getProperty("spring.application.name", "") : named);
    }

    @Bean
    static ProducerStoreAdvice carillonProducerStoreAdvice(
            ObjectProvider<Transactions> transactions,
            ObjectProvider<ReliableMessages> reliable,
            ObjectProvider<DirectSending> direct,
            Environment environment) {
        ProducerStoreAdvice advice = new ProducerStoreAdvice(() -> new ProducerStoreAdvice.Sending() {
            @Override
            public Transactions transactions() {
                return transactions.getObject();
            }

            @Override
            public ReliableMessages reliable() {
                return reliable.getObject();
            }

            @Override
            public DirectSending direct() {
                return direct.getObject();
            }
        });
        advice.setProxyTargetClass(proxyTargetClass(environment));
        return advice;
    }

    @Bean
    static ConsumerStoreAdvice carillonConsumerStoreAdvice(
            ObjectProvider<Transactions> transactions, ObjectProvider<InboxStore> inbox, Environment environment) {
        ConsumerStoreAdvice advice = new ConsumerStoreAdvice(() ->
                new ConsumerStoreAdvice.Receiving(transactions.getObject(), inbox.getObject(), SystemTime.instants()));
        advice.setProxyTargetClass(proxyTargetClass(environment));
        return advice;
    }

    private static boolean proxyTargetClass(Environment environment) {
        return environment.getProperty("spring.aop.proxy-target-class", Boolean.class, true);
    }

    static String producerGroup(MessagesProperties properties, Environment environment) {
        String group = properties.producerGroup().isEmpty()
                ? environment.getProperty("spring.application.name", "")
                : properties.producerGroup();
        if (group.isBlank()) {
            throw new InvalidPropertyException(
                    "carillon.messages.producer-group",
                    "",
                    "a name that all instances of this service share",
                    "Set it, or spring.application.name.");
        }
        return group;
    }
}
