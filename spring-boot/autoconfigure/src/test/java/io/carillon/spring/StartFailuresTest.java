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
import static org.assertj.core.api.Assertions.catchThrowable;

import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.SimpleJob;
import io.carillon.messages.ReceivedMessage;
import io.carillon.spring.central.CentralAutoConfiguration;
import io.carillon.spring.jobs.JobsAutoConfiguration;
import io.carillon.spring.messages.MaintenanceAutoConfiguration;
import io.carillon.spring.messages.MessagesAutoConfiguration;
import io.carillon.spring.messages.StoreAutoConfiguration;
import java.io.IOException;
import java.net.ServerSocket;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.transaction.annotation.Transactional;

/**
 * What a person sees when an application cannot start: one line with setting, value, expectation and what to do, and no stack
 * trace before it.
 */
@ExtendWith(OutputCaptureExtension.class)
class StartFailuresTest {

    private static final String H2 = "spring.datasource.url=jdbc:h2:mem:failures;DB_CLOSE_DELAY=-1";

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        DataSourceAutoConfiguration.class,
        DataSourceTransactionManagerAutoConfiguration.class,
        TransactionAutoConfiguration.class,
        StoreAutoConfiguration.class,
        MessagesAutoConfiguration.class,
        CentralAutoConfiguration.class,
        MaintenanceAutoConfiguration.class,
        JobsAutoConfiguration.class
    })
    static class Application {}

    @Configuration(proxyBeanMethods = false)
    @Import({Application.class, Job.class})
    static class WithJob {
        @Bean
        RecordingEngine engine() {
            return new RecordingEngine();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(JobsAutoConfiguration.class)
    @Import(Job.class)
    static class WithJobOnZooKeeper {}

    @Configuration(proxyBeanMethods = false)
    @Import({WithJobOnZooKeeper.class})
    static class JobsOnly {
        @Bean
        RecordingEngine engine() {
            return new RecordingEngine();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Import({Application.class, BadListener.class})
    static class WithBadListener {}

    @Configuration(proxyBeanMethods = false)
    @Import({Application.class, LargeBatches.class})
    static class WithLargeBatches {}

    @Configuration(proxyBeanMethods = false)
    @Import({Application.class, BadProducer.class})
    static class WithBadProducer {}

    @ElasticJobConfig(cron = "${test.cron:0 0 0 1/1 * ?}")
    static class Job implements SimpleJob {
        @Override
        public void execute(ShardingContext shardingContext) {}
    }

    static class BadListener {
        @ReliableListener(topic = "T")
        public void listen(String text) {}
    }

    static class LargeBatches {
        @ReliableListener(topic = "T", concurrency = 2, batchSize = 501)
        public void listen(List<ReceivedMessage> messages) {}
    }

    static class BadProducer {
        @Transactional
        @MqProducerStore
        public String produce(int number) {
            return "" + number;
        }
    }

    @Test
    void anUnknownCron(CapturedOutput output) {
        fails(output, JobsOnly.class, "test.cron=every day")
                .isEqualTo("cron: 'every day' (expected: 6 or 7 fields in Quartz syntax, such as 0 0 2 * * ?). Job '"
                        + Job.class.getName() + "' was not started; correct the expression. Change it in"
                        + " @ElasticJobConfig of " + Job.class.getName() + ".");
    }

    @Test
    void anUnknownCronOfAMaintenanceJob(CapturedOutput output) {
        fails(
                        output,
                        WithJob.class,
                        H2,
                        "carillon.messages.broker=in-jvm",
                        "carillon.store.create-tables=true",
                        "carillon.maintenance.resend.cron=often",
                        "spring.application.name=a")
                .startsWith("carillon.maintenance.resend.cron: 'often' (expected: 6 or 7 fields in Quartz syntax");
    }

    @Test
    void zeroShards(CapturedOutput output) {
        fails(output, JobsOnly.class, "carillon.jobs.schedules.Job.sharding-total-count=0")
                .startsWith("shardingTotalCount: 0 (expected: 1..10000). Job '" + Job.class.getName());
    }

    @Test
    void itemParametersOutOfRange(CapturedOutput output) {
        fails(output, JobsOnly.class, "carillon.jobs.schedules.Job.sharding-item-parameters=0=a,9=b")
                .startsWith("shardingItemParameters: 0=a,9=b (expected: items 0..0). Remove item 9 or raise");
    }

    @Test
    void aZooKeeperThatDoesNotAnswer(CapturedOutput output) throws IOException {
        String address = "127.0.0.1:" + closedPort();
        fails(
                        output,
                        WithJobOnZooKeeper.class,
                        "carillon.registry.server-lists=" + address,
                        "carillon.registry.namespace=test",
                        "carillon.registry.connection-timeout=500ms")
                .startsWith("carillon.registry.server-lists: " + address
                        + " (expected: a ZooKeeper that answers within 500ms; " + address + ": Connection refused)")
                .endsWith("Start ZooKeeper, correct the address, or set carillon.jobs.enabled=false to start without"
                        + " jobs.");
    }

    @Test
    void noZooKeeperAtAll(CapturedOutput output) {
        fails(output, WithJobOnZooKeeper.class)
                .startsWith("carillon.registry.server-lists: not set (expected: host:port");
    }

    @Test
    void aDatabaseThatDoesNotAnswer(CapturedOutput output) throws IOException {
        String url = "jdbc:h2:tcp://127.0.0.1:" + closedPort() + "/./none";
        fails(output, Application.class, "spring.datasource.url=" + url)
                .startsWith("spring.datasource.url: " + url + " (expected: a database that can be reached; the driver"
                        + " said: ")
                .endsWith("Start the database, or correct the address.");
    }

    @Test
    void aWrongDatabasePassword(CapturedOutput output) throws SQLException {
        String url = "jdbc:h2:mem:secured;DB_CLOSE_DELAY=-1";
        try (Connection made = DriverManager.getConnection(url, "shop", "right")) {
            assertThat(made.isValid(1)).isTrue();
        }
        fails(
                        output,
                        Application.class,
                        "spring.datasource.url=" + url,
                        "spring.datasource.username=shop",
                        "spring.datasource.password=wrong")
                .startsWith("spring.datasource.password: (hidden) (expected: the password of user 'shop' at " + url)
                .endsWith("Correct spring.datasource.username or spring.datasource.password.")
                .doesNotContain("right", ": wrong");
    }

    @Test
    void missingTables(CapturedOutput output) {
        fails(output, Application.class, "spring.datasource.url=jdbc:h2:mem:empty")
                .startsWith("table CARILLON_")
                .contains(": not there (expected: the tables of ", "set carillon.store.create-tables=true");
    }

    @Test
    void aRocketMqThatDoesNotAnswer(CapturedOutput output) throws IOException {
        String address = "127.0.0.1:" + closedPort();
        fails(
                        output,
                        Application.class,
                        H2,
                        "spring.application.name=a",
                        "carillon.store.create-tables=true",
                        "carillon.messages.rocketmq.namesrv-addr=" + address,
                        "carillon.messages.rocketmq.start-timeout=500ms")
                .startsWith("carillon.messages.rocketmq.namesrv-addr: " + address
                        + " (expected: a RocketMQ name server that answers within 500ms; ")
                .endsWith("Start RocketMQ, or correct the address.");
    }

    @Test
    void noRocketMqAtAll(CapturedOutput output) {
        fails(output, Application.class, H2, "spring.application.name=a", "carillon.store.create-tables=true")
                .startsWith("carillon.messages.rocketmq.namesrv-addr: not set (expected: host:port");
    }

    @Test
    void anUnknownBroker(CapturedOutput output) {
        fails(output, Application.class, H2, "carillon.store.create-tables=true", "carillon.messages.broker=pigeon")
                .isEqualTo(
                        "carillon.messages.broker: pigeon (expected: one of [in-jvm, rocketmq, kafka, rabbitmq]). Correct the value.");
    }

    @Test
    void noAddressOfKafkaOrRabbitMq(CapturedOutput output) {
        fails(
                        output,
                        Application.class,
                        H2,
                        "spring.application.name=a",
                        "carillon.store.create-tables=true",
                        "carillon.messages.broker=kafka")
                .isEqualTo(
                        "carillon.messages.kafka.bootstrap-servers: not set (expected: host:port, several separated by"
                                + " commas). Set it to the address of a Kafka broker, or set carillon.messages.broker to another"
                                + " one, or carillon.messages.enabled=false.");
    }

    @Test
    void noServerAtTheAddressOfRabbitMq(CapturedOutput output) throws IOException {
        String address = "127.0.0.1:" + closedPort();
        fails(
                        output,
                        Application.class,
                        H2,
                        "carillon.store.create-tables=true",
                        "spring.application.name=a",
                        "carillon.messages.broker=rabbitmq",
                        "carillon.messages.rabbitmq.addresses=" + address,
                        "carillon.messages.rabbitmq.start-timeout=300ms")
                .startsWith("carillon.messages.rabbitmq.addresses: " + address
                        + " (expected: a RabbitMQ server that answers within 300ms");
    }

    @Test
    void aListOfServersThatIsNone(CapturedOutput output) {
        fails(
                        output,
                        Application.class,
                        H2,
                        "carillon.messages.broker=kafka",
                        "carillon.messages.kafka.bootstrap-servers=here;there")
                .isEqualTo("carillon.messages.kafka.bootstrap-servers: here;there (expected: host:port, several"
                        + " separated by commas). Correct the address.");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "carillon.messages.max-deliveries=0 | 1..1000",
                "carillon.messages.rocketmq.max-message-bytes=0 | 1..67108864",
                "carillon.messages.rocketmq.topic-queues=2000 | 1..1024",
                "carillon.messages.kafka.max-message-bytes=99999999 | 1..67108864",
                "carillon.messages.kafka.topic-partitions=0 | 1..1024",
                "carillon.messages.kafka.redelivery-delay=0s | ",
                "carillon.messages.rabbitmq.max-message-bytes=-1 | 1..67108864",
                "carillon.messages.rabbitmq.redelivery-delay=0s | "
            })
    void aSettingOfABrokerThatCannotBe(String setting, String expected, CapturedOutput output) {
        String[] parts = setting.split("=");
        fails(output, Application.class, H2, "carillon.messages.broker=in-jvm", setting)
                .startsWith(parts[0] + ": ")
                .contains("(expected: " + (expected == null ? "" : expected));
    }

    @Test
    void aListenerWhoseBatchesAreTooLarge(CapturedOutput output) {
        fails(
                        output,
                        WithLargeBatches.class,
                        H2,
                        "spring.application.name=a",
                        "carillon.store.create-tables=true",
                        "carillon.messages.broker=in-jvm")
                .startsWith("batchSize: 501 (expected: 1..500). Nothing was subscribed; correct the batchSize. See"
                        + " @ReliableListener on " + LargeBatches.class.getName() + ".listen");
    }

    @Test
    void aBrokerWhoseModuleIsAbsent() {
        new ApplicationContextRunner()
                .withClassLoader(new FilteredClassLoader("io.carillon.messages.kafka"))
                .withUserConfiguration(Application.class)
                .withPropertyValues(
                        "spring.datasource.url=jdbc:h2:mem:absent",
                        "carillon.store.create-tables=true",
                        "spring.application.name=a",
                        "carillon.messages.broker=kafka")
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .isInstanceOf(InvalidPropertyException.class)
                        .hasMessageStartingWith(
                                "carillon.messages.broker: kafka (expected: a broker whose module is on the"
                                        + " class path). Add io.carillon:carillon-messages-kafka, or"));
    }

    @Test
    void aServiceWithoutAName(CapturedOutput output) {
        fails(output, Application.class, H2, "carillon.store.create-tables=true", "carillon.messages.broker=in-jvm")
                .startsWith("carillon.messages.producer-group: not set (expected: a name that all instances");
    }

    @Test
    void aPropertyThatDoesNotExist(CapturedOutput output) {
        fails(output, JobsOnly.class, "carillon.registry.name-space=x", "carillon.registry.server-list=y")
                .isEqualTo("carillon.registry.server-list: y (expected: a property that exists; carillon.registry has"
                        + " none of this name). Correct the name or remove the property.");
    }

    @Test
    void aDurationThatIsNone(CapturedOutput output) {
        fails(output, JobsOnly.class, "carillon.jobs.close-grace=soon")
                .isEqualTo(
                        "carillon.jobs.close-grace: soon (expected: a duration such as 30s, 500ms or 7d). Correct the"
                                + " value.");
    }

    @Test
    void aNumberThatIsNone(CapturedOutput output) {
        fails(output, JobsOnly.class, "carillon.jobs.schedules.Job.sharding-total-count=two")
                .matches(
                        "carillon.jobs.schedules.*sharding-total-count: two \\(expected: a whole number\\). Correct the"
                                + " value.");
    }

    @Test
    void aListenerThatTakesSomethingElse(CapturedOutput output) {
        fails(
                        output,
                        WithBadListener.class,
                        H2,
                        "spring.application.name=a",
                        "carillon.store.create-tables=true",
                        "carillon.messages.broker=in-jvm")
                .startsWith("@ReliableListener on " + BadListener.class.getName() + ".listen: ")
                .contains("(expected: one parameter: a ReceivedMessage, or a List of them)");
    }

    @Test
    void aProducerWithoutAMessage(CapturedOutput output) {
        fails(
                        output,
                        WithBadProducer.class,
                        H2,
                        "spring.application.name=a",
                        "carillon.store.create-tables=true",
                        "carillon.messages.broker=in-jvm")
                .startsWith("@MqProducerStore on " + BadProducer.class.getName() + ".produce: ")
                .contains("(expected: a method that returns a Message, or takes one)");
    }

    /** Starts the application, which must fail, and answers the first line of the description. */
    private static org.assertj.core.api.AbstractStringAssert<?> fails(
            CapturedOutput output, Class<?> application, String... properties) {
        List<String> arguments = new ArrayList<>();
        for (String property : properties) {
            arguments.add("--" + property);
        }
        Throwable failure = catchThrowable(() -> new SpringApplicationBuilder(application)
                .web(WebApplicationType.NONE)
                .bannerMode(Banner.Mode.OFF)
                .run(arguments.toArray(String[]::new))
                .close());
        assertThat(failure)
                .as("the start fails, so the process ends with code 1")
                .isNotNull();
        List<String> lines = output.getAll().lines().toList();
        int description = lines.indexOf("Description:");
        assertThat(description).as("a description in\n" + output).isPositive();
        assertThat(lines.subList(0, description))
                .as("what a person sees before it")
                .noneMatch(line -> line.startsWith("\tat "));
        return assertThat(lines.get(description + 2));
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
