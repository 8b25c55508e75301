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
package com.example.shop;

import io.carillon.jobs.JobEngine;
import io.carillon.jobs.JobEngineOptions;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.engine.ClusterJobEngine;
import io.carillon.jobs.zookeeper.ZooKeeperOptions;
import io.carillon.jobs.zookeeper.ZooKeeperRegistry;
import io.carillon.store.jdbc.Connections;
import io.carillon.store.jdbc.JdbcStore;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.h2.jdbcx.JdbcConnectionPool;

/** A process with all jobs of the shop, which keeps its runs in the shop's database. Leaves in order on SIGTERM. */
public final class ShopWorker {

    private ShopWorker() {}

    /**
     * @param arguments ZooKeeper's address, namespace, the database's address, the host's name and address; and {@code next} for
     *     the next release
     */
    public static void main(String[] arguments) throws InterruptedException {
        Registry registry = ZooKeeperRegistry.open(ZooKeeperOptions.builder(arguments[0])
                .sessionTimeout(Duration.ofSeconds(4))
                .build());
        JdbcConnectionPool database = JdbcConnectionPool.create(arguments[2], "sa", "");
        JdbcStore store = JdbcStore.open(database, Connections.of(database));
        JobEngine engine = ClusterJobEngine.start(
                registry,
                JobEngineOptions.newBuilder(arguments[1])
                        .instanceId(arguments[4] + "@-@" + arguments[3] + "-"
                                + ProcessHandle.current().pid())
                        .history(store.runHistory())
                        .decisions(store.decisionHistory())
                        .audit(store.jobAudit())
                        .workerThreads(40)
                        .build());
        boolean next = arguments.length > 5 && arguments[5].equals("next");
        for (ShopJobs.Planned planned : next ? ShopJobs.nextRelease() : ShopJobs.all()) {
            engine.schedule(planned.job(), planned.configuration());
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            engine.close();
            registry.close();
            System.out.println("LEFT");
        }));
        System.out.println("READY shop-worker");
        new CountDownLatch(1).await();
    }
}
