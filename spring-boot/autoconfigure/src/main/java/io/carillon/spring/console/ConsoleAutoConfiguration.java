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
import io.carillon.console.ShownSettings;
import io.carillon.console.access.Accounts;
import io.carillon.console.access.Callers;
import io.carillon.console.access.ConsoleStore;
import io.carillon.console.access.HostAccess;
import io.carillon.console.command.Thresholds;
import io.carillon.console.command.Trail;
import io.carillon.console.web.Scope;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.history.DecisionHistory;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.operations.HealthThresholds;
import io.carillon.jobs.operations.JobAudit;
import io.carillon.jobs.operations.RegistryOperations;
import io.carillon.messages.directory.Directory;
import io.carillon.messages.directory.LiveDirectory;
import io.carillon.messages.operations.MessageOperations;
import io.carillon.messages.operations.MessageQueries;
import io.carillon.messages.recovery.ParkedCommands;
import io.carillon.spring.ConsoleProperties;
import io.carillon.spring.HealthProperties;
import io.carillon.spring.InvalidPropertyException;
import io.carillon.spring.MaintenanceProperties;
import io.carillon.spring.SystemTime;
import io.carillon.spring.central.BodyLimit;
import io.carillon.spring.central.CallerIdentity;
import java.time.Duration;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.util.ClassUtils;

/**
 * The console in an application: on its own registry, history and messages, below {@code carillon.console.path}. It has a login
 * of its own, whose users are in the application's database, unless the application says that Spring Security knows who is there
 * ({@code carillon.console.login}). Beans of the application's own replace each part.
 */
@AutoConfiguration(
        afterName = {
            "io.carillon.spring.jobs.JobsAutoConfiguration",
            "io.carillon.spring.messages.StoreAutoConfiguration",
            "io.carillon.spring.messages.MessagesAutoConfiguration"
        },
        beforeName = "io.carillon.spring.central.CentralAutoConfiguration")
@ConditionalOnClass(ConsoleConfiguration.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnBooleanProperty(name = "carillon.console.enabled", matchIfMissing = true)
@EnableConfigurationProperties({ConsoleProperties.class, HealthProperties.class})
@Import({
    ConsoleAutoConfiguration.OnRegistry.class,
    ConsoleAutoConfiguration.InDatabase.class,
    ConsoleAutoConfiguration.BySpringSecurity.class,
    ConsoleAutoConfiguration.Shown.class,
    ConsoleConfiguration.class,
    ConsoleAutoConfiguration.OfTheCentralService.class
})
public class ConsoleAutoConfiguration {
    private static final long MOST_BODY = 512L * 1024;
    private static final Logger log = LoggerFactory.getLogger(ConsoleAutoConfiguration.class);

    @Bean
    @ConditionalOnMissingBean
    ConsoleOptions carillonConsoleOptions(ConsoleProperties properties) {
        return properties.options(SystemTime.instants());
    }

    /** What the properties say; administrators may change it in the console. */
    @Bean
    @ConditionalOnMissingBean
    HealthThresholds carillonConsoleHealth(HealthProperties properties) {
        return properties.thresholds();
    }

    @Bean
    AnyoneMay carillonConsoleAnyone(ConsoleProperties properties) {
        return new AnyoneMay(properties.anyoneMay());
    }

    /** Prints the link for the first administrator, as long as nobody can log in. */
    @Bean
    ApplicationListener<ApplicationReadyEvent> carillonConsoleFirstLink(
            Accounts accounts,
            ObjectProvider<HostAccess> host,
            ObjectProvider<ConsoleTables> tables,
            ConsoleOptions options) {
        return event -> {
            if (host.getIfAvailable() != null) {
                return;
            }
            try {
                // making them may take longer than a page waits
                tables.ifAvailable(ConsoleTables::open);
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

    /** Bodies that are too large, or come too slowly, are refused; those of the central service have a limit of their own. */
    @Bean
    FilterRegistrationBean<BodyLimit> carillonConsoleBodyLimit(
            ConsoleOptions options, ConsoleProperties properties, Environment environment) {
        boolean central = environment.getProperty("carillon.messages.central.enabled", Boolean.class, false);
        String api = environment.getProperty("server.servlet.context-path", "") + "/api/v1/";
        String console = environment.getProperty("server.servlet.context-path", "") + options.path();
        FilterRegistrationBean<BodyLimit> filter = new FilterRegistrationBean<>(new BodyLimit(
                MOST_BODY,
                properties.bodyWithin(),
                SystemTime.instants(),
                request -> (request.getRequestURI().startsWith(console + "/")
                                || request.getRequestURI().equals(console))
                        && !(central && request.getRequestURI().startsWith(api))));
        filter.setName("carillonConsoleBodyLimit");
        return filter;
    }

    /** The application's own registry as the one cluster. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingBean(ConsoleSources.class)
    static class OnRegistry {
        private static final Duration REGISTRY_LIMIT = Duration.ofSeconds(15);
        private static final Duration STALE_AFTER = Duration.ofSeconds(5);

        @Bean(destroyMethod = "close")
        @ConditionalOnBean(Registry.class)
        @ConditionalOnMissingBean
        RegistryOperations carillonConsoleOperations(
                Registry registry,
                Environment environment,
                Thresholds health,
                ObjectProvider<RunHistory> history,
                ObjectProvider<DecisionHistory> decisions) {
            return RegistryOperations.open(
                    registry,
                    environment.getProperty("carillon.registry.namespace", ""),
                    RegistryOperations.Settings.of(SystemTime.instants())
                            .history(history.getIfAvailable(RunHistory::none))
                            .decisions(decisions.getIfAvailable(() -> DecisionHistory.NONE))
                            .health(health)
                            .timeout(REGISTRY_LIMIT)
                            .staleAfter(STALE_AFTER));
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
                                    name.isEmpty() ? "jobs" : name, found.queries(), found.commands(), found.tree()))
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
            return new ConsoleTables(dataSource, create);
        }

        @Bean
        @ConditionalOnMissingBean
        ConsoleStore carillonConsoleStore(ConsoleTables tables) {
            return new JdbcConsoleStore(tables);
        }

        @Bean
        @ConditionalOnMissingBean
        Trail carillonConsoleTrail(ConsoleTables tables, ObjectProvider<JobAudit> audit) {
            Trail own = new JdbcTrail(tables);
            JobAudit engine = audit.getIfUnique();
            return engine == null ? own : Trail.alongWith(own, engine, "");
        }

        /** The audit is kept as long as the run history. */
        @Bean
        AgedTrail carillonConsoleAgedTrail(ConsoleTables tables) {
            return new AgedTrail(tables);
        }
    }

    /** Spring Security says who is there; its authorities and claims are given our roles. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnProperty(name = "carillon.console.login", havingValue = "spring-security")
    @ConditionalOnMissingBean(HostAccess.class)
    static class BySpringSecurity {
        private static final String CONTEXT = "org.springframework.security.core.context.SecurityContextHolder";

        @Bean
        HostAccess carillonConsoleHostAccess(ConsoleProperties properties) {
            if (!ClassUtils.isPresent(CONTEXT, BySpringSecurity.class.getClassLoader())) {
                throw new InvalidPropertyException(
                        "carillon.console.login",
                        "spring-security",
                        "own, where Spring Security is not on the class path",
                        "Add Spring Security to the application, or leave the property out.");
            }
            return new SpringSecurityPeople(properties);
        }
    }

    /** The calls about messages ask the console who calls. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(CallerIdentity.class)
    static class OfTheCentralService {
        @Bean
        @ConditionalOnMissingBean
        CallerIdentity carillonConsoleCallerIdentity(
                Callers callers, ObjectProvider<Scope> scope, ConsoleOptions options) {
            return new ConsoleCallers(callers, () -> scope.getObject().sources(), options.readOnly());
        }
    }

    /** What the application has set, for everybody to see. */
    @Configuration(proxyBeanMethods = false)
    static class Shown {
        @Bean
        @Order(3)
        @ConditionalOnBean(MaintenanceProperties.class)
        ShownSettings carillonConsoleShownRetention(MaintenanceProperties maintenance) {
            return ShownProperties.of(ShownSettings.About.RETENTION, "carillon.maintenance", maintenance);
        }

        @Bean
        @Order(4)
        ShownSettings carillonConsoleShownConsole(ConsoleProperties console) {
            return ShownProperties.of(ShownSettings.About.CONSOLE, "carillon.console", console);
        }
    }
}
