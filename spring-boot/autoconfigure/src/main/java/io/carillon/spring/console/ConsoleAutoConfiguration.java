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
package io.carillon.spring.console;

import io.carillon.console.ConsoleCluster;
import io.carillon.console.ConsoleConfiguration;
import io.carillon.console.ConsoleConfiguration.AnyoneMay;
import io.carillon.console.ConsoleMessages;
import io.carillon.console.ConsoleOptions;
import io.carillon.console.ConsoleSources;
import io.carillon.console.access.Accounts;
import io.carillon.console.access.ConsoleStore;
import io.carillon.console.access.Grant;
import io.carillon.console.access.HostAccess;
import io.carillon.console.command.Trail;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.history.DecisionHistory;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.operations.RegistryOperations;
import io.carillon.messages.directory.Directory;
import io.carillon.messages.directory.LiveDirectory;
import io.carillon.messages.operations.MessageOperations;
import io.carillon.messages.operations.MessageQueries;
import io.carillon.messages.recovery.ParkedCommands;
import io.carillon.spring.ConsoleProperties;
import io.carillon.spring.SystemTime;
import java.security.Principal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The console in an application: on its own registry, history and messages, below {@code carillon.console.path}. Where Spring
 * Security guards the application, the console asks it who is there ({@code carillon.console.roles}); else it has a login of its
 * own, whose users are in the application's database. Beans of the application's own replace each part.
 */
@AutoConfiguration(
        afterName = {
            "io.carillon.spring.jobs.JobsAutoConfiguration",
            "io.carillon.spring.messages.StoreAutoConfiguration",
            "io.carillon.spring.messages.MessagesAutoConfiguration",
            "org.springframework.boot.security.autoconfigure.web.servlet.SecurityFilterAutoConfiguration",
            "org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration"
        })
@ConditionalOnClass(ConsoleConfiguration.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnBooleanProperty(name = "carillon.console.enabled", matchIfMissing = true)
@EnableConfigurationProperties(ConsoleProperties.class)
@Import({
    ConsoleAutoConfiguration.OnRegistry.class,
    ConsoleAutoConfiguration.InDatabase.class,
    ConsoleAutoConfiguration.BySpringSecurity.class,
    ConsoleConfiguration.class
})
public class ConsoleAutoConfiguration {
    private static final Logger log = LoggerFactory.getLogger(ConsoleAutoConfiguration.class);

    @Bean
    @ConditionalOnMissingBean
    ConsoleOptions carillonConsoleOptions(ConsoleProperties properties) {
        return properties.options(SystemTime.instants());
    }

    @Bean
    AnyoneMay carillonConsoleAnyone(ConsoleProperties properties) {
        return new AnyoneMay(properties.anyoneMay());
    }

    /** Prints the link for the first administrator, as long as nobody can log in. */
    @Bean
    ApplicationListener<ApplicationReadyEvent> carillonConsoleFirstLink(
            Accounts accounts, ObjectProvider<HostAccess> host, ConsoleOptions options) {
        return event -> {
            if (host.getIfAvailable() != null) {
                return;
            }
            try {
                Environment environment = event.getApplicationContext().getEnvironment();
                String port = environment.getProperty("local.server.port", "");
                accounts.firstLink()
                        .ifPresent(link -> log.info(
                                "Console: nobody can log in yet. Become its administrator by this link, once, within a day:"
                                        + " http://{}:{}{}{}/welcome?link={}",
                                environment.getProperty("server.address", "localhost"),
                                port,
                                environment.getProperty("server.servlet.context-path", ""),
                                options.path(),
                                link));
            } catch (RuntimeException e) {
                log.warn(
                        "Console: whether somebody can log in is not known: {}. It is tried at the next start.",
                        e.getMessage());
            }
        };
    }

    /** The application's own registry as the one cluster. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingBean(ConsoleSources.class)
    static class OnRegistry {
        private static final Duration REGISTRY_LIMIT = Duration.ofSeconds(15);

        @Bean(destroyMethod = "close")
        @ConditionalOnBean(Registry.class)
        @ConditionalOnMissingBean
        RegistryOperations carillonConsoleOperations(
                Registry registry,
                Environment environment,
                ObjectProvider<RunHistory> history,
                ObjectProvider<DecisionHistory> decisions) {
            return RegistryOperations.open(
                    registry,
                    environment.getProperty("carillon.registry.namespace", ""),
                    history.getIfAvailable(RunHistory::none),
                    decisions.getIfAvailable(() -> DecisionHistory.NONE),
                    SystemTime.instants(),
                    REGISTRY_LIMIT);
        }

        @Bean
        ConsoleSources carillonConsoleOwnSources(
                ObjectProvider<RegistryOperations> operations,
                ObjectProvider<MessageQueries> messages,
                ObjectProvider<MessageOperations> stores,
                ObjectProvider<Directory> directory,
                ObjectProvider<LiveDirectory> edits,
                ObjectProvider<ParkedCommands> parked,
                ConsoleProperties properties,
                Environment environment) {
            String namespace = environment.getProperty("carillon.registry.namespace", "jobs");
            String name = properties.cluster().isEmpty()
                    ? namespace.replaceAll("[^A-Za-z0-9._-]", "-").replaceAll("^[^A-Za-z0-9]+", "")
                    : properties.cluster();
            return new ConsoleSources(
                    operations
                            .orderedStream()
                            .limit(1)
                            .map(found -> new ConsoleCluster(
                                    name.isEmpty() ? "jobs" : name, found.queries(), found.commands()))
                            .toList(),
                    messages.orderedStream().toList(),
                    stores.orderedStream()
                            .limit(1)
                            .map(own -> new ConsoleMessages(
                                    own, directory.getIfAvailable(), edits.getIfAvailable(), parked.getIfAvailable()))
                            .toList());
        }
    }

    /** Users, sessions and the audit in the application's database. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({DataSource.class, JdbcClient.class})
    @ConditionalOnSingleCandidate(DataSource.class)
    static class InDatabase {
        @Bean
        ConsoleTables carillonConsoleTables(DataSource dataSource, Environment environment) {
            boolean create = environment.getProperty("carillon.store.create-tables", Boolean.class, false);
            return new ConsoleTables(JdbcClient.create(dataSource), create);
        }

        @Bean
        @ConditionalOnMissingBean
        ConsoleStore carillonConsoleStore(ConsoleTables tables) {
            return new JdbcConsoleStore(tables);
        }

        @Bean
        @ConditionalOnMissingBean
        Trail carillonConsoleTrail(ConsoleTables tables) {
            return new JdbcTrail(tables);
        }
    }

    /** Spring Security says who is there; its roles are given ours. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnBean(type = "org.springframework.security.web.SecurityFilterChain")
    @ConditionalOnMissingBean(HostAccess.class)
    static class BySpringSecurity {
        @Bean
        HostAccess carillonConsoleHostAccess(ConsoleProperties properties) {
            return request -> {
                Principal principal = request.getUserPrincipal();
                if (principal == null) {
                    return Optional.empty();
                }
                List<Grant> grants = new ArrayList<>();
                properties.roles().forEach((role, text) -> {
                    if (request.isUserInRole(role)) {
                        grants.addAll(Grant.parse(text));
                    }
                });
                return Optional.of(new HostAccess.Person(principal.getName(), grants));
            };
        }
    }
}
