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
package io.carillon.spring;

import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.operations.HealthThresholds;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties {@code carillon.health.*}: from when on something about a job is worth telling. Immutable. What each means is
 * said at {@link HealthThresholds}.
 */
@ConfigurationProperties(prefix = "carillon.health", ignoreUnknownFields = false)
public record HealthProperties(
        @DefaultValue("30s") Duration lateAfter,
        @DefaultValue("10m") Duration stuckAfter,
        @DefaultValue("5") int stuckTimes,
        @DefaultValue("1m") Duration blockedAfter,
        @DefaultValue("1m") Duration unownedAfter,
        @DefaultValue("20") int recentRuns,
        @DefaultValue("4") int fewRuns,
        @DefaultValue("50") int failedPercent,
        @DefaultValue("3") int alikeFailures,
        @DefaultValue("3") int slowTimes,
        @DefaultValue("30s") Duration slowFrom,
        @DefaultValue("5") int ownerChanges,
        @DefaultValue("10m") Duration ownerChangesWithin,
        @DefaultValue("7d") Duration forgottenAfter,
        @DefaultValue("2s") Duration clockDifference,
        @DefaultValue("true") boolean drift) {

    public HealthProperties {
        try {
            thresholds(
                    lateAfter,
                    stuckAfter,
                    stuckTimes,
                    blockedAfter,
                    unownedAfter,
                    recentRuns,
                    fewRuns,
                    failedPercent,
                    alikeFailures,
                    slowTimes,
                    slowFrom,
                    ownerChanges,
                    ownerChangesWithin,
                    forgottenAfter,
                    clockDifference,
                    drift);
        } catch (InvalidSettingException e) {
            throw InvalidPropertyException.because(
                    String.valueOf(e.getMessage()), "Change it in carillon.health.*.", e);
        }
    }

    private static HealthThresholds thresholds(
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
        return new HealthThresholds(
                lateAfter,
                stuckAfter,
                stuckTimes,
                blockedAfter,
                unownedAfter,
                recentRuns,
                fewRuns,
                failedPercent,
                alikeFailures,
                slowTimes,
                slowFrom,
                ownerChanges,
                ownerChangesWithin,
                forgottenAfter,
                clockDifference,
                drift);
    }

    /** The same as the engine takes them. */
    public HealthThresholds thresholds() {
        return thresholds(
                lateAfter,
                stuckAfter,
                stuckTimes,
                blockedAfter,
                unownedAfter,
                recentRuns,
                fewRuns,
                failedPercent,
                alikeFailures,
                slowTimes,
                slowFrom,
                ownerChanges,
                ownerChangesWithin,
                forgottenAfter,
                clockDifference,
                drift);
    }
}
