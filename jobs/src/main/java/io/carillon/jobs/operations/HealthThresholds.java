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
package io.carillon.jobs.operations;

import io.carillon.jobs.InvalidSettingException;
import java.time.Duration;

/**
 * From when on something about a job is worth telling. Immutable.
 *
 * @param lateAfter how long after its planned time a firing may be unseen; default 30 s
 * @param stuckAfter an item that runs longer than this, and than {@code stuckTimes} times the longest recent run, is stuck; also
 *     how far it may exceed the job's own {@code carillon.timeout}; default 10 min
 * @param stuckTimes default 5
 * @param blockedAfter how long a deal may wait for running items; default 1 min
 * @param unownedAfter how long an item may have no owner where the schedule names no next firing; default 1 min
 * @param recentRuns how many of the latest runs are looked at; default 20
 * @param fewRuns of fewer runs than this nothing is said; default 4
 * @param failedPercent from which share of the recent runs on the job is failing; default 50
 * @param alikeFailures how many of the recent runs may fail with the same fingerprint, at most one less than this; default 3
 * @param slowTimes a run is slow from so many times the usual on; default 3
 * @param slowFrom when it is at least this long; default 30 s
 * @param ownerChanges how often an item may change its owner within {@code ownerChangesWithin}; default 5
 * @param ownerChangesWithin default 10 min
 * @param forgottenAfter how long a job, a server, an item or an instance may be switched off, paused or drained; default 7 days
 * @param clockDifference by how much an instance's clock may differ from the registry's; default 2 s
 * @param drift whether differences between what the code declares, what is stored and what is in use are told; default true
 */
public record HealthThresholds(
        Duration lateAfter,
        Duration stuckAfter,
        int stuckTimes,
        Duration blockedAfter,
        Duration unownedAfter,
        int recentRuns,
        int fewRuns,
        int failedPercent,
        int alikeFailures,
        int slowTimes,
        Duration slowFrom,
        int ownerChanges,
        Duration ownerChangesWithin,
        Duration forgottenAfter,
        Duration clockDifference,
        boolean drift) {

    public static final HealthThresholds DEFAULTS = new HealthThresholds(
            Duration.ofSeconds(30),
            Duration.ofMinutes(10),
            5,
            Duration.ofMinutes(1),
            Duration.ofMinutes(1),
            20,
            4,
            50,
            3,
            3,
            Duration.ofSeconds(30),
            5,
            Duration.ofMinutes(10),
            Duration.ofDays(7),
            Duration.ofSeconds(2),
            true);

    /** @throws InvalidSettingException naming the setting, its value and what was expected */
    public HealthThresholds {
        positive("lateAfter", lateAfter);
        positive("stuckAfter", stuckAfter);
        range("stuckTimes", stuckTimes, 1, 1_000);
        positive("blockedAfter", blockedAfter);
        positive("unownedAfter", unownedAfter);
        range("recentRuns", recentRuns, 1, 1_000);
        range("fewRuns", fewRuns, 1, recentRuns);
        range("failedPercent", failedPercent, 1, 100);
        range("alikeFailures", alikeFailures, 1, recentRuns);
        range("slowTimes", slowTimes, 1, 1_000);
        positive("slowFrom", slowFrom);
        range("ownerChanges", ownerChanges, 1, 1_000);
        positive("ownerChangesWithin", ownerChangesWithin);
        positive("forgottenAfter", forgottenAfter);
        positive("clockDifference", clockDifference);
    }

    private static void positive(String setting, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new InvalidSettingException(
                    setting, value, "more than zero", "The health of jobs is not computed; correct the threshold.");
        }
    }

    private static void range(String setting, int value, int least, int most) {
        if (value < least || value > most) {
            throw new InvalidSettingException(
                    setting, value, least + ".." + most, "The health of jobs is not computed; correct the threshold.");
        }
    }
}
