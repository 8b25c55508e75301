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
package io.carillon.jobs.alarms;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The port that keeps incidents and announcements, so that a restart neither repeats nor forgets, and that sees to it that of
 * several processes on one store only one decides and sends. Thread-safe. Methods throw the store's exception when it does not
 * answer.
 */
public interface AlarmStore {

    /**
     * Takes the turn, or keeps it, when no other process has it.
     *
     * @param node who asks: unique to the process, at most 200 characters
     * @param length for how long, by the store's clock
     * @return the turn's fence, which grows from one process to the next; empty while another process has the turn
     */
    Optional<Long> turn(String node, Duration length);

    /** Gives the turn up, so that another process need not wait. Nothing happens when it is lost already. */
    void leave(String node, long fence);

    /** All incidents; and the announcements that wait, or were decided at {@code since} or later. */
    AlarmState read(Instant since);

    /**
     * Keeps what was decided, all or nothing.
     *
     * @return false when the turn is lost: then nothing was kept
     */
    boolean keep(long fence, DecideAlarms.Decision decision);

    /** Announcements that are to be sent, the oldest first. */
    List<Announcement> due(Instant now, int limit);

    /**
     * Keeps how far an announcement is, unless someone else has tried it meanwhile.
     *
     * @param before as it was read or kept last
     * @return false when it is not as it was, or the turn is lost: then nothing was kept
     */
    boolean change(long fence, Announcement before, Announcement after);

    /**
     * The latest announcements, for people, newest first.
     *
     * @param subject about whom; null for all
     * @param limit 1 to 1,000
     */
    List<Announcement> latest(Finding.@Nullable Subject subject, int limit);
}
