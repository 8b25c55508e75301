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
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.engine.ClusterJobEngine;
import io.carillon.jobs.zookeeper.ZooKeeperOptions;
import io.carillon.jobs.zookeeper.ZooKeeperRegistry;
import io.carillon.launcher.SystemTime;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** An instance of Carillon with one sharded job, {@link MixedJob}. Leaves in order on SIGTERM. */
public final class MixedWorker {

    private MixedWorker() {}

    /**
     * @param arguments ZooKeeper's address, namespace, the job's name, its cron expression, the number of items, whether
     *     failover is on, how many milliseconds a run takes, the port for the dump
     */
    public static void main(String[] arguments) throws InterruptedException {
        Registry registry = ZooKeeperRegistry.open(ZooKeeperOptions.builder(arguments[0])
                .sessionTimeout(Duration.ofSeconds(4))
                .build());
        JobEngine engine = ClusterJobEngine.start(
                registry,
                JobEngineOptions.newBuilder(arguments[1])
                        .dumpPort(Integer.parseInt(arguments[7]))
                        .build());
        engine.schedule(
                new MixedJob(Duration.ofMillis(Long.parseLong(arguments[6]))),
                JobConfiguration.newBuilder(arguments[2], Integer.parseInt(arguments[4]))
                        .cron(arguments[3])
                        .failover(Boolean.parseBoolean(arguments[5]))
                        .misfire(false)
                        .build());
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            engine.close();
            registry.close();
            System.out.println("LEFT");
        }));
        Thread stalls = new Thread(MixedWorker::tellOfStalls, "stalls");
        stalls.setDaemon(true);
        stalls.start();
        System.out.println("READY mixed-worker");
        new CountDownLatch(1).await();
    }

    /** Prints {@code STALL <end> <length>} in milliseconds when this process did not get the processor when it should have. */
    private static void tellOfStalls() {
        try {
            while (true) {
                long start = SystemTime.startNanos();
                SystemTime.pause(Duration.ofMillis(20));
                long late = SystemTime.elapsedSince(start).toMillis() - 20;
                if (late >= MixedCluster.A_STALL.toMillis()) {
                    System.out.println("STALL " + SystemTime.now().toEpochMilli() + " " + late);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
