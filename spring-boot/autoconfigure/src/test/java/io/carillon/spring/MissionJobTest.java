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
package io.carillon.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.JobEngine;
import io.carillon.jobs.coordination.Registry;
import io.carillon.messages.ReceivedMessage;
import io.carillon.spring.jobs.ScheduledJobs;
import io.carillon.spring.mission.DeleteRpcConsumerMessageJob;
import io.carillon.spring.mission.Original;
import io.carillon.testkit.jobs.InMemoryRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** The job class that the mission prints, in an application with a real engine on a registry in memory. */
class MissionJobTest {

    private static final String JOB = DeleteRpcConsumerMessageJob.class.getName();

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({
        DeleteRpcConsumerMessageJob.class,
        Original.TpcMqMessageService.class,
        Original.PaascloudProperties.class,
        Received.class
    })
    static class Application {

        @Bean
        InMemoryRegistry zooKeeper() {
            return InMemoryRegistry.threaded(SystemTime.instants(), Duration.ofSeconds(30));
        }

        @Bean
        Registry registry(InMemoryRegistry zooKeeper) {
            return zooKeeper.connect();
        }
    }

    static class Received {

        final BlockingQueue<ReceivedMessage> messages = new LinkedBlockingQueue<>();

        @ReliableListener(topic = "TPC_TOPIC", tags = "DELETE_CONSUMER_MESSAGE")
        public void deleteMessages(ReceivedMessage message) {
            messages.add(message);
        }
    }

    @Test
    void theJobOfTheMissionIsScheduledAndItsMessageArrives() throws Exception {
        try (ConfigurableApplicationContext application = new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .bannerMode(Banner.Mode.OFF)
                .properties(Map.of(
                        "spring.application.name", "tpc",
                        "spring.datasource.url", "jdbc:h2:mem:mission;DB_CLOSE_DELAY=-1",
                        "carillon.store.create-tables", "true",
                        "carillon.messages.broker", "in-jvm",
                        "carillon.registry.namespace", "paascloud",
                        "carillon.jobs.schedules.tpc-resend.cron", "0 0 3 * * ?"))
                .run()) {
            Map<String, JobConfiguration> jobs =
                    application.getBean(ScheduledJobs.class).configurations();
            assertThat(jobs)
                    .containsOnlyKeys(JOB, "tpc-resend", "tpc-clean-sent", "tpc-clean-consumed", "tpc-clean-history");
            assertThat(jobs.get(JOB).getCron()).isEqualTo("0 0 0 1/1 * ?");
            assertThat(jobs.get("tpc-resend").getCron()).isEqualTo("0 0 3 * * ?");
            assertThat(jobs.get("tpc-clean-sent").getCron()).isEqualTo("0 0 1 1/1 * ?");
            assertThat(jobs.get("tpc-clean-consumed").getCron()).isEqualTo("0 0 0 1/1 * ?");

            application.getBean(JobEngine.class).commands().trigger(JOB);

            ReceivedMessage message =
                    application.getBean(Received.class).messages.poll(60, TimeUnit.SECONDS);
            assertThat(message).isNotNull();
            assertThat(message.message().text()).isEqualTo("{\"shardingTotalCount\":1,\"shardingItem\":0}");
            assertThat(message.message().headers()).containsEntry("producerGroup", "PID_TPC");
            assertThat(message.group()).isEqualTo("tpc");
        }
    }
}
