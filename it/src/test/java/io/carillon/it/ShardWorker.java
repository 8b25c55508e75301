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

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.JobEngine;
import io.carillon.jobs.JobEngineOptions;
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.engine.ClusterJobEngine;
import io.carillon.jobs.zookeeper.ZooKeeperOptions;
import io.carillon.jobs.zookeeper.ZooKeeperRegistry;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/**
 * A process with one sharded job that fires each second and prints {@code RUN <scheduled> <item> <fence>} for every run.
 * Leaves in order on SIGTERM.
 */
public final class ShardWorker {

    private ShardWorker() {}

    /** @param arguments ZooKeeper's address, the job's name, the number of items */
    public static void main(String[] arguments) throws InterruptedException {
        Registry registry = ZooKeeperRegistry.open(ZooKeeperOptions.builder(arguments[0])
                .sessionTimeout(Duration.ofSeconds(4))
                .build());
        JobEngine engine = ClusterJobEngine.start(
                registry, JobEngineOptions.newBuilder("stories").build());
        SimpleJob job = context -> {
            System.out.println("RUN " + context.scheduledTime().getEpochSecond() + " " + context.getShardingItem() + " "
                    + context.fence());
        };
        engine.schedule(
                job,
                JobConfiguration.newBuilder(arguments[1], Integer.parseInt(arguments[2]))
                        .cron("* * * * * ?")
                        .build());
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            engine.close();
            registry.close();
            System.out.println("LEFT");
        }));
        System.out.println("READY shard-worker");
        new CountDownLatch(1).await();
    }
}
