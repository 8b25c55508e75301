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
package io.carillon.testkit.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.execution.Claim;
import io.carillon.jobs.execution.ItemRun;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When the next owner of an item may begin, and what the old one believes then; in virtual time. */
class FenceTest {

    /** As long as that of {@link DrivenCluster}. */
    private static final Duration SESSION = Duration.ofSeconds(4);

    private static JobConfiguration.Builder job() {
        return JobConfiguration.newBuilder("job", 1).cron("0/2 * * * * ?").timeZone("GMT");
    }

    /** The earliest moment at which a server may end a session that it heard of last a third of the time-out before. */
    private static Instant earliestEnd(Instant disconnected) {
        return disconnected.plus(SESSION.multipliedBy(2).dividedBy(3));
    }

    @Test
    void withMarksTheNextOwnerBeginsWhenTheRegistryHasEndedTheSessionAndTheOldOwnerBelievesNoMore() {
        for (boolean failover : List.of(true, false)) {
            for (boolean frozen : List.of(true, false)) {
                String about = "failover " + failover + ", frozen " + frozen;
                DrivenCluster cluster = new DrivenCluster();
                JobConfiguration marked = job().failover(failover).build();
                DrivenCluster.Instance a = cluster.join("10.0.0.2", marked, context -> {});
                a.hold = true;
                cluster.until("02.500");
                DrivenCluster.Instance b = cluster.join("10.0.0.1", marked, context -> {});
                b.hold = true;
                Claim old = a.waiting.get(0).order().claim();
                cluster.until("08.900");
                assertThat(b.waiting).as("three firings came due, " + about).isEmpty();
                a.still = frozen;
                a.client.disconnect();
                Instant end = earliestEnd(cluster.time.instant());
                cluster.until(end.minusMillis(1));
                assertThat(b.waiting).as(about).isEmpty();
                assertThat(old.isHeld())
                        .as("before the session may end, " + about)
                        .isFalse();
                a.client.expireSession();
                cluster.until(end.plusSeconds(3));
                ItemRun next = b.waiting.get(0);
                assertThat(next.order().claim().isHeld()).as(about).isTrue();
                assertThat(next.order().claim().fence()).as(about).isGreaterThan(old.fence());
                assertThat(old.isHeld()).as(about).isFalse();
                a.still = false;
                a.client.reconnect();
                cluster.until(end.plusSeconds(5));
                assertThat(old.isHeld()).as("for good, " + about).isFalse();
            }
        }
    }

    @Test
    void withoutMarksTheNextOwnerMayBeginWhileTheOldOneRunsAndOnlyTheFenceTellsThemApart() {
        DrivenCluster cluster = new DrivenCluster();
        JobConfiguration unmarked = job().monitorExecution(false).build();
        DrivenCluster.Instance a = cluster.join("10.0.0.2", unmarked, context -> {});
        cluster.until("02.500");
        a.hold = true;
        cluster.until("04.500");
        Claim old = a.waiting.get(0).order().claim();
        cluster.write(new Write.SetData("/ns/job/servers/10.0.0.2", "DISABLED", -1));
        DrivenCluster.Instance b = cluster.join("10.0.0.1", unmarked, context -> {});
        b.hold = true;
        cluster.until("08.900");
        Claim next = b.waiting.get(0).order().claim();
        assertThat(old.isHeld()).isTrue();
        assertThat(next.isHeld()).isTrue();
        assertThat(next.fence()).isGreaterThan(old.fence());
    }
}
