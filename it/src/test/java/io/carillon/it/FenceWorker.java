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

import io.carillon.jobs.CheckpointException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.JobEngine;
import io.carillon.jobs.JobEngineOptions;
import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.engine.ClusterJobEngine;
import io.carillon.jobs.zookeeper.ZooKeeperOptions;
import io.carillon.jobs.zookeeper.ZooKeeperRegistry;
import io.carillon.launcher.SystemTime;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/**
 * An instance whose item works for three seconds and then writes with its fence, whatever it was told meanwhile. Prints {@code
 * BEGIN fence}, {@code HELD true|false}, {@code INTERRUPTED true|false}, {@code SAVED|REFUSED checkpoint} and {@code WROTE rows}.
 */
public final class FenceWorker {

    private FenceWorker() {}

    /** @param arguments ZooKeeper's address, the database's URL, this worker's name, failover, monitorExecution */
    public static void main(String[] arguments) throws InterruptedException {
        Registry registry = ZooKeeperRegistry.open(ZooKeeperOptions.builder(arguments[0])
                .sessionTimeout(Duration.ofSeconds(4))
                .build());
        JobEngine engine = ClusterJobEngine.start(
                registry,
                JobEngineOptions.newBuilder("fences")
                        .registryTimeout(Duration.ofSeconds(20))
                        .build());
        SimpleJob job = context -> work(context, arguments[1], arguments[2]);
        engine.schedule(
                job,
                JobConfiguration.newBuilder("fenced", 1)
                        .cron("0/5 * * * * ?")
                        .misfire(false)
                        .failover(Boolean.parseBoolean(arguments[3]))
                        .monitorExecution(Boolean.parseBoolean(arguments[4]))
                        .build());
        System.out.println("READY fence-worker");
        new CountDownLatch(1).await();
    }

    private static void work(ShardingContext context, String url, String name) throws SQLException {
        context.checkpoint();
        System.out.println("BEGIN " + context.fence());
        boolean interrupted = false;
        long start = SystemTime.startNanos();
        while (SystemTime.elapsedSince(start).compareTo(Duration.ofSeconds(3)) < 0) {
            interrupted |= pause();
        }
        boolean held = context.isClaimHeld();
        // an interrupt comes soon after the claim is lost
        for (int i = 0; i < 100 && !held && !interrupted; i++) {
            interrupted = pause();
        }
        System.out.println("HELD " + held);
        System.out.println("INTERRUPTED " + interrupted);
        try {
            context.saveCheckpoint(name + " " + context.fence());
            System.out.println("SAVED checkpoint");
        } catch (CheckpointException e) {
            System.out.println("REFUSED checkpoint " + e.isClaimLost());
        }
        // now as if nobody had told: only the fence protects the row
        Thread.interrupted();
        try (Connection connection = DriverManager.getConnection(url);
                PreparedStatement update = connection.prepareStatement(
                        "UPDATE account SET balance = balance + 1, owner = ?, fence = ? WHERE id = 1 AND fence <= ?")) {
            update.setString(1, name);
            update.setLong(2, context.fence());
            update.setLong(3, context.fence());
            System.out.println("WROTE " + update.executeUpdate());
        }
        try (Connection connection = DriverManager.getConnection(url)) {
            connection.setAutoCommit(false);
            System.out.println("GUARDED " + guarded(connection, context, name));
        }
    }

    /** The documented way where there is no single row: a guard's row first, then the effects, all or nothing. */
    private static boolean guarded(Connection connection, ShardingContext context, String name) throws SQLException {
        try (PreparedStatement guard = connection.prepareStatement(
                        "UPDATE job_guard SET fence = ? WHERE job = ? AND item = ? AND fence <= ?");
                PreparedStatement effect =
                        connection.prepareStatement("INSERT INTO effect (owner, fence) VALUES (?, ?)")) {
            guard.setLong(1, context.fence());
            guard.setString(2, context.getJobName());
            guard.setInt(3, context.getShardingItem());
            guard.setLong(4, context.fence());
            if (guard.executeUpdate() == 0) {
                connection.rollback();
                return false;
            }
            effect.setString(1, name);
            effect.setLong(2, context.fence());
            effect.executeUpdate();
            connection.commit();
            return true;
        }
    }

    /** Waits for a tenth of a second; true when it was interrupted. */
    private static boolean pause() {
        try {
            SystemTime.pause(Duration.ofMillis(100));
            return Thread.interrupted();
        } catch (InterruptedException e) {
            return true;
        }
    }
}
