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

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.SimpleJob;
import io.carillon.launcher.SystemTime;
import java.nio.charset.StandardCharsets;
import java.sql.SQLTransactionRollbackException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/** What the shop does by schedule. Immutable. */
public final class ShopJobs {
    public static final String CITIES =
            "0=Beijing,1=Shanghai,2=Guangzhou,3=Chengdu,4=Hangzhou,5=Wuhan,6=Xi'an,7=Nanjing";

    private ShopJobs() {}

    /**
     * A job and how it is configured.
     *
     * @param usual how long a shard's run usually takes
     */
    public record Planned(JobConfiguration configuration, SimpleJob job, Duration usual) {}

    /** All jobs, by group. */
    public static List<Planned> all() {
        Plan plan = new Plan();
        plan.group("orders", "li.wei");
        plan.add(
                "orders-close-unpaid",
                "0/10 * * * * ?",
                4,
                "Closes orders that were not paid within 30 minutes",
                300,
                new CloseUnpaid());
        plan.add(
                "orders-remind-payment",
                "0/15 * * * * ?",
                2,
                "Reminds customers of orders that are not paid yet",
                200,
                new RemindPayment());
        plan.add(
                "carts-abandon",
                "0 0/10 * * * ?",
                2,
                "Empties carts that nobody has touched for 30 days",
                900,
                new AbandonCarts());
        plan.group("payments", "zhang.min");
        plan.add(
                "payments-reconcile",
                "0/20 * * * * ?",
                2,
                "Compares our payments with the bank's statement",
                400,
                new ReconcilePayments());
        plan.add(
                "payments-capture",
                "0/5 * * * * ?",
                1,
                "Captures authorised payments of shipped orders",
                150,
                new CapturePayments());
        plan.add("payments-settle", "0 0 2 * * ?", 8, "Settles the day with the banks", 240_000, new SettlePayments());
        plan.add("fraud-check", "0/2 * * * * ?", 6, "Scores new orders", 60, new CheckFraud());
        plan.group("stock", "wang.fang");
        plan.add(
                "stock-sync",
                "0/30 * * * * ?",
                6,
                "Takes over stock levels from the warehouses",
                12_000,
                new SyncStock());
        plan.add(
                "stock-expire-reservations",
                "0 0/1 * * * ?",
                2,
                "Gives back what was reserved and not bought",
                700,
                new ExpireReservations());
        plan.add(
                "search-reindex",
                null,
                4,
                "Builds the search index anew, when somebody asks for it",
                1_500,
                new Reindex());
        plan.group("customers", "chen.jie");
        plan.add(
                "points-credit", "0 0 1 * * ?", 3, "Credits points for yesterday's orders", 95_000, new CreditPoints());
        plan.add("newsletter-send", "0 0 9 ? * MON-FRI", 4, "Sends the newsletter", 600_000, new SendNewsletter());
        plan.add(
                "mail-retry-bounced",
                "0/30 * * * * ?",
                2,
                "Sends again what mail servers put off",
                500,
                new RetryBounced());
        plan.group("reports", "anna.schmidt");
        plan.add(
                "reports-ledger-export",
                "0 15 4 * * ?",
                1,
                "Exports the ledger for the tax office",
                40_000,
                new ExportLedger(),
                "Europe/Berlin");
        plan.add("invoices-send", "0 0 8 1 * ?", 2, "Sends the month's invoices", 300_000, new SendInvoices());
        return List.copyOf(plan.jobs);
    }

    /** As {@link #all}, with what comes with the next release of the shop. */
    public static List<Planned> nextRelease() {
        Plan plan = new Plan();
        for (Planned job : all()) {
            JobConfiguration.Builder next = job.configuration().toBuilder();
            switch (job.configuration().getJobName()) {
                case "payments-settle" -> next.cron("0 45 1 * * ?").jobParameter("banks=all");
                case "stock-sync" -> next.cron("0/20 * * * * ?").misfire(false);
                default -> {}
            }
            plan.jobs.add(new Planned(next.build(), job.job(), job.usual()));
        }
        plan.group("payments", "zhang.min");
        plan.add("payments-refund", "0/45 * * * * ?", 2, "Pays back what was returned", 300, new RefundPayments());
        return List.copyOf(plan.jobs);
    }

    private static final class Plan {
        private final List<Planned> jobs = new ArrayList<>();
        private String group = "";
        private String owner = "";

        private void group(String name, String person) {
            group = name;
            owner = person;
        }

        private void add(String name, String cron, int shards, String description, long usualMillis, SimpleJob job) {
            add(name, cron, shards, description, usualMillis, job, "Asia/Shanghai");
        }

        private void add(
                String name,
                String cron,
                int shards,
                String description,
                long usualMillis,
                SimpleJob job,
                String zone) {
            String[] cities = CITIES.split(",");
            jobs.add(new Planned(
                    JobConfiguration.newBuilder(name, shards)
                            .cron(cron)
                            .timeZone(zone)
                            .description(description)
                            .shardingItemParameters(
                                    shards == 1
                                            ? ""
                                            : String.join(",", List.of(cities).subList(0, shards)))
                            .failover(true)
                            .setProperty("carillon.group", group)
                            .setProperty("carillon.owner", owner)
                            .build(),
                    job,
                    Duration.ofMillis(usualMillis)));
        }
    }

    /** Works for about so long, and says what it handled; says on standard output that it ran. */
    abstract static class Work implements SimpleJob {
        private static final int PARTS = 10;

        private final long millis;
        private final int handled;

        Work(long millis, int handled) {
            this.millis = millis;
            this.handled = handled;
        }

        @Override
        public void execute(ShardingContext context) throws InterruptedException {
            System.out.println("RUN " + context.getJobName() + " " + context.getShardingItem() + " "
                    + context.scheduledTime() + " '" + context.getJobParameter() + "'");
            int all = handled * (10 + context.getShardingItem()) / 10;
            for (int part = 0; part < PARTS; part++) {
                context.reportProgress((long) all * part / PARTS, all);
                SystemTime.pause(Duration.ofMillis(millis * (10 + context.getShardingItem()) / 10 / PARTS));
            }
            context.reportHandled(all);
        }
    }

    static final class CloseUnpaid extends Work {
        CloseUnpaid() {
            super(300, 41);
        }
    }

    static final class RemindPayment extends Work {
        RemindPayment() {
            super(200, 12);
        }
    }

    static final class AbandonCarts extends Work {
        AbandonCarts() {
            super(900, 380);
        }
    }

    static final class CapturePayments extends Work {
        CapturePayments() {
            super(150, 7);
        }
    }

    static final class SettlePayments extends Work {
        SettlePayments() {
            super(2_000, 1_900);
        }
    }

    static final class CheckFraud extends Work {
        CheckFraud() {
            super(60, 3);
        }
    }

    static final class SyncStock extends Work {
        SyncStock() {
            super(12_000, 4_200);
        }
    }

    static final class ExpireReservations extends Work {
        ExpireReservations() {
            super(700, 23);
        }
    }

    static final class Reindex extends Work {
        Reindex() {
            super(1_500, 52_000);
        }
    }

    static final class CreditPoints extends Work {
        CreditPoints() {
            super(1_000, 8_300);
        }
    }

    static final class SendNewsletter extends Work {
        SendNewsletter() {
            super(1_000, 25_000);
        }
    }

    static final class RetryBounced extends Work {
        RetryBounced() {
            super(500, 5);
        }
    }

    static final class ExportLedger extends Work {
        ExportLedger() {
            super(300, 61_000);
        }
    }

    static final class RefundPayments extends Work {
        RefundPayments() {
            super(300, 4);
        }
    }

    static final class SendInvoices extends Work {
        SendInvoices() {
            super(1_000, 740);
        }
    }

    /** Fails as long as the bank's statement cannot be booked. */
    static final class ReconcilePayments extends Work {
        ReconcilePayments() {
            super(400, 0);
        }

        @Override
        public void execute(ShardingContext context) throws InterruptedException {
            context.reportTraceId(UUID.nameUUIDFromBytes(context.getTaskId().getBytes(StandardCharsets.UTF_8))
                    .toString()
                    .replace("-", ""));
            super.execute(context);
            compare(context.getShardingParameter());
        }

        static void compare(String city) {
            try {
                book(city);
            } catch (SQLTransactionRollbackException locked) {
                throw new IllegalStateException(
                        "3 payments of " + city + " differ from the bank's statement and cannot be booked", locked);
            }
        }

        private static void book(String city) throws SQLTransactionRollbackException {
            if (!city.isEmpty()) {
                lock("ledger_" + city.toLowerCase(Locale.ROOT));
            }
        }

        private static void lock(String table) throws SQLTransactionRollbackException {
            throw new SQLTransactionRollbackException(
                    "Lock wait timeout exceeded; try restarting transaction: table " + table, "40001", 1205);
        }
    }

    /** What the failing job's failure looks like; for runs of the past. */
    public static IllegalStateException failure(String city) {
        try {
            ReconcilePayments.compare(city);
            throw new AssertionError("it always fails");
        } catch (IllegalStateException expected) {
            return expected;
        }
    }
}
