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

import io.carillon.console.ConsoleMessages;
import io.carillon.console.ConsoleOptions;
import io.carillon.console.ConsoleSources;
import io.carillon.console.ShownSettings;
import io.carillon.console.command.Thresholds;
import io.carillon.console.web.Pages;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.history.DecisionHistory;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.operations.JobAudit;
import io.carillon.messages.directory.Directory;
import io.carillon.messages.directory.LiveDirectory;
import io.carillon.messages.operations.MessageOperations;
import io.carillon.messages.recovery.ParkedCommands;
import io.carillon.spring.ConsoleProperties;
import io.carillon.spring.InvalidPropertyException;
import io.carillon.spring.console.ShownProperties;
import io.carillon.spring.jobs.RegistryMayBeLate;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/** Composes the centre: sources, console, error page, the line that says where it is. */
@Configuration(proxyBeanMethods = false)
@Import(AlarmConfiguration.class)
class CenterConfiguration {
    private static final Logger log = LoggerFactory.getLogger(CenterConfiguration.class);

    /** Somebody looks at the console first of all when the registry is down. */
    @Bean
    RegistryMayBeLate carillonCenterRegistryMayBeLate() {
        return new RegistryMayBeLate("The centre");
    }

    @Bean(destroyMethod = "close")
    CenterSources carillonCenterSources(
            CenterProperties properties,
            Thresholds health,
            Environment environment,
            ObjectProvider<Registry> registry,
            ObjectProvider<RunHistory> history,
            ObjectProvider<DecisionHistory> decisions,
            ObjectProvider<JobAudit> audit,
            ObjectProvider<MessageOperations> messages,
            ObjectProvider<Directory> directory,
            ObjectProvider<LiveDirectory> edits,
            ObjectProvider<ParkedCommands> parked,
            ObjectProvider<ParkedCommands.Elsewhere> tell) {
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
                health,
                found,
                namespace,
                history.getIfAvailable(),
                decisions.getIfAvailable(() -> DecisionHistory.NONE),
                audit.getIfAvailable(() -> JobAudit.NONE),
                central
                        ? messages.orderedStream()
                                .findFirst()
                                .map(own -> new ConsoleMessages(
                                        own,
                                        directory.getIfAvailable(),
                                        edits.getIfAvailable(),
                                        parked.getIfAvailable()))
                                .orElse(null)
                        : null,
                edits.getIfAvailable(),
                tell.getIfAvailable(),
                SystemTime.source());
    }

    @Bean
    ConsoleSources carillonCenterConsoleSources(CenterSources sources) {
        return sources.sources();
    }

    @Bean
    ConsoleOptions carillonCenterConsoleOptions(CenterProperties properties, ConsoleProperties console) {
        return console.options(SystemTime.source(), properties.zoneId(), properties.refresh());
    }

    @Bean
    @Order(2)
    ShownSettings carillonCenterShownAlarms(AlarmProperties alarms) {
        return ShownProperties.of(ShownSettings.About.ALARMS, "carillon.alarms", alarms);
    }

    @Bean
    ErrorPage carillonCenterErrorPage(Pages pages) {
        return new ErrorPage(pages);
    }

    /** Says where the console is, and warns of what everybody may do who can reach it. */
    @Bean
    ApplicationListener<WebServerInitializedEvent> carillonCenterAddress(
            Environment environment, ConsoleProperties console) {
        return event -> {
            String address = environment.getProperty("server.address", "127.0.0.1");
            int port = event.getWebServer().getPort();
            log.info("Console: http://{}:{}/", address, port);
            if (!console.anyone().isBlank() && !isLoopback(address)) {
                log.warn(
                        "carillon.console.anyone: {} (expected: nothing, where others can reach {}:{})."
                                + " Everyone who can reach it may do that without a login. Take it away, or set"
                                + " server.address=127.0.0.1.",
                        console.anyone(),
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
