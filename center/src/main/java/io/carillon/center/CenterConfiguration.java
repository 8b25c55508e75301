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
package io.carillon.center;

import io.carillon.console.ConsoleConfiguration;
import io.carillon.console.ConsoleOptions;
import io.carillon.console.ConsoleSources;
import io.carillon.console.web.Pages;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.history.DecisionHistory;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.operations.JobAudit;
import io.carillon.messages.operations.MessageQueries;
import io.carillon.spring.HealthProperties;
import io.carillon.spring.InvalidPropertyException;
import io.carillon.spring.central.MessageStores;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;

/** Composes the centre: sources, console, error page, the line that says where it is. */
@Configuration(proxyBeanMethods = false)
@Import(ConsoleConfiguration.class)
@EnableConfigurationProperties(HealthProperties.class)
class CenterConfiguration {
    private static final Logger log = LoggerFactory.getLogger(CenterConfiguration.class);
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(2);

    @Bean(destroyMethod = "close")
    CenterSources carillonCenterSources(
            CenterProperties properties,
            HealthProperties health,
            Environment environment,
            ObjectProvider<Registry> registry,
            ObjectProvider<RunHistory> history,
            ObjectProvider<DecisionHistory> decisions,
            ObjectProvider<JobAudit> audit,
            ObjectProvider<MessageQueries> messages) {
        String namespace = environment.getProperty("carillon.registry.namespace", "");
        Registry found = registry.getIfAvailable();
        if (found != null && namespace.isBlank()) {
            throw new InvalidPropertyException(
                    "carillon.registry.namespace",
                    "",
                    "the namespace of the jobs to show",
                    "Set it to the namespace of your services.");
        }
        boolean central = environment.getProperty("carillon.messages.enabled", Boolean.class, false);
        return new CenterSources(
                properties,
                health.thresholds(),
                found,
                namespace,
                history.getIfAvailable(),
                decisions.getIfAvailable(() -> DecisionHistory.NONE),
                audit.getIfAvailable(() -> JobAudit.NONE),
                central ? messages.getIfAvailable() : null,
                SystemTime.source());
    }

    /** The services' messages, for the HTTP interface. */
    @Bean
    MessageStores carillonCenterMessageStores(CenterSources sources) {
        return sources::operations;
    }

    @Bean
    ConsoleSources carillonCenterConsoleSources(CenterSources sources) {
        return sources.sources();
    }

    @Bean
    ConsoleOptions carillonCenterConsoleOptions(CenterProperties properties) {
        return new ConsoleOptions(SystemTime.source(), properties.zoneId(), ANSWER_LIMIT, properties.refresh());
    }

    @Bean
    ErrorPage carillonCenterErrorPage(Pages pages) {
        return new ErrorPage(pages);
    }

    /** Says where the console is, and that it has no login. */
    @Bean
    ApplicationListener<WebServerInitializedEvent> carillonCenterAddress(Environment environment) {
        return event -> {
            String address = environment.getProperty("server.address", "127.0.0.1");
            int port = event.getWebServer().getPort();
            if (isLoopback(address)) {
                log.info("Console: http://{}:{}/ (no login yet, so it listens on this machine only)", address, port);
            } else {
                log.warn(
                        "Console: http://{}:{}/ has no login yet: everyone who can reach it can read it."
                                + " Set server.address=127.0.0.1, or put a proxy with a login before it.",
                        address,
                        port);
            }
        };
    }

    private static boolean isLoopback(String address) {
        try {
            return InetAddress.getByName(address).isLoopbackAddress();
        } catch (UnknownHostException unknown) {
            return false;
        }
    }
}
