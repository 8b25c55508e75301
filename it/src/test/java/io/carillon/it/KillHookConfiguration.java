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

import io.carillon.it.KillHook.Step;
import io.carillon.messages.central.TransactionMarks;
import io.carillon.messages.relay.Broker;
import java.nio.file.Path;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/**
 * Brings {@link KillHook} into a service of the shop, or into the centre: {@code spring.main.sources} names this class, {@code
 * it.step} the step, and {@code it.once} or {@code it.hold} a file. The service's own code is unchanged.
 */
@Configuration(proxyBeanMethods = false)
public class KillHookConfiguration {

    @Bean
    static BeanPostProcessor portsThatEndThisProcess(Environment environment) {
        String step = environment.getProperty("it.step");
        String hold = environment.getProperty("it.hold");
        String once = environment.getProperty("it.once");
        KillHook hook = new KillHook(
                step == null ? null : Step.valueOf(step),
                hold == null ? null : Path.of(hold),
                once == null ? null : Path.of(once));
        return new BeanPostProcessor() {
            @Override
            public Object postProcessAfterInitialization(Object bean, String name) {
                if (bean instanceof Broker broker) {
                    return hook.around(broker);
                }
                return bean instanceof TransactionMarks marks ? hook.around(marks) : bean;
            }
        };
    }
}
