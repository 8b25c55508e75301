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

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.JobEngine;
import io.carillon.jobs.JobEngineOptions;
import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.engine.ClusterJobEngine;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A job of three items that fires each second on a whole engine; what is entered from one steady firing to the next is noted.
 * Loaded by {@link Entered}.
 */
public final class SteadyFirings implements Callable<Integer>, SimpleJob {

    private static final int WARM_UP = 3;
    private static final int NOTED = 2;

    private final int port;
    private final CountDownLatch done = new CountDownLatch(1);
    private final AtomicReference<Instant> last = new AtomicReference<>(Instant.EPOCH);
    private int firings;

    public SteadyFirings(Integer port) {
        this.port = port;
    }

    @Override
    public Integer call() throws Exception {
        try (ZooKeeperRegistry registry = ZooKeeperRegistry.open(ZooKeeperOptions.builder("127.0.0.1:" + port)
                        .connectionTimeout(Duration.ofSeconds(60))
                        .build());
                JobEngine engine = ClusterJobEngine.start(
                        registry,
                        JobEngineOptions.newBuilder("steady")
                                .history(io.carillon.jobs.history.RunHistory.none())
                                .build())) {
            engine.schedule(
                    this,
                    JobConfiguration.newBuilder("steady", 3)
                            .cron("* * * * * ?")
                            .shardingItemParameters("0=a,1=b,2=c")
                            .failover(true)
                            .build());
            if (!done.await(120, TimeUnit.SECONDS)) {
                throw new AssertionError("no " + (WARM_UP + NOTED) + " firings in two minutes");
            }
            return NOTED;
        }
    }

    @Override
    public void execute(ShardingContext context) {
        Instant before = last.getAndSet(context.scheduledTime());
        if (before.equals(context.scheduledTime())) {
            return;
        }
        firings++;
        if (firings == WARM_UP) {
            Entered.note(true);
        } else if (firings == WARM_UP + NOTED) {
            Entered.note(false);
            done.countDown();
        }
    }
}
