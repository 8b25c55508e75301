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

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.launcher.Ledger.Failover;
import io.carillon.launcher.Ledger.JobWork;
import io.carillon.launcher.Ledger.Maintenance;
import io.carillon.launcher.Ledger.Reckoning;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class VerdictTest {

    private static final List<Failover> MOVED =
            List.of(new Failover("orders-resend", 1, "10.0.0.1@-@7", "10.0.0.1@-@9", Duration.ofSeconds(5)));

    @Test
    void aShopWithoutAFaultPasses() {
        Verdict verdict = Verdict.of(reckoning(100, 100, 100, 0, 0, 0, 0, 0, work(3, 6, 0, 10, 0), MOVED), true, true);
        assertThat(verdict.faults()).isEmpty();
        assertThat(verdict.passed()).isTrue();
        assertThat(verdict.lines()).noneMatch(line -> line.contains("FAULT"));
    }

    @ParameterizedTest
    @CsvSource({
        "0,0,0,0,0,0,0,0,no order was committed",
        "100,99,100,0,0,0,0,0,messages closed is not orders committed",
        "100,100,99,1,0,0,0,0,lost is not 0",
        "100,100,101,0,1,0,0,0,doubled is not 0",
        "100,100,101,0,0,1,0,0,effects without an order is not 0",
        "100,100,100,0,0,0,1,0,stuck is not 0",
        "100,100,100,0,0,0,0,1,dead is not 0"
    })
    void eachFaultOfMessagesFailsTheVerdictInWords(
            long orders,
            long closed,
            long effects,
            long lost,
            long doubled,
            long phantom,
            long stuck,
            long dead,
            String fault) {
        Verdict verdict = Verdict.of(
                reckoning(orders, closed, effects, lost, doubled, phantom, stuck, dead, work(3, 6, 0, 10, 0), MOVED),
                true,
                true);
        assertThat(verdict.passed()).isFalse();
        assertThat(verdict.faults()).contains(fault);
    }

    @ParameterizedTest
    @EnumSource(Maintenance.class)
    void aMaintenanceJobThatLeavesSomethingBehindOrNeverFiresOrHandlesNothingFails(Maintenance job) {
        for (JobWork bad :
                List.of(new JobWork(3, 6, 0, 10, 1), new JobWork(0, 0, 0, 10, 0), new JobWork(3, 6, 0, 0, 0))) {
            Map<Maintenance, JobWork> jobs = work(3, 6, 0, 10, 0);
            jobs.put(job, bad);
            Verdict verdict = Verdict.of(reckoning(9, 9, 9, 0, 0, 0, 0, 0, jobs, MOVED), true, true);
            assertThat(verdict.faults()).hasSize(1).first().asString().startsWith(job.title);
        }
    }

    @Test
    void withTheMissionsSchedulesAJobNeedNotHaveFired() {
        Verdict verdict = Verdict.of(reckoning(9, 9, 9, 0, 0, 0, 0, 0, work(0, 0, 0, 0, 0), MOVED), false, true);
        assertThat(verdict.passed()).isTrue();
    }

    @Test
    void killedProcessesWithoutAnyItemChangingHandsFail() {
        Verdict verdict = Verdict.of(reckoning(9, 9, 9, 0, 0, 0, 0, 0, work(1, 1, 0, 1, 0), List.of()), true, true);
        assertThat(verdict.faults()).containsExactly("no sharding item changed hands");
    }

    private static Map<Maintenance, JobWork> work(long fired, long shards, long failed, long handled, long left) {
        Map<Maintenance, JobWork> jobs = new EnumMap<>(Maintenance.class);
        for (Maintenance job : Maintenance.values()) {
            jobs.put(job, new JobWork(fired, shards, failed, handled, left));
        }
        return jobs;
    }

    private static Reckoning reckoning(
            long orders,
            long closed,
            long effects,
            long lost,
            long doubled,
            long phantom,
            long stuck,
            long dead,
            Map<Maintenance, JobWork> jobs,
            List<Failover> failovers) {
        return new Reckoning(orders, closed, effects, lost, doubled, phantom, stuck, dead, jobs, failovers);
    }
}
