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

import io.carillon.jobs.alarms.Announcement;
import io.carillon.jobs.alarms.Finding.Severity;
import io.carillon.jobs.alarms.Finding.Symptom;
import io.carillon.jobs.model.Progress;
import io.carillon.jobs.operations.By;
import io.carillon.jobs.operations.HealthReason;
import io.carillon.jobs.operations.JobMoves;
import io.carillon.jobs.operations.JobMoves.Move;
import io.carillon.jobs.operations.JobMoves.Verb;
import io.carillon.jobs.operations.JobQueries.Health;
import io.carillon.jobs.operations.JobQueries.InstanceDetail;
import io.carillon.jobs.operations.JobQueries.Intent;
import io.carillon.jobs.operations.JobQueries.ItemStatus;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import io.carillon.jobs.operations.JobQueries.ServerStatus;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A job in the midst of its life: of its instances one was killed, one joins, one is drained, one is ElasticJob's, and a person
 * has switched a server off. For tests and for looking at pages.
 */
final class MovingJob {
    static final String NAME = "orders-sync";
    static final String NEW = "10.0.0.9@-@6933";
    static final String GONE = "10.0.0.6@-@3600";
    static final String PEER = "10.0.0.5@-@2500";

    private MovingJob() {}

    private static ItemStatus running(int item, String owner, Duration since) {
        return new ItemStatus(
                item,
                "shop-" + item,
                owner,
                true,
                owner,
                false,
                false,
                Samples.NOW.minus(since),
                Intent.ENABLED,
                item == 0 ? new Progress(1_200, 5_000, Samples.NOW) : null);
    }

    static JobStatus job() {
        JobStatus like = Samples.job(NAME, "Copies orders to the warehouse", Health.Level.WARNING);
        return new JobStatus(
                NAME,
                like.jobClass(),
                like.cron(),
                like.zone(),
                like.description(),
                false,
                List.of(Samples.ONE, Samples.TWO, NEW),
                Samples.ONE,
                true,
                List.of(
                        running(0, Samples.ONE, Duration.ofSeconds(28)),
                        Samples.item(1, "shop-1", Samples.ONE, true, null),
                        Samples.item(2, "shop-2", Samples.TWO, true, null),
                        Samples.item(3, "shop-3", GONE, false, null),
                        Samples.item(4, "shop-4", null, false, null),
                        new ItemStatus(
                                5,
                                "shop-5",
                                Samples.TWO,
                                true,
                                null,
                                true,
                                false,
                                null,
                                new Intent(
                                        Intent.State.DISABLED,
                                        Samples.NOW.minusSeconds(3_600),
                                        null,
                                        By.of("li.na", "bad data in shop 5")),
                                null)),
                like.nextRun(),
                like.lastRun(),
                new Health(Health.Level.WARNING, List.of(HealthReason.of(HealthReason.Code.UNOWNED, 2, 6))));
    }

    static JobMoves moves() {
        return new JobMoves(
                true,
                null,
                List.of(
                        new Move(1, Verb.REVOKE, Samples.ONE, NEW, null),
                        new Move(3, Verb.TAKE, GONE, Samples.ONE, null),
                        new Move(4, Verb.TAKE, null, NEW, null)),
                List.of(0),
                List.of(
                        new Move(2, Verb.TAKE, GONE, Samples.TWO, Samples.NOW.minusSeconds(40)),
                        new Move(5, Verb.RELEASE, PEER, Samples.TWO, Samples.NOW.minusSeconds(400)),
                        new Move(0, Verb.REVOKE, Samples.TWO, Samples.ONE, Samples.NOW.minus(Duration.ofHours(2)))));
    }

    private static InstanceDetail like(
            InstanceDetail one, String version, Duration ahead, Intent drained, HealthReason... reasons) {
        return new InstanceDetail(
                one.id(),
                one.serverIp(),
                false,
                one.host(),
                one.pid(),
                version,
                one.started(),
                ahead,
                one.session(),
                one.sessionTimeout(),
                one.jobs(),
                one.items(),
                3,
                8,
                drained,
                List.of(reasons));
    }

    /** The shop with this job in it. */
    static FakeCluster cluster() {
        FakeCluster cluster = Samples.fullCluster();
        List<JobStatus> jobs = new java.util.ArrayList<>(cluster.jobs);
        jobs.add(job());
        cluster.jobs = List.copyOf(jobs);
        cluster.moves = moves();
        cluster.servers = List.of(
                new ServerStatus(
                        "10.0.0.5",
                        new Intent(Intent.State.DISABLED, Samples.NOW.minusSeconds(7_200), null, By.UNKNOWN),
                        List.of()),
                new ServerStatus("10.0.0.7", Intent.ENABLED, List.of(Samples.ONE)),
                new ServerStatus(
                        "10.0.0.8",
                        new Intent(
                                Intent.State.DISABLED,
                                Samples.NOW.minusSeconds(600),
                                null,
                                By.of("wang.fang", "the disk is full")),
                        List.of(Samples.TWO)),
                new ServerStatus("10.0.0.9", Intent.ENABLED, List.of(NEW)));
        Duration right = Duration.ofMillis(12);
        cluster.details = List.of(
                new InstanceDetail(
                        PEER,
                        "10.0.0.5",
                        true,
                        "",
                        0,
                        "",
                        null,
                        null,
                        0,
                        null,
                        List.of("export-ledger"),
                        Map.of(),
                        0,
                        0,
                        Intent.ENABLED,
                        List.of()),
                like(Samples.instance(Samples.ONE, List.of(NAME, "check-back"), 2), "1.1.0", right, Intent.ENABLED),
                like(
                        Samples.instance(Samples.TWO, List.of(NAME, "check-back"), 2),
                        "1.1.0",
                        Duration.ofSeconds(-7),
                        Intent.ENABLED,
                        HealthReason.of(HealthReason.Code.SKEW, Samples.TWO, -7_000)),
                like(Samples.instance(NEW, List.of(NAME), 0), "1.0.0", right, Intent.ENABLED),
                like(
                        Samples.instance("10.0.0.4@-@1400", List.of(), 0),
                        "1.1.0",
                        right,
                        new Intent(
                                Intent.State.DISABLED,
                                Samples.NOW.minusSeconds(5_400),
                                null,
                                By.of("zhang.min", "a new kernel"))));
        return cluster;
    }

    static FakeAlarms alarms() {
        FakeAlarms alarms = new FakeAlarms();
        alarms.open(NAME, Severity.BAD, Duration.ofMinutes(9), new Symptom("UNOWNED", List.of("2", "6")));
        alarms.open(
                "credit-points",
                Severity.WARNING,
                Duration.ofHours(3),
                new Symptom(
                        "LAST_FAILED",
                        List.of("java.lang.IllegalStateException: points of customer 77 are locked since 10:02")));
        alarms.told(NAME, Announcement.What.OPENED, "ops", Announcement.State.SENT, Duration.ofHours(30));
        alarms.told(NAME, Announcement.What.RECOVERED, "ops", Announcement.State.SENT, Duration.ofHours(29));
        Announcement last = alarms.announcements.get(0);
        alarms.announcements.add(
                0,
                new Announcement(
                        new java.util.UUID(9, 9),
                        last.incident(),
                        "mail",
                        last.what(),
                        last.subject(),
                        last.severity(),
                        last.symptoms(),
                        last.since(),
                        last.decidedAt(),
                        Announcement.State.GIVEN_UP,
                        9,
                        last.dueAt(),
                        null,
                        "refused"));
        return alarms;
    }
}
