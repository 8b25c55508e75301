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

import io.carillon.console.ConsoleOptions;
import io.carillon.console.ConsoleSources;
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
import jakarta.servlet.ServletContext;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.AnyNestedCondition;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/**
 * The central mode: the centre's beans and HTTP calls where {@code carillon.messages.central.enabled} is set; what people see and
 * do of messages over HTTP there and wherever a console shows messages; the producer's answers wherever there are marks and a
 * web server; and a client where {@code carillon.central.url} is set.
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
            return new HttpProducerCheck(
                    properties.central().checkTimeout(), properties.central().checkToken());
        }
    }

    /** How long a body may take to come in: a slow one must not hold a thread for ever. */
    private static final Duration BODY_WITHIN = Duration.ofSeconds(60);

    /**
     * With a console: keys of repeated calls are kept with its records, and calls are about the stores that it shows.
     */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(Repeats.class)
    static class WithConsole {

        @Bean
        @ConditionalOnMissingBean
        RepeatedCalls carillonRepeatedCalls(ObjectProvider<ConsoleStore> store) {
            return new RepeatsOfConsole(new Repeats(store.getIfAvailable(FileStore::inMemory), SystemTime.instants()));
        }

        @Bean
        @ConditionalOnMissingBean
        MessageStores carillonConsoleMessageStores(ObjectProvider<ConsoleSources> sources) {
            return new StoresOfConsole(sources.orderedStream()
                    .flatMap(each -> each.messages().stream())
                    .toList());
        }
    }

    /** What comes before {@code /api/v1} of the calls about messages. An application without a console has no such bean. Immutable. */
    record PathOfCalls(String path) {}

    /** Calls about messages are where the console's other calls are. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({ConsoleOptions.class, RestController.class})
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
    @ConditionalOnBean(ConsoleOptions.class)
    static class InTheConsolesPlace {

        @Bean
        BelowConsole carillonMessagesBelowConsole(
                ConsoleOptions options,
                Environment environment,
                @Qualifier("requestMappingHandlerMapping") ObjectProvider<RequestMappingHandlerMapping> mappings) {
            return new BelowConsole(options.path(), central(environment), mappings);
        }

        @Bean
        PathOfCalls carillonPathOfCallsAboutMessages(BelowConsole console) {
            return new PathOfCalls(console.only());
        }
    }

    private static boolean central(Environment environment) {
        return environment.getProperty("carillon.messages.central.enabled", Boolean.class, false);
    }

    /** The HTTP calls of the central mode. */
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
        FilterRegistrationBean<BodyLimit> carillonBodyLimit(MessagesProperties properties) {
            FilterRegistrationBean<BodyLimit> filter = new FilterRegistrationBean<>(new BodyLimit(
                    properties.central().maxBody().toBytes(), BODY_WITHIN, SystemTime.instants(), request -> true));
            filter.addUrlPatterns("/api/v1/*", MessageCheckController.PATH);
            return filter;
        }

        @Bean
        CentralMessagesController carillonCentralMessagesController(
                CentralMessages messages, MessageStore store, MessageServiceOptions options, CallerIdentity callers) {
            return new CentralMessagesController(messages, store, options.time(), callers);
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
    }

    /** Where messages are seen and commanded over HTTP. */
    static final class MessagesAreShown extends AnyNestedCondition {

        MessagesAreShown() {
            super(ConfigurationPhase.REGISTER_BEAN);
        }

        @ConditionalOnBean(MessageService.class)
        @ConditionalOnBooleanProperty(name = "carillon.messages.central.enabled")
        static final class InTheCentralMode {}

        // by its users: without a console nobody would tell who calls
        @ConditionalOnBean(type = "io.carillon.console.access.Callers")
        static final class InAConsole {}
    }

    /** What people see and do of messages, over HTTP: in the central mode, and wherever a console shows messages. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(RestController.class)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
    @Conditional(MessagesAreShown.class)
    static class Operations {

        @Bean
        ApiProblem carillonApiProblem() {
            return new ApiProblem();
        }

        /** In the central mode the own store comes first, and is there without a console, too. */
        @Bean
        MessageOperationsController carillonMessageOperationsController(
                ObjectProvider<MessageOperations> own,
                ObjectProvider<MessageStores> others,
                ObjectProvider<RepeatedCalls> repeats,
                ObjectProvider<MessageServiceOptions> options,
                CallerIdentity callers,
                Environment environment) {
            Map<String, MessageOperations> stores = new LinkedHashMap<>();
            if (central(environment)) {
                own.orderedStream().forEach(each -> stores.putIfAbsent(each.store(), each));
            }
            others.orderedStream()
                    .forEach(more -> more.stores().forEach(each -> stores.putIfAbsent(each.store(), each)));
            return new MessageOperationsController(
                    List.copyOf(stores.values()), time(options), callers, repeats.getIfAvailable());
        }

        @Bean
        ParkedController carillonParkedController(
                ObjectProvider<ParkedCommands> own,
                ObjectProvider<MessageQueries> ownStore,
                ObjectProvider<MessageStores> others,
                CallerIdentity callers,
                Environment environment) {
            Map<String, ParkedCommands> stores = new LinkedHashMap<>();
            if (central(environment)) {
                own.ifAvailable(commands -> ownStore.ifAvailable(store -> stores.put(store.store(), commands)));
            }
            others.orderedStream().forEach(more -> more.parked().forEach(stores::putIfAbsent));
            return new ParkedController(stores, callers);
        }

        @Bean
        @ConditionalOnBean({LiveDirectory.class, Audit.class})
        DirectoryController carillonDirectoryController(
                LiveDirectory directory,
                Audit audit,
                ObjectProvider<MessageServiceOptions> options,
                CallerIdentity callers) {
            return new DirectoryController(directory, audit, time(options), callers);
        }

        @Bean
        OpenApiController carillonOpenApiController(
                ObjectProvider<CentralMessagesController> central,
                ObjectProvider<DirectoryController> directory,
                ObjectProvider<CleaningController> cleaning,
                ObjectProvider<ServletContext> servlets,
                ObjectProvider<PathOfCalls> console)
                throws IOException {
            Set<String> served = new TreeSet<>(Set.of("operations"));
            central.ifAvailable(there -> served.add("messages"));
            directory.ifAvailable(there -> served.add("directory"));
            cleaning.ifAvailable(there -> served.add("cleaning"));
            PathOfCalls below = console.getIfAvailable();
            ServletContext servlet = servlets.getIfAvailable();
            return new OpenApiController(
                    served, (servlet == null ? "" : servlet.getContextPath()) + (below == null ? "" : below.path()));
        }

        private static InstantSource time(ObjectProvider<MessageServiceOptions> options) {
            MessageServiceOptions found = options.getIfAvailable();
            return found == null ? SystemTime.instants() : found.time();
        }
    }

    @Bean
    @ConditionalOnClass(RestController.class)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
    @ConditionalOnBean(TransactionMarks.class)
    MessageCheckController carillonMessageCheckController(TransactionMarks marks, CentralClientProperties properties) {
        return new MessageCheckController(marks, properties.checkToken());
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
