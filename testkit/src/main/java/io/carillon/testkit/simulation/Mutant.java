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
package io.carillon.testkit.simulation;

import java.util.List;

/**
 * Deliberate faults in the protocol. They live between an engine and its registry, or between its workers and its user code;
 * the engine itself is the one of production. The simulation must find each of them.
 */
public enum Mutant {
    /** The leader does not see that an item runs: it deals, and clears the mark away. */
    RESHARD_WHILE_RUNNING("items are dealt anew while one of them runs"),
    /** An instance that is connected again first removes its own running marks, as ElasticJob's do. */
    DELETE_RUNNING_ON_RECONNECT("running marks are deleted on a reconnect"),
    /** User code goes on although the claim is lost. */
    IGNORE_LOST_CLAIM("a lost claim is ignored"),
    /** Who takes over cut items forgets one. */
    FORGET_FAILOVER_ITEM("an item to fail over is forgotten"),
    /** The request to deal anew arrives several seconds after it was due. */
    LATE_NECESSARY("the leader writes `necessary` late"),
    /** Commits go out without their checks and versions: what was read long ago is acted on. */
    STALE_VIEW("an instance acts on a stale view"),
    /** The claim of a firing does not check that the items were not dealt anew. */
    CLAIM_WITHOUT_DEAL("a claim does not check the deal"),
    /** Who claims items of a request deletes it at once, and runs it then. */
    REQUEST_DELETED_EARLY("a request is deleted before it has run"),
    /** A claim of a request does not check the version that was read. */
    REQUEST_UNCHECKED("a claim of a request does not check it"),
    /** An instance that is drained takes its running marks off at once. */
    DRAIN_WHILE_RUNNING("a drain gives an item away while it runs"),
    /** Checkpoints are written whatever fence has written them last. */
    CHECKPOINT_WITHOUT_FENCE("a checkpoint is written without the fence"),
    /** The engine does not hear that the connection is lost, only that the session is. */
    TRUST_IN_BLACK_HOLE("a claim is trusted while nothing is heard"),
    /** Only the clock on the wall tells how long the process stood still, and somebody may have set it back. */
    TRUST_BY_THE_WALL("a claim is trusted by a clock that is set back"),
    /** What was run before a deal is not handed on with the item. */
    DEAL_FORGETS_FIRINGS("a deal forgets which firings were run");

    private final String text;

    Mutant(String text) {
        this.text = text;
    }

    /** Faults by which it shows: every other one is drawn from these, so that the search is short. May be empty. */
    List<FaultKind> needs() {
        return switch (this) {
            case DELETE_RUNNING_ON_RECONNECT ->
                List.of(FaultKind.CONNECTION_LOST, FaultKind.CONNECTION_LOST, FaultKind.JOIN, FaultKind.LEAVE);
            case DRAIN_WHILE_RUNNING -> List.of(FaultKind.DRAINED, FaultKind.UNDRAINED);
            case TRUST_BY_THE_WALL -> List.of(FaultKind.CLOCK_BACK_IN_FREEZE, FaultKind.JOIN);
            case CHECKPOINT_WITHOUT_FENCE -> List.of(FaultKind.FREEZE, FaultKind.BLACK_HOLE, FaultKind.SESSION_EXPIRED);
            default -> List.of();
        };
    }

    /** What is wrong, in words. */
    public String text() {
        return text;
    }
}
