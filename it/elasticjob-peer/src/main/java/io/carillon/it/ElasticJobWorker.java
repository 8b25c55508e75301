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

import java.util.concurrent.CountDownLatch;
import org.apache.shardingsphere.elasticjob.api.JobConfiguration;
import org.apache.shardingsphere.elasticjob.lite.api.bootstrap.impl.ScheduleJobBootstrap;
import org.apache.shardingsphere.elasticjob.lite.internal.snapshot.SnapshotService;
import org.apache.shardingsphere.elasticjob.reg.base.CoordinatorRegistryCenter;
import org.apache.shardingsphere.elasticjob.reg.zookeeper.ZookeeperConfiguration;
import org.apache.shardingsphere.elasticjob.reg.zookeeper.ZookeeperRegistryCenter;

/** An instance of ElasticJob with one sharded job, {@link MixedJob}. Leaves in order on SIGTERM. */
public final class ElasticJobWorker {

    private ElasticJobWorker() {}

    /**
     * @param arguments ZooKeeper's address, namespace, the job's name, its cron expression, the number of items, whether
     *     failover is on, how many milliseconds a run takes, the port for the dump
     */
    public static void main(String[] arguments) throws InterruptedException {
        ZookeeperConfiguration zooKeeper = new ZookeeperConfiguration(arguments[0], arguments[1]);
        zooKeeper.setSessionTimeoutMilliseconds(4_000);
        CoordinatorRegistryCenter registry = new ZookeeperRegistryCenter(zooKeeper);
        registry.init();
        ScheduleJobBootstrap job = new ScheduleJobBootstrap(
                registry,
                new MixedJob(Long.parseLong(arguments[6])),
                JobConfiguration.newBuilder(arguments[2], Integer.parseInt(arguments[4]))
                        .cron(arguments[3])
                        .failover(Boolean.parseBoolean(arguments[5]))
                        .misfire(false)
                        .build());
        new SnapshotService(registry, Integer.parseInt(arguments[7])).listen();
        job.schedule();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            // ElasticJob has a hook of its own that runs beside this one; whichever comes second finds nothing to shut
            // down
            try {
                job.shutdown();
            } catch (RuntimeException e) {
                System.out.println("shutdown: " + e);
            } finally {
                registry.close();
                System.out.println("LEFT");
            }
        }));
        Thread stalls = new Thread(() -> PeerTime.tellOfStalls(250), "stalls");
        stalls.setDaemon(true);
        stalls.start();
        System.out.println("READY elasticjob-worker");
        new CountDownLatch(1).await();
    }
}
