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
package io.carillon.jobs.zookeeper;

import io.carillon.jobs.coordination.Registry;
import io.carillon.testkit.registry.RegistryContract;
import io.carillon.testkit.registry.ZooKeeperWireTap;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

final class ZooKeeperRegistryContractTest extends RegistryContract {

    private static LocalZooKeeper zooKeeper;

    private final Map<Registry, ZooKeeperWireTap> taps = new HashMap<>();

    @BeforeAll
    static void startZooKeeper() throws Exception {
        zooKeeper = new LocalZooKeeper();
    }

    @AfterAll
    static void stopZooKeeper() throws Exception {
        zooKeeper.close();
    }

    @AfterEach
    void closeTaps() {
        taps.values().forEach(ZooKeeperWireTap::close);
    }

    @Override
    protected Registry open() {
        ZooKeeperWireTap tap = new ZooKeeperWireTap(zooKeeper.port());
        ZooKeeperRegistry registry = zooKeeper.open(tap);
        taps.put(registry, tap);
        return registry;
    }

    @Override
    protected void expire(Registry client) {
        zooKeeper.expire((ZooKeeperRegistry) client);
    }

    @Override
    protected void cut(Registry client) {
        taps.get(client).cut();
    }

    @Override
    protected void mend(Registry client) {
        taps.get(client).mend();
    }
}
