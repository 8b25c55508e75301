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
import org.apache.shardingsphere.elasticjob.lite.api.bootstrap.impl.OneOffJobBootstrap;
import org.apache.shardingsphere.elasticjob.reg.base.CoordinatorRegistryCenter;
import org.apache.shardingsphere.elasticjob.reg.zookeeper.ZookeeperConfiguration;
import org.apache.shardingsphere.elasticjob.reg.zookeeper.ZookeeperRegistryCenter;

/** An instance of ElasticJob in many jobs that run when they are triggered, each with a strategy of its own. */
public final class ElasticJobStrategies {

    private ElasticJobStrategies() {}

    /** @param arguments ZooKeeper's address, namespace, then jobs as {@code name:strategy:items} */
    public static void main(String[] arguments) throws InterruptedException {
        ZookeeperConfiguration zooKeeper = new ZookeeperConfiguration(arguments[0], arguments[1]);
        zooKeeper.setSessionTimeoutMilliseconds(4_000);
        CoordinatorRegistryCenter registry = new ZookeeperRegistryCenter(zooKeeper);
        registry.init();
        for (int i = 2; i < arguments.length; i++) {
            String[] job = arguments[i].split(":", -1);
            new OneOffJobBootstrap(
                    registry,
                    new MixedJob(0),
                    JobConfiguration.newBuilder(job[0], Integer.parseInt(job[2]))
                            .jobShardingStrategyType(job[1])
                            .build());
        }
        System.out.println("READY elasticjob-strategies");
        new CountDownLatch(1).await();
    }
}
