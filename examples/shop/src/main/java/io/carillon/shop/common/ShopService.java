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
package io.carillon.shop.common;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.boot.SpringApplication;

/**
 * One service of the shop. Immutable.
 *
 * @param name the service's name: of its Spring profile, and so of its {@code application-<name>.yml}
 * @param configuration its Spring configuration
 */
public record ShopService(String name, Class<?> configuration) {

    /**
     * The Spring application that runs services together in one process, on one data source. Its name, and with it its
     * producer group and the prefix of its maintenance jobs, is the names of the services joined by {@code -}, unless
     * {@code spring.application.name} says otherwise.
     *
     * @param services at least one
     */
    public static SpringApplication application(List<ShopService> services) {
        if (services.isEmpty()) {
            throw new IllegalArgumentException("services: none (expected: at least one)");
        }
        SpringApplication application = new SpringApplication(
                services.stream().map(ShopService::configuration).toArray(Class<?>[]::new));
        application.setAdditionalProfiles(
                services.stream().map(ShopService::name).toArray(String[]::new));
        application.setDefaultProperties(Map.of(
                "spring.application.name",
                services.stream().map(ShopService::name).collect(Collectors.joining("-"))));
        return application;
    }

    /** Starts this service alone, as its {@code main} does. */
    public void run(String... args) {
        application(List.of(this)).run(args);
    }
}
