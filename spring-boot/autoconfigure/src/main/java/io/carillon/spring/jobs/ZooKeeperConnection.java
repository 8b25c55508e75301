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
package io.carillon.spring.jobs;

import io.carillon.jobs.zookeeper.ZooKeeperOptions;
import io.carillon.spring.RegistryProperties;

/** From properties to a connection. Stateless. */
public final class ZooKeeperConnection {

    private ZooKeeperConnection() {}

    /**
     * How to connect as the properties say.
     *
     * @throws io.carillon.jobs.InvalidSettingException naming a setting that ZooKeeper's client cannot take
     */
    public static ZooKeeperOptions options(RegistryProperties properties) {
        return ZooKeeperOptions.builder(properties.serverLists())
                .sessionTimeout(properties.sessionTimeout())
                .connectionTimeout(properties.connectionTimeout())
                .baseSleep(properties.baseSleepTime())
                .maxSleep(properties.maxSleepTime())
                .maxRetries(properties.maxRetries())
                .digest(properties.digest().isEmpty() ? null : properties.digest())
                .build();
    }
}
