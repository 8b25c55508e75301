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

import io.carillon.messages.kafka.KafkaBroker;
import io.carillon.messages.kafka.KafkaOptions;
import io.carillon.messages.rabbitmq.RabbitBroker;
import io.carillon.messages.rabbitmq.RabbitOptions;
import io.carillon.messages.relay.Broker;
import io.carillon.messages.relay.InJvmBroker;
import io.carillon.messages.rocketmq.RocketMqBroker;
import io.carillon.messages.rocketmq.RocketMqOptions;
import io.carillon.spring.InvalidPropertyException;
import io.carillon.spring.MessagesProperties;
import io.carillon.spring.Reachability;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/**
 * The broker that {@code carillon.messages.broker} names. A {@link Broker} bean of the application's own replaces it. A
 * server that does not answer, and a module that is not on the class path, end the start with the setting's name.
 */
@Configuration(proxyBeanMethods = false)
class BrokerConfigurations {

    private static final String BROKER = "carillon.messages.broker";
    private static final String OTHERWISE =
            "or set carillon.messages.broker to another one, or carillon.messages.enabled=false.";

    /** Opens a broker once its server listens; what the broker says of its settings becomes one line. */
    private static Broker open(
            String property,
            String value,
            String separator,
            int defaultPort,
            Duration patience,
            String name,
            String server,
            Supplier<Broker> opening) {
        String form = "host:port, several separated by " + (separator.equals(";") ? "semicolons" : "commas");
        if (value.isBlank()) {
            throw new InvalidPropertyException(
                    property, "", form, "Set it to the address of " + server + ", " + OTHERWISE);
        }
        Reachability.await(
                property,
                List.of(value.split(separator)),
                defaultPort,
                patience,
                server,
                "Start " + name + ", or correct the address.");
        try {
            return opening.get();
        } catch (IllegalStateException | IllegalArgumentException e) {
            throw InvalidPropertyException.because(
                    String.valueOf(e.getMessage()),
                    "See " + property.substring(0, property.lastIndexOf('.')) + ".*.",
                    e);
        }
    }

    private static Broker absent(MessagesProperties.BrokerKind kind) {
        String name = kind.name().toLowerCase(Locale.ROOT);
        throw new InvalidPropertyException(
                BROKER,
                name,
                "a broker whose module is on the class path",
                "Add io.carillon:carillon-messages-" + name + ", " + OTHERWISE);
    }

    /** Within this JVM. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnProperty(name = BROKER, havingValue = "in-jvm")
    static class InJvm {

        @Bean(destroyMethod = "close")
        @ConditionalOnMissingBean(Broker.class)
        Broker carillonInJvmBroker() {
            return new InJvmBroker();
        }
    }

    /** RocketMQ, the default. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(RocketMqBroker.class)
    @ConditionalOnProperty(name = BROKER, havingValue = "rocketmq", matchIfMissing = true)
    static class RocketMq {

        @Bean(destroyMethod = "close")
        @ConditionalOnMissingBean(Broker.class)
        Broker carillonRocketMqBroker(MessagesProperties properties, Environment environment) {
            MessagesProperties.RocketMq rocketmq = properties.rocketmq();
            return open(
                    "carillon.messages.rocketmq.namesrv-addr",
                    rocketmq.namesrvAddr(),
                    ";",
                    9876,
                    rocketmq.startTimeout(),
                    "RocketMQ",
                    "a RocketMQ name server",
                    () -> RocketMqBroker.open(RocketMqOptions.builder(
                                    rocketmq.namesrvAddr(),
                                    MessagesAutoConfiguration.producerGroup(properties, environment))
                            .startTimeout(rocketmq.startTimeout())
                            .sendTimeout(rocketmq.sendTimeout())
                            .maxMessageBytes(rocketmq.maxMessageBytes())
                            .topicQueues(rocketmq.topicQueues())
                            .maxInFlight(properties.maxInFlight())
                            .build()));
        }
    }

    /** RocketMQ asked for by name, and not there. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingClass("io.carillon.messages.rocketmq.RocketMqBroker")
    @ConditionalOnProperty(name = BROKER, havingValue = "rocketmq", matchIfMissing = true)
    static class NoRocketMq {

        @Bean
        @ConditionalOnMissingBean(Broker.class)
        Broker carillonAbsentRocketMqBroker() {
            return absent(MessagesProperties.BrokerKind.ROCKETMQ);
        }
    }

    /** Kafka. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(KafkaBroker.class)
    @ConditionalOnProperty(name = BROKER, havingValue = "kafka")
    static class Kafka {

        @Bean(destroyMethod = "close")
        @ConditionalOnMissingBean(Broker.class)
        Broker carillonKafkaBroker(MessagesProperties properties) {
            MessagesProperties.Kafka kafka = properties.kafka();
            return open(
                    "carillon.messages.kafka.bootstrap-servers",
                    kafka.bootstrapServers(),
                    ",",
                    9092,
                    kafka.startTimeout(),
                    "Kafka",
                    "a Kafka broker",
                    () -> {
                        KafkaOptions.Builder options = KafkaOptions.builder(kafka.bootstrapServers())
                                .startTimeout(kafka.startTimeout())
                                .sendTimeout(kafka.sendTimeout())
                                .topicPartitions(kafka.topicPartitions())
                                .maxMessageBytes(kafka.maxMessageBytes())
                                .redeliveryDelay(kafka.redeliveryDelay())
                                .maxInFlight(properties.maxInFlight());
                        kafka.properties().forEach(options::property);
                        return KafkaBroker.open(options.build());
                    });
        }
    }

    /** Kafka asked for, and not there. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingClass("io.carillon.messages.kafka.KafkaBroker")
    @ConditionalOnProperty(name = BROKER, havingValue = "kafka")
    static class NoKafka {

        @Bean
        @ConditionalOnMissingBean(Broker.class)
        Broker carillonAbsentKafkaBroker() {
            return absent(MessagesProperties.BrokerKind.KAFKA);
        }
    }

    /** RabbitMQ. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(RabbitBroker.class)
    @ConditionalOnProperty(name = BROKER, havingValue = "rabbitmq")
    static class RabbitMq {

        @Bean(destroyMethod = "close")
        @ConditionalOnMissingBean(Broker.class)
        Broker carillonRabbitMqBroker(MessagesProperties properties) {
            MessagesProperties.RabbitMq rabbitmq = properties.rabbitmq();
            return open(
                    "carillon.messages.rabbitmq.addresses",
                    rabbitmq.addresses(),
                    ",",
                    5672,
                    rabbitmq.startTimeout(),
                    "RabbitMQ",
                    "a RabbitMQ server",
                    () -> RabbitBroker.open(RabbitOptions.builder(rabbitmq.addresses())
                            .username(rabbitmq.username())
                            .password(rabbitmq.password())
                            .virtualHost(rabbitmq.virtualHost())
                            .startTimeout(rabbitmq.startTimeout())
                            .sendTimeout(rabbitmq.sendTimeout())
                            .maxMessageBytes(rabbitmq.maxMessageBytes())
                            .redeliveryDelay(rabbitmq.redeliveryDelay())
                            .maxInFlight(properties.maxInFlight())
                            .build()));
        }
    }

    /** RabbitMQ asked for, and not there. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingClass("io.carillon.messages.rabbitmq.RabbitBroker")
    @ConditionalOnProperty(name = BROKER, havingValue = "rabbitmq")
    static class NoRabbitMq {

        @Bean
        @ConditionalOnMissingBean(Broker.class)
        Broker carillonAbsentRabbitMqBroker() {
            return absent(MessagesProperties.BrokerKind.RABBITMQ);
        }
    }
}
