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
package io.carillon.spring.central;

import io.carillon.console.access.ConsoleStore;
import io.carillon.console.access.FileStore;
import io.carillon.console.api.Repeats;
import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.central.CentralMessages;
import io.carillon.messages.central.ProducerCheck;
import io.carillon.messages.central.TransactionMarks;
import io.carillon.messages.directory.LiveDirectory;
import io.carillon.messages.operations.Audit;
import io.carillon.messages.operations.MessageOperations;
import io.carillon.messages.operations.MessageQueries;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.messages.outbox.Transactions;
import io.carillon.messages.recovery.CleaningCommands;
import io.carillon.messages.recovery.CleaningStore;
import io.carillon.messages.recovery.ParkedCommands;
import io.carillon.messages.relay.MessageService;
import io.carillon.spring.CentralClientProperties;
import io.carillon.spring.InvalidPropertyException;
import io.carillon.spring.MessagesProperties;
import io.carillon.spring.SystemTime;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.web.bind.annotation.RestController;

/**
 * The central mode: the centre's beans and HTTP calls where {@code carillon.messages.central.enabled} is set; the producer's
 * answers wherever there are marks and a web server; and a client where {@code carillon.central.url} is set.
 */
@AutoConfiguration(
        afterName = {
            "io.carillon.spring.messages.StoreAutoConfiguration",
            "io.carillon.spring.messages.MessagesAutoConfiguration",
            "io.carillon.spring.messages.CommandedCleaningAutoConfiguration"
        },
        beforeName = "io.carillon.spring.messages.MaintenanceAutoConfiguration")
@ConditionalOnClass(MessageService.class)
@EnableConfigurationProperties(CentralClientProperties.class)
public class CentralAutoConfiguration {

    /** The centre. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnBean(MessageService.class)
    @ConditionalOnBooleanProperty(name = "carillon.messages.central.enabled")
    static class Centre {

        @Bean
        @ConditionalOnMissingBean
        CentralMessages carillonCentralMessages(MessageService service) {
            return service.central();
        }

        @Bean
        @ConditionalOnMissingBean
        ProducerCheck carillonProducerCheck(MessagesProperties properties) {
            return new HttpProducerCheck(properties.central().checkTimeout());
        }
    }

    /** Where the console's records are, keys of repeated calls are kept with them. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(Repeats.class)
    static class WithConsole {

        @Bean
        @ConditionalOnMissingBean
        RepeatedCalls carillonRepeatedCalls(ObjectProvider<ConsoleStore> store) {
            return new RepeatsOfConsole(new Repeats(store.getIfAvailable(FileStore::inMemory), SystemTime.instants()));
        }
    }

    /** The HTTP API. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(RestController.class)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
    @ConditionalOnBean(MessageService.class)
    @ConditionalOnBooleanProperty(name = "carillon.messages.central.enabled")
    static class Api {

        @Bean
        @ConditionalOnMissingBean
        CallerIdentity carillonCallerIdentity() {
            return CallerIdentity.everyone();
        }

        @Bean
        ApiProblem carillonApiProblem() {
            return new ApiProblem();
        }

        @Bean
        FilterRegistrationBean<BodyLimit> carillonBodyLimit(MessagesProperties properties) {
            FilterRegistrationBean<BodyLimit> filter = new FilterRegistrationBean<>(
                    new BodyLimit(properties.central().maxBody().toBytes()));
            filter.addUrlPatterns("/api/v1/*", MessageCheckController.PATH);
            return filter;
        }

        @Bean
        CentralMessagesController carillonCentralMessagesController(
                CentralMessages messages, MessageStore store, MessageServiceOptions options, CallerIdentity callers) {
            return new CentralMessagesController(messages, store, options.time(), callers);
        }

        @Bean
        @ConditionalOnBean(LiveDirectory.class)
        DirectoryController carillonDirectoryController(
                LiveDirectory directory, Audit audit, MessageServiceOptions options, CallerIdentity callers) {
            return new DirectoryController(directory, audit, options.time(), callers);
        }

        @Bean
        MessageOperationsController carillonMessageOperationsController(
                ObjectProvider<MessageOperations> own,
                ObjectProvider<MessageStores> others,
                ObjectProvider<RepeatedCalls> repeats,
                MessageServiceOptions options,
                CallerIdentity callers) {
            List<MessageOperations> stores = new ArrayList<>(own.orderedStream().toList());
            others.orderedStream().forEach(more -> stores.addAll(more.stores()));
            return new MessageOperationsController(stores, options.time(), callers, repeats.getIfAvailable());
        }

        @Bean
        @ConditionalOnBean(ParkedCommands.class)
        ParkedController carillonParkedController(
                ParkedCommands own,
                MessageQueries ownStore,
                ObjectProvider<MessageStores> others,
                CallerIdentity callers) {
            Map<String, ParkedCommands> stores = new LinkedHashMap<>();
            stores.put(ownStore.store(), own);
            others.orderedStream().forEach(more -> more.parked().forEach(stores::putIfAbsent));
            return new ParkedController(stores, callers);
        }

        @Bean
        @ConditionalOnBean(CleaningCommands.class)
        CleaningController carillonCleaningController(
                CleaningCommands commands,
                CleaningStore cleanings,
                Audit audit,
                MessageServiceOptions options,
                CallerIdentity callers) {
            return new CleaningController(commands, cleanings, audit, options.time(), callers);
        }

        @Bean
        OpenApiController carillonOpenApiController() throws IOException {
            return new OpenApiController();
        }
    }

    @Bean
    @ConditionalOnClass(RestController.class)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
    @ConditionalOnBean(TransactionMarks.class)
    MessageCheckController carillonMessageCheckController(TransactionMarks marks) {
        return new MessageCheckController(marks);
    }

    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnProperty("carillon.central.url")
    CentralClient carillonCentralClient(CentralClientProperties properties, Environment environment) {
        String group = environment.getProperty("carillon.messages.producer-group", "");
        String producer = group.isEmpty() ? environment.getProperty("spring.application.name", "") : group;
        if (producer.isEmpty()) {
            throw new InvalidPropertyException(
                    "carillon.messages.producer-group",
                    "",
                    "a name that all instances of this service share",
                    "Set it, or spring.application.name.");
        }
        return new CentralClient(
                properties.url(),
                producer,
                properties.checkUrl().isEmpty() ? null : properties.checkUrl(),
                properties.token(),
                properties.timeout(),
                SystemTime.instants());
    }

    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnBean({CentralClient.class, Transactions.class, TransactionMarks.class})
    CentralTransactions carillonCentralTransactions(
            CentralClient client, Transactions transactions, TransactionMarks marks) {
        return new CentralTransactions(client, transactions, marks);
    }
}
