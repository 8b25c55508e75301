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
package io.carillon.it;

import io.carillon.messages.MessageHandler;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.relay.Broker;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Prints {@code DELIVERED id} for each order that arrives and, where {@code it.halt=true}, kills the process after the
 * effect has committed and before the broker hears of it.
 */
@Configuration(proxyBeanMethods = false)
public class HaltAfterEffect {

    static final int EXIT_CODE = 9;

    @Bean
    static BeanPostProcessor brokerThatHaltAfterEffect(@Value("${it.halt:false}") boolean halt) {
        return new BeanPostProcessor() {
            @Override
            public Object postProcessAfterInitialization(Object bean, String name) {
                return bean instanceof Broker broker ? new Telling(broker, halt) : bean;
            }
        };
    }

    private record Telling(Broker broker, boolean halt) implements Broker {

        @Override
        public Subscription subscribe(
                String group, String topic, Set<String> tags, MessageHandler handler, int concurrency) {
            if (!topic.equals("ORDER_TOPIC")) {
                return broker.subscribe(group, topic, tags, handler, concurrency);
            }
            MessageHandler telling = message -> {
                System.out.println("DELIVERED " + message.id());
                handler.handle(message);
                if (halt) {
                    Runtime.getRuntime().halt(EXIT_CODE);
                }
            };
            return broker.subscribe(group, topic, tags, telling, concurrency);
        }

        @Override
        public void publish(List<StoredMessage> messages, Consumer<PublishResult> results) {
            broker.publish(messages, results);
        }

        @Override
        public String name() {
            return broker.name();
        }

        @Override
        public int maxPayloadBytes() {
            return broker.maxPayloadBytes();
        }

        @Override
        public void close() {
            broker.close();
        }
    }
}
