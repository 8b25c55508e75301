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
package io.carillon.launcher;

import io.carillon.launcher.ShopCluster.Service;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the databases say: every figure of the verdict is a query here, none comes from a counter in memory. Confined to one
 * thread; opens its connections anew when they break.
 */
final class Ledger implements AutoCloseable {

    /** A maintenance job of the shop: how it is shown, where it runs, and by which names it goes. */
    enum Maintenance {
        CLEAN_CONSUMED("clean consumed messages", "%-clean-consumed"),
        CLEAN_SENT("clean sent messages", "%-clean-sent"),
        ORPHAN_FILES("delete orphan files", "%DeleteOrphanFilesJob"),
        RESEND("resend messages stuck in sending", "%-resend"),
        CHECK_BACK("check back waiting messages", "check-back"),
        EXPIRE_TOKENS("set expired tokens offline", "%ExpireTokensJob");

        final String title;
        final String jobNames;

        Maintenance(String title, String jobNames) {
            this.title = title;
            this.jobNames = jobNames;
        }
    }

    /** The state of the shop at one moment. */
    record Counts(long orders, long finished, long effects) {}

    /** What a maintenance job did. */
    record JobWork(long fired, long shardsRun, long failed, long handled, long leftBehind) {}

    /** One change of a sharding item's runner between two firings. */
    record Failover(String jobName, int item, String from, String to, Duration gap) {}

    /**
     * Everything the verdict needs.
     *
     * @param lost committed orders whose effect is missing
     * @param doubled orders whose effect was applied more than once
     * @param phantom effects without a committed order
     * @param stuck messages that are neither closed nor dead
     * @param dead messages given up
     */
    record Reckoning(
            long orders,
            long closed,
            long effects,
            long lost,
            long doubled,
            long phantom,
            long stuck,
            long dead,
            Map<Maintenance, JobWork> jobs,
            List<Failover> failovers) {}

    private static final Duration RETENTION = Duration.ofDays(7);

    private final ShopCluster cluster;
    private final Map<Service, Connection> connections = new HashMap<>();

    Ledger(ShopCluster cluster) {
        this.cluster = cluster;
    }

    /** The figures of the progress line; cheap. */
    Counts counts() throws SQLException {
        return new Counts(
                number(Service.ORDERS, "SELECT COUNT(*) FROM orders"),
                number(
                        Service.ORDERS,
                        "SELECT COUNT(*) FROM CARILLON_MESSAGE m WHERE m.state = 30 AND m.topic = 'ORDER_TOPIC'"
                                + " AND EXISTS (SELECT 1 FROM orders o WHERE o.order_no = m.msg_key)"),
                number(Service.POINTS, "SELECT COUNT(*) FROM point_entry WHERE kind = 'ORDER'"));
    }

    /** How many groups confirm orders, as the producer knows. */
    long subscribers() throws SQLException {
        return number(Service.ORDERS, "SELECT COUNT(*) FROM CARILLON_SUBSCRIPTION WHERE topic = 'ORDER_TOPIC'");
    }

    Reckoning reckon(Instant since) throws SQLException {
        Set<String> orders = new HashSet<>(texts(Service.ORDERS, "SELECT order_no FROM orders"));
        long effects = 0;
        long doubled = 0;
        long phantom = 0;
        Set<String> credited = new HashSet<>();
        for (String order : texts(Service.POINTS, "SELECT order_id FROM point_entry WHERE kind = 'ORDER'")) {
            effects++;
            if (!orders.contains(order)) {
                phantom++;
            }
            if (!credited.add(order)) {
                doubled++;
            }
        }
        long lost = orders.stream().filter(order -> !credited.contains(order)).count();
        long closed = counts().finished();
        long stuck = 0;
        long dead = 0;
        for (Service service : stores()) {
            stuck += number(service, "SELECT COUNT(*) FROM CARILLON_MESSAGE WHERE state IN (10, 20, 25)");
            dead += number(service, "SELECT COUNT(*) FROM CARILLON_MESSAGE WHERE state = 40");
        }
        Map<Maintenance, JobWork> jobs = new java.util.EnumMap<>(Maintenance.class);
        for (Maintenance job : Maintenance.values()) {
            jobs.put(job, work(job));
        }
        return new Reckoning(
                orders.size(), closed, effects, lost, doubled, phantom, stuck, dead, jobs, failovers(since));
    }

    private JobWork work(Maintenance job) throws SQLException {
        long fired = 0;
        long shards = 0;
        long failed = 0;
        long handled = 0;
        for (Service service : stores()) {
            try (PreparedStatement query = connection(service)
                    .prepareStatement("SELECT job_name, scheduled_at, outcome, handled FROM CARILLON_JOB_RUN"
                            + " WHERE job_name LIKE ?")) {
                query.setString(1, job.jobNames);
                Set<String> firings = new HashSet<>();
                try (ResultSet rows = query.executeQuery()) {
                    while (rows.next()) {
                        firings.add(rows.getString(1) + "@" + rows.getString(2));
                        shards++;
                        failed += rows.getString(3).equals("SUCCEEDED") ? 0 : 1;
                        handled += rows.getLong(4);
                    }
                }
                fired += firings.size();
            }
        }
        return new JobWork(fired, shards, failed, handled, leftBehind(job));
    }

    private long leftBehind(Maintenance job) throws SQLException {
        Instant now = SystemTime.now();
        String bound = "'" + hexBound(now.minus(RETENTION)) + "'";
        switch (job) {
            case CLEAN_SENT -> {
                long left = 0;
                for (Service service : stores()) {
                    left += number(
                            service,
                            "SELECT COUNT(*) FROM CARILLON_MESSAGE WHERE state IN (30, 50) AND HEX_ID < "
                                            .replace("HEX_ID", hexOf("id"))
                                    + bound);
                }
                return left;
            }
            case CLEAN_CONSUMED -> {
                long left = 0;
                for (Service service : stores()) {
                    left += number(
                            service,
                            "SELECT COUNT(*) FROM CARILLON_INBOX WHERE unconfirmed_since IS NULL AND "
                                    + hexOf("message_id") + " < " + bound);
                }
                return left;
            }
            case ORPHAN_FILES -> {
                return number(
                        Service.ACCOUNTS,
                        "SELECT COUNT(*) FROM attachment WHERE ref_no IS NULL AND created_at < ?",
                        now.minus(Duration.ofDays(1)));
            }
            case RESEND -> {
                long left = 0;
                for (Service service : stores()) {
                    left += number(
                            service,
                            "SELECT COUNT(*) FROM CARILLON_MESSAGE WHERE state IN (20, 25) AND due_at < "
                                    + now.minusSeconds(1).toEpochMilli());
                }
                return left;
            }
            case CHECK_BACK -> {
                return number(Service.CENTER, "SELECT COUNT(*) FROM CARILLON_MESSAGE WHERE state = 10");
            }
            case EXPIRE_TOKENS -> {
                return number(
                        Service.ACCOUNTS,
                        "SELECT COUNT(*) FROM user_token WHERE status = 'ONLINE' AND expires_at < ?",
                        now);
            }
        }
        throw new AssertionError(job);
    }

    /** Items whose next firing ran on another instance than the one before. */
    private List<Failover> failovers(Instant since) throws SQLException {
        record Run(String instance, long endedMillis) {}
        List<Failover> found = new ArrayList<>();
        for (Service service : stores()) {
            Map<String, Run> last = new HashMap<>();
            try (PreparedStatement query = connection(service)
                            .prepareStatement(
                                    "SELECT job_name, item, instance, started_at, ended_at FROM CARILLON_JOB_RUN"
                                            + " ORDER BY started_at");
                    ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    String key = rows.getString(1) + "#" + rows.getInt(2);
                    String instance = rows.getString(3);
                    Run before = last.put(key, new Run(instance, rows.getLong(5)));
                    if (before != null
                            && !before.instance.equals(instance)
                            && rows.getLong(4) >= since.toEpochMilli()) {
                        found.add(new Failover(
                                rows.getString(1),
                                rows.getInt(2),
                                before.instance,
                                instance,
                                Duration.ofMillis(rows.getLong(4) - before.endedMillis)));
                    }
                }
            }
        }
        return found;
    }

    /** The services that have a database of their own. */
    private Set<Service> stores() {
        Set<String> seen = new HashSet<>();
        Set<Service> stores = java.util.EnumSet.noneOf(Service.class);
        for (Service service : Service.values()) {
            if (seen.add(cluster.jdbcUrl(service))) {
                stores.add(service);
            }
        }
        return stores;
    }

    private String hexOf(String column) {
        return cluster.jdbcUrl(Service.ORDERS).startsWith("jdbc:h2")
                ? "RAWTOHEX(" + column + ")"
                : "HEX(" + column + ")";
    }

    private static String hexBound(Instant time) {
        return String.format("%012X", time.toEpochMilli());
    }

    private long number(Service service, String sql, Object... arguments) throws SQLException {
        try (PreparedStatement query = connection(service).prepareStatement(sql)) {
            for (int i = 0; i < arguments.length; i++) {
                query.setObject(
                        i + 1,
                        arguments[i] instanceof Instant time
                                ? LocalDateTime.ofInstant(time, ZoneOffset.UTC)
                                : arguments[i]);
            }
            try (ResultSet rows = query.executeQuery()) {
                rows.next();
                return rows.getLong(1);
            }
        }
    }

    private List<String> texts(Service service, String sql) throws SQLException {
        List<String> texts = new ArrayList<>();
        try (PreparedStatement query = connection(service).prepareStatement(sql);
                ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
        }
        return texts;
    }

    private Connection connection(Service service) throws SQLException {
        Connection open = connections.get(service);
        if (open == null || !open.isValid(2)) {
            open = cluster.connect(service);
            connections.put(service, open);
        }
        return open;
    }

    @Override
    public void close() {
        for (Connection connection : connections.values()) {
            try {
                connection.close();
            } catch (SQLException e) {
                // the server may be gone already
            }
        }
        connections.clear();
    }
}
