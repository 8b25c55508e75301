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

import io.carillon.console.ConsoleAlarms;
import io.carillon.console.ConsoleSources;
import io.carillon.console.text.AlarmNotices;
import io.carillon.store.jdbc.JdbcStore;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Composes the alarms and the metrics of the same reasons. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(AlarmProperties.class)
class AlarmConfiguration {
    private static final Logger log = LoggerFactory.getLogger(AlarmConfiguration.class);

    @Bean(destroyMethod = "close")
    AlarmWatch carillonAlarmWatch(
            AlarmProperties properties,
            CenterProperties center,
            ConsoleSources sources,
            JdbcStore store,
            ObjectProvider<MeterRegistry> meters) {
        ZoneId zone = center.zoneId();
        Map<String, AlarmWatch.Voice> voices = new LinkedHashMap<>();
        properties
                .channels()
                .forEach((name, settings) -> voices.put(
                        name,
                        new AlarmWatch.Voice(
                                settings.notifier(),
                                new AlarmNotices(settings.language().texts(), zone, properties.consoleUrl()))));
        MeterRegistry registry = meters.getIfAvailable();
        return new AlarmWatch(
                new LookAround(sources, properties.ignored(), properties.messages()),
                properties.rules(),
                voices,
                store.alarmStore(),
                SystemTime.source(),
                properties.every(),
                registry == null ? seen -> {} : new ReasonMeters(registry)::seen,
                properties.enabled());
    }

    /** Shows what is open, and who was told, on the pages. */
    @Bean
    ConsoleAlarms carillonShownAlarms(AlarmProperties properties, JdbcStore store) {
        return new ConsoleAlarms(
                store.alarmStore(),
                properties.enabled(),
                properties.channels().keySet().stream().sorted().toList());
    }

    /** Begins when everything else is there. */
    @Bean
    ApplicationListener<ApplicationReadyEvent> carillonAlarmStart(AlarmWatch watch, AlarmProperties properties) {
        return event -> {
            if (!properties.enabled()) {
                log.info("Alarms: off (carillon.alarms.enabled=false)");
            } else if (properties.channels().isEmpty()) {
                log.info("Alarms: nobody is told yet; set carillon.alarms.channels.<name>.type");
            }
            watch.start();
        };
    }
}
