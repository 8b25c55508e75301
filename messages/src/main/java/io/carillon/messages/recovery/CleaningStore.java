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
package io.carillon.messages.recovery;

import io.carillon.messages.model.MessageId;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The port to the cleanings that a centre commanded: in a service its own shards, in the centre what each service reported.
 * Thread-safe. {@link #ask}, {@link #done} and {@link #report} take part in the caller's transaction, the others have short
 * ones of their own.
 */
public interface CleaningStore {

    /** Which table is cleaned. The names travel and are kept. */
    enum Kind {
        /** Closed messages that were sent. */
        SENT,
        /** Confirmed messages that were received. */
        CONSUMED
    }

    /**
     * One shard of one command, for one service. Immutable.
     *
     * @param id of the command
     * @param bound only what is older goes
     */
    record Task(MessageId id, String service, int shard, int shards, Kind kind, Instant bound) {}

    /**
     * How far a task is. Immutable.
     *
     * @param deleted rows so far; too few by one piece of work at most when a process died in it
     * @param doneAt null while it is not
     */
    record Progress(
            Task task,
            long deleted,
            long left,
            @Nullable String error,
            @Nullable Instant doneAt) {}

    /** Keeps tasks that are to be done; one that is there stays as it is. */
    void ask(List<Task> tasks);

    /** Takes tasks of a service that nobody works at, until a time. */
    List<Task> claim(String service, String owner, Instant now, Instant until, int limit);

    /** Notes that rows went and the work goes on. False when another took the task meanwhile. */
    boolean progressed(Task task, String owner, long deleted, Instant until);

    /** Notes why the work failed; it is taken up again when the lease ends. */
    void failed(Task task, String error);

    /** Notes that a task is done, and tells how far it came. */
    Progress done(Task task, long left, Instant now);

    /** In the centre: keeps what a service reports, over what is there. */
    void report(Progress progress);

    /** The latest tasks, those of the newest command first. */
    List<Progress> latest(int limit);
}
