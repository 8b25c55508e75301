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
package io.carillon.jobs.history;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at one item of one firing, ended; the last of an item has another outcome than {@link Outcome#RETRIED}.
 * Immutable.
 *
 * @param id unique
 * @param instance who ran it, as printed by {@code InstanceId}
 * @param fence the claim's number
 * @param source why it ran
 * @param scheduledTime when it was due
 * @param started when user code was called
 * @param ended when user code returned
 * @param outcome how it ended
 * @param handled what the job said it handled; 0 when it said nothing
 * @param cause the failure's stack trace, or null; for an interruption or a time-out, its first line says why
 * @param attempt which attempt of this firing at the item it was, from 1
 * @param jobParameter the parameter that all items were given, a request's own where it had one; empty: none; null: not recorded.
 *     At most {@value #MAX_PARAMETER} characters; one that is {@link #isCut} is the beginning of a longer one
 * @param shardingParameter the same for this item
 * @param traceId by which the run's trace is found; null: none. One longer than {@value #MAX_TRACE_ID} characters is none
 */
public record RunRecord(
        UUID id,
        String jobName,
        int shardingItem,
        String instance,
        long fence,
        Source source,
        Instant scheduledTime,
        Instant started,
        Instant ended,
        Outcome outcome,
        long handled,
        @Nullable String cause,
        int attempt,
        @Nullable String jobParameter,
        @Nullable String shardingParameter,
        @Nullable String traceId) {

    /** The longest parameter that is kept, in characters. */
    public static final int MAX_PARAMETER = 1_000;

    /** The longest id of a trace, in characters. */
    public static final int MAX_TRACE_ID = 128;

    private static final char CUT = '\u2026';

    public RunRecord {
        jobParameter = cut(jobParameter);
        shardingParameter = cut(shardingParameter);
        traceId = traceId == null || traceId.isBlank() || traceId.length() > MAX_TRACE_ID ? null : traceId;
    }

    /** A record without parameters and trace. */
    public RunRecord(
            UUID id,
            String jobName,
            int shardingItem,
            String instance,
            long fence,
            Source source,
            Instant scheduledTime,
            Instant started,
            Instant ended,
            Outcome outcome,
            long handled,
            @Nullable String cause,
            int attempt) {
        this(
                id,
                jobName,
                shardingItem,
                instance,
                fence,
                source,
                scheduledTime,
                started,
                ended,
                outcome,
                handled,
                cause,
                attempt,
                null,
                null,
                null);
    }

    /** The record of a first attempt. */
    public RunRecord(
            UUID id,
            String jobName,
            int shardingItem,
            String instance,
            long fence,
            Source source,
            Instant scheduledTime,
            Instant started,
            Instant ended,
            Outcome outcome,
            long handled,
            @Nullable String cause) {
        this(
                id,
                jobName,
                shardingItem,
                instance,
                fence,
                source,
                scheduledTime,
                started,
                ended,
                outcome,
                handled,
                cause,
                1);
    }

    /** The same run, with what it was given and by which trace it is found; null where that is not known. */
    public RunRecord given(@Nullable String job, @Nullable String sharding, @Nullable String trace) {
        return new RunRecord(
                id,
                jobName,
                shardingItem,
                instance,
                fence,
                source,
                scheduledTime,
                started,
                ended,
                outcome,
                handled,
                cause,
                attempt,
                job,
                sharding,
                trace);
    }

    /** Whether a parameter of a record is only the beginning of what the run was given. */
    public static boolean isCut(String parameter) {
        return parameter.length() >= MAX_PARAMETER - 1 && parameter.charAt(parameter.length() - 1) == CUT;
    }

    private static @Nullable String cut(@Nullable String parameter) {
        if (parameter == null || parameter.length() <= MAX_PARAMETER) {
            return parameter;
        }
        int end = MAX_PARAMETER - 1;
        // no half of a character of two
        return parameter.substring(0, Character.isHighSurrogate(parameter.charAt(end - 1)) ? end - 1 : end) + CUT;
    }

    /** Why an item ran. */
    public enum Source {
        NORMAL_TRIGGER,
        MISFIRE,
        FAILOVER,
        /** Somebody asked for it. */
        MANUAL,
        /** Somebody asked for a range of business times; this is one of them. */
        BACKFILL
    }

    /** How an item's run ended. */
    public enum Outcome {
        SUCCEEDED,
        FAILED,
        /** The claim was lost, the engine was closed, or somebody commanded it, while it ran. */
        INTERRUPTED,
        /** It ran longer than it may, and was interrupted. */
        TIMED_OUT,
        /** It failed or took too long, and is tried again under the same claim. */
        RETRIED;

        /** Whether the item has failed, and is not tried again. */
        public boolean isFailure() {
            return this == FAILED || this == TIMED_OUT;
        }
    }
}
