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
package io.carillon.console;

import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.operations.By;
import io.carillon.jobs.operations.HealthReason;
import io.carillon.jobs.operations.HealthReason.Code;
import io.carillon.jobs.operations.JobQueries.Health;
import io.carillon.jobs.operations.JobQueries.InstanceDetail;
import io.carillon.jobs.operations.JobQueries.InstanceStatus;
import io.carillon.jobs.operations.JobQueries.Intent;
import io.carillon.jobs.operations.JobQueries.ItemStatus;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import io.carillon.messages.Message;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;

/** A small shop, one minute of its life: for tests and for looking at pages. */
final class Samples {
    static final Instant NOW = Instant.parse("2026-11-22T10:15:30Z");
    static final String ONE = "10.0.0.7@-@4711";
    static final String TWO = "10.0.0.8@-@5822";

    private Samples() {}

    static RunRecord run(String job, int item, RunRecord.Outcome outcome, Duration ago, Duration took) {
        Instant planned = NOW.minus(ago);
        return new RunRecord(
                new UUID(job.hashCode(), item * 1_000L + ago.toSeconds()),
                job,
                item,
                item % 2 == 0 ? ONE : TWO,
                4_294_967_301L - ago.toHours(),
                item == 1 ? RunRecord.Source.FAILOVER : RunRecord.Source.NORMAL_TRIGGER,
                planned,
                planned.plusMillis(12),
                planned.plusMillis(12).plus(took),
                outcome,
                1_250L * item,
                outcome == RunRecord.Outcome.FAILED
                        ? "java.lang.IllegalStateException: points of customer 77 are locked since 10:02\n"
                                + "\tat com.example.points.Ledger.credit(Ledger.java:88)\n"
                                + "\tat com.example.points.CreditJob.execute(CreditJob.java:31)\n"
                                + "Caused by: java.sql.SQLTransactionRollbackException: lock wait timeout exceeded\n"
                        : null);
    }

    static ItemStatus item(int number, String parameter, String owner, boolean online, String running) {
        return new ItemStatus(number, parameter, owner, online, running, false, false);
    }

    /** An instance of Carillon that says what it is; its items are of its first job. */
    static InstanceDetail instance(String id, List<String> jobs, int items) {
        return new InstanceDetail(
                id,
                id.contains("@") ? id.substring(0, id.indexOf('@')) : id,
                false,
                "web-" + id.length(),
                4711,
                "1.0.0",
                NOW.minus(Duration.ofHours(30)),
                Duration.ofMillis(12),
                0x1000_0d1e_ca7f_0001L,
                Duration.ofSeconds(30),
                jobs,
                Map.of("first", IntStream.range(0, items).boxed().toList()),
                1,
                8,
                Intent.ENABLED,
                List.of());
    }

    /** The same, drained by somebody. */
    static InstanceDetail drained(InstanceDetail one, By by) {
        return new InstanceDetail(
                one.id(),
                one.serverIp(),
                one.peer(),
                one.host(),
                one.pid(),
                one.version(),
                one.started(),
                one.ahead(),
                one.session(),
                one.sessionTimeout(),
                one.jobs(),
                one.items(),
                one.running(),
                one.workers(),
                new Intent(Intent.State.DISABLED, NOW.minusSeconds(90), null, by),
                one.reasons());
    }

    static JobStatus inGroup(String name, String group) {
        JobStatus job = job(name, Health.Level.OK);
        return new JobStatus(
                job.jobName(),
                job.jobClass(),
                job.cron(),
                job.zone(),
                job.description(),
                job.disabled(),
                job.instances(),
                job.leader(),
                job.reshardingPending(),
                job.items(),
                job.nextRun(),
                job.lastRun(),
                job.health(),
                job.axes(),
                group,
                "");
    }

    static JobStatus job(String name, Health.Level level, HealthReason... reasons) {
        return job(name, "", level, reasons);
    }

    static JobStatus job(String name, String description, Health.Level level, HealthReason... reasons) {
        boolean disabled = level == Health.Level.DISABLED;
        return new JobStatus(
                name,
                "com.example.jobs." + name,
                "0/30 * * * * ?",
                "Asia/Shanghai",
                description,
                disabled,
                List.of(ONE, TWO),
                ONE,
                false,
                List.of(
                        item(0, "Beijing", ONE, true, ONE),
                        item(1, "Shanghai", TWO, true, null),
                        new ItemStatus(2, "", TWO, true, null, true, false),
                        new ItemStatus(3, "Chengdu", TWO, true, null, false, true)),
                disabled ? null : NOW.plusSeconds(30),
                run(name, 0, RunRecord.Outcome.SUCCEEDED, Duration.ofSeconds(30), Duration.ofMillis(842)),
                new Health(level, List.of(reasons)));
    }

    static StoredMessage dead(String key, String error) {
        return new StoredMessage(
                MessageId.of(NOW.minusSeconds(4_000), 77, key.hashCode()),
                Message.to("ORDER_CREATED", "vip").key(key).json("{}").build(),
                "orders",
                MessageState.DEAD,
                12,
                NOW.minusSeconds(400),
                null,
                error,
                null);
    }

    /** Every part filled, every level there. */
    static FakeCluster fullCluster() {
        FakeCluster cluster = new FakeCluster();
        List<JobStatus> jobs = new ArrayList<>();
        jobs.add(job("orders-resend", "Sends again what is stuck in sending", Health.Level.OK));
        jobs.add(job("orders-clean-sent", "Deletes closed messages older than 7 days", Health.Level.OK));
        jobs.add(job("check-back", Health.Level.WARNING, HealthReason.of(Code.NO_SPARE)));
        JobStatus bad = job(
                "credit-points",
                "Credits points for yesterday's orders",
                Health.Level.BAD,
                HealthReason.of(Code.UNOWNED, 2, 3),
                HealthReason.of(
                        Code.LAST_FAILED,
                        "java.lang.IllegalStateException: points of customer 77 are locked since 10:02"));
        jobs.add(new JobStatus(
                bad.jobName(),
                bad.jobClass(),
                "0 0 1 * * ?",
                "UTC",
                bad.description(),
                false,
                List.of(ONE),
                ONE,
                true,
                List.of(
                        item(0, "Beijing", ONE, true, ONE),
                        item(1, "Shanghai", TWO, false, null),
                        new ItemStatus(2, "", null, false, null, false, false)),
                Instant.parse("2026-11-23T01:00:00Z"),
                run("credit-points", 1, RunRecord.Outcome.FAILED, Duration.ofHours(9), Duration.ofSeconds(95)),
                bad.health()));
        jobs.add(job("expire-tokens", Health.Level.DISABLED, HealthReason.of(Code.DISABLED)));
        JobStatus once = job("export-ledger", Health.Level.OK);
        jobs.add(new JobStatus(
                once.jobName(),
                once.jobClass(),
                null,
                "UTC",
                "",
                false,
                List.of(TWO),
                TWO,
                false,
                List.of(),
                null,
                null,
                once.health()));
        cluster.jobs = List.copyOf(jobs);
        cluster.instances =
                List.of(new InstanceStatus(ONE, "10.0.0.7", 5, 9), new InstanceStatus(TWO, "10.0.0.8", 5, 8));
        List<RunRecord> runs = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            runs.add(run(
                    "credit-points",
                    i,
                    RunRecord.Outcome.values()[i],
                    Duration.ofHours(9),
                    Duration.ofMillis(842L * (1 + 100L * i))));
        }
        runs.add(run("credit-points", 0, RunRecord.Outcome.SUCCEEDED, Duration.ofHours(33), Duration.ofMinutes(72)));
        cluster.runs = List.copyOf(runs);
        return cluster;
    }

    static FakeStore fullStore() {
        FakeStore store = new FakeStore("orders");
        store.counts.put(MessageState.WAITING_CONFIRM, 2L);
        store.counts.put(MessageState.SENDING, 14L);
        store.counts.put(MessageState.SENT, 302L);
        store.counts.put(MessageState.FINISHED, 1_204_377L);
        store.counts.put(MessageState.DEAD, 2L);
        store.oldest = Duration.ofSeconds(73);
        store.messages = List.of(
                dead("order-1002", "io.example.BrokerException: topic ORDER_CREATED has no route"),
                dead("order-1001", null));
        return store;
    }
}
