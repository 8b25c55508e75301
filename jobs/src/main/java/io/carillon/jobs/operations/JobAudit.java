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

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The port that keeps what people commanded of jobs. Nothing is ever changed in it but the end of an entry. Thread-safe.
 *
 * <p>Where the audit of messages is kept in the same table, its entries are told here as well.
 */
public interface JobAudit {

    /**
     * Keeps that a command begins; its {@code result} is null. Called before the command changes anything.
     *
     * @throws RuntimeException when it cannot be kept: the command is not carried out
     */
    void begin(Entry entry);

    /** Keeps how a command ended. */
    void end(UUID id, @Nullable String before, @Nullable String after, String result);

    /**
     * The latest entries, newest first.
     *
     * @param question which of them
     * @param before only older ones than this, or null to begin
     * @param limit at most so many, 1 to 1,000
     */
    List<Entry> latest(Question question, @Nullable UUID before, int limit);

    /**
     * Which entries are asked for; each null means any.
     *
     * @param target exactly this, such as a job's name
     * @param who exactly this person
     * @param what exactly this command
     * @param from inclusive
     * @param to exclusive
     */
    record Question(
            @Nullable String target,
            @Nullable String who,
            @Nullable String what,
            @Nullable Instant from,
            @Nullable Instant to) {

        /** All entries. */
        public static final Question ALL = new Question(null, null, null, null, null);

        /** Those of one job. */
        public static Question ofJob(String jobName) {
            return new Question(jobName, null, null, null, null);
        }
    }

    /**
     * A command. Immutable.
     *
     * @param id of version 7, so that ids are in the order of time
     * @param what the command, such as {@code disable}
     * @param target the job's name where it is about one job; else the server, the instance or the message
     * @param before how it was, or null where nothing can be said
     * @param after how it is now, or null
     * @param result how it ended; null while it runs, and for ever when the process died in it
     */
    record Entry(
            UUID id,
            Instant at,
            By by,
            String what,
            String target,
            @Nullable String before,
            @Nullable String after,
            @Nullable String result) {}

    /** Keeps nothing and finds nothing. Commands are logged all the same. */
    JobAudit NONE = new JobAudit() {
        @Override
        public void begin(Entry entry) {}

        @Override
        public void end(UUID id, @Nullable String before, @Nullable String after, String result) {}

        @Override
        public List<Entry> latest(Question question, @Nullable UUID before, int limit) {
            return List.of();
        }
    };
}
