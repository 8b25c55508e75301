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

/** The kinds of faults that a history is made of. */
public enum FaultKind {
    /** Messages of one host are held back. */
    MESSAGES_DELAYED("messages delayed"),
    /** Messages of one host are held back from a claim, a deal, a release on. */
    MESSAGES_DELAYED_AT_COMMIT("messages delayed from a commit on"),
    /** The connection goes, and what is under way on it is lost before it reaches the registry, or on the way back. */
    CONNECTION_LOST("connection lost"),
    /** The connection goes just before a claim, or as soon as it is answered. */
    CONNECTION_LOST_AT_CLAIM("connection lost at a claim"),
    /** A write takes effect, and the connection goes before the answer. */
    ANSWER_LOST("connection lost after a write took effect"),
    /** The connection goes for longer than the session lives. */
    SESSION_EXPIRED("session expired"),
    /** The server ends a session although the connection is good. */
    SESSION_ENDED("session ended by the server"),
    CRASH("crash"),
    /** The process dies just before a commit of its goes out, or just when the answer has come. */
    CRASH_AT_COMMIT("crash at a commit"),
    FREEZE("freeze and thaw"),
    /** The process stands still, but not for so long that its session ends. */
    PAUSE("pause"),
    /** Nothing arrives any more, in either direction, and nobody gets a sign of that. */
    BLACK_HOLE("network that swallows everything"),
    /** What the host sends arrives, but no answers come. */
    ANSWERS_SWALLOWED("network that swallows answers"),
    /** What the host sends does not arrive, but it hears of changes. */
    REQUESTS_SWALLOWED("network that swallows requests"),
    /** The connection begins to swallow everything just before a claim, or as soon as it is answered. */
    BLACK_HOLE_AT_CLAIM("network that swallows everything from a claim on"),
    /** The clock of one host is set forward, and right again later. */
    CLOCK_FORWARD("clock set forward"),
    CLOCK_BACK("clock set back"),
    /** The process stands still until its session has ended, and meanwhile somebody sets the clock back. */
    CLOCK_BACK_IN_FREEZE("clock set back during a freeze"),
    /** The whole host stands still until its session has ended: the time that passes is not counted, only the clock goes on. */
    SUSPENDED("host suspended"),
    STALL("slow process"),
    STALE_READS("reads from a server that lags"),
    CONTAINERS_DELETED("empty containers deleted"),
    /** The leader dies, freezes or is cut off when it asks for a deal, or deals. */
    LEADER_LOST("leader lost during resharding"),
    CONFIGURED("configuration changed"),
    /** The configuration changes just before a deal, a claim or a release goes out, or just when its answer has come. */
    CONFIGURED_AT_COMMIT("configuration changed at a commit"),
    SERVER_SWITCHED("server disabled or enabled"),
    ITEM_SWITCHED("item disabled or enabled"),
    /** The whole job is switched off for some seconds, and goes on by itself. */
    PAUSED("job paused until a time"),
    /** An item is given to an instance of somebody's choice. */
    ITEM_MOVED("item moved to another instance"),
    /** Exactly the next firing is left out. */
    SKIPPED("next firing skipped"),
    TRIGGERED("trigger"),
    /** A run with a parameter, for chosen items or all, is asked for. */
    REQUESTED("request"),
    BACKFILLED("backfill"),
    /** A request is paused, resumed or cancelled. */
    REQUEST_RULED("request paused, resumed or cancelled"),
    RERUN("rerun of failed items"),
    /** A command interrupts what runs of a job. */
    INTERRUPTED("interrupt"),
    DRAINED("drain"),
    UNDRAINED("drain taken back"),
    JOIN("join"),
    LEAVE("leave"),
    STORM("storm of joins and leaves"),
    PEER_JOIN("join of an ElasticJob instance"),
    PEER_LEAVE("leave of an ElasticJob instance"),
    PEER_CRASH("crash of an ElasticJob instance"),
    PEER_DELAYED("messages of an ElasticJob instance delayed"),
    /** Counted once for each host whose clock is wrong. */
    CLOCK_SKEW("host with a wrong clock");

    private final String text;

    FaultKind(String text) {
        this.text = text;
    }

    /** In words. */
    public String text() {
        return text;
    }
}
