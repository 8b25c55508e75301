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
import org.jspecify.annotations.Nullable;

/**
 * Which items of a job change their owner at the next deal, and which were seen to. Immutable.
 *
 * @param asked whether the items are to be dealt anew before the next firing, or for the first time
 * @param unforetold why nobody can say who will own which item; null when that is known
 * @param foretold the items that the next deal gives to another, or that wait for an owner nobody can name; by item. Where the
 *     deal is not asked for yet, the leader will do so
 * @param waitsFor the items that run and that a deal that is asked for waits for
 * @param seen the latest changes of owners since these queries were opened, newest first, at most {@value #MOST_SEEN}
 */
public record JobMoves(
        boolean asked, @Nullable Unforetold unforetold, List<Move> foretold, List<Integer> waitsFor, List<Move> seen) {

    static final int MOST_SEEN = 20;

    public JobMoves {
        foretold = List.copyOf(foretold);
        waitsFor = List.copyOf(waitsFor);
        seen = List.copyOf(seen);
    }

    /** A job of which no move is known. */
    public static final JobMoves NONE = new JobMoves(false, null, List.of(), List.of(), List.of());

    /** Why the next deal cannot be foretold. */
    public enum Unforetold {
        /** The stored configuration cannot be used. */
        CONFIGURATION,
        /** The sharding strategy is not known to this process, or fails in it. */
        STRATEGY,
        /** No instance is online whose server takes part. */
        NOBODY
    }

    /** What happens to an item. */
    public enum Verb {
        /** An owner that is there and takes part loses it to another. */
        REVOKE,
        /** The owner gave it back: it left in order, is drained, or its server is switched off. */
        RELEASE,
        /** Nobody owned it, or its owner was lost: another takes it. */
        TAKE,
        /** It waits for an owner, and nobody can say whom. */
        WAIT
    }

    /**
     * One item and its two owners.
     *
     * @param from the former owner's id; null for nobody
     * @param to the next owner's id; null where nobody is known
     * @param at when it was seen; null for what is foretold
     */
    public record Move(
            int item,
            Verb verb,
            @Nullable String from,
            @Nullable String to,
            @Nullable Instant at) {}
}
