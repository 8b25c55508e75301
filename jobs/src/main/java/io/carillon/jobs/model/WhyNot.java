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
package io.carillon.jobs.model;

import java.util.List;

/**
 * Why a firing that was due did not run, or waits: a code that programs read, with its English sentence. Codes are added,
 * never renamed. Immutable.
 */
public enum WhyNot {
    /** No arguments. */
    NO_ITEMS(Kind.NOT_HERE, "No items are dealt to this instance."),
    /** None when nobody is on record; else who did it, since when, until when (empty: until somebody enables it), and why. */
    SERVER_DISABLED(
            Kind.NOT_HERE,
            "The server of this instance is switched off for the job.",
            "The server of this instance is switched off for the job, by '%s' since %s, until '%s': '%s'."),
    /** Who claimed last, and for which firing. */
    HAD_ITS_TURN(Kind.NOT_HERE, "Another instance ran this firing: %s."),
    /** As {@link #SERVER_DISABLED}. */
    ITEM_DISABLED(
            Kind.PASSED, "The item is switched off.", "The item is switched off, by '%s' since %s, until '%s': '%s'."),
    /** Who holds it; empty when that is not known. */
    ITEM_RUNS_ELSEWHERE(Kind.PASSED, "The item was still running, held by '%s'."),
    /** Who takes it over; empty when that is not known. */
    ITEM_TAKEN_OVER(Kind.PASSED, "The item is being repeated after a failover, by '%s'."),
    /** The leader's id; empty while there is none. */
    WAITS_FOR_DEAL(Kind.WAITING, "Waits until the leader '%s' has dealt the items anew."),
    /** The item that runs, who holds it (empty when that is not known). */
    WAITS_FOR_ITEM(Kind.WAITING, "Waits until item %s, which '%s' runs, has ended: then the items can be dealt anew."),
    /** Why. */
    CANNOT_DEAL(Kind.WAITING, "Waits, as the items cannot be dealt anew: %s"),
    /** The planned time of the firing that runs. */
    STILL_RUNNING(Kind.WAITING, "The firing of %s was still running here; it is made up for afterwards."),
    /** No arguments. */
    NOT_CONNECTED(Kind.WAITING, "Waits for the registry, which does not answer this instance."),
    /** No arguments. */
    CLAIM_REFUSED(Kind.WAITING, "The registry did not take the claim, as something had changed; it is tried again."),
    /** No arguments. */
    CLAIM_GIVEN_BACK(
            Kind.WAITING, "The items were dealt anew while they were claimed; nothing ran, they are claimed again."),
    /** The planned time of the firing that stands for this one. */
    MERGED(Kind.PASSED, "Made up for by one run together with the firing of %s."),
    /** Who wanted that, since when, and why. */
    SKIPPED(Kind.PASSED, "The firing was skipped, by '%s' since %s: '%s'."),
    /** The planned time of the firing that ran. */
    MISFIRE_OFF(Kind.PASSED, "The firing of %s was still running, and misfire is off: nothing makes up for it."),
    /** No arguments. */
    MISFIRE_AT_DEAL(
            Kind.PASSED, "Missed during a run; not made up for, as the items were about to be dealt to others."),
    /** The cut items. */
    TAKEOVER_REFUSED(Kind.PASSED, "Items %s of a lost instance were taken over by another instance."),
    /** What happened to it. */
    CLAIM_LOST(Kind.PASSED, "The claim was lost: %s"),
    /** No arguments. */
    CLOSED(Kind.PASSED, "The job was being closed on this instance."),
    /** What is wrong with it. */
    CONFIGURATION_UNUSABLE(Kind.NOTE, "The stored configuration cannot be used, the last good one stays: %s"),
    /** What is wrong. */
    JOB_CONFLICT(Kind.NOTE, "This instance does not take part: %s"),
    /** No arguments. */
    REMOVED(Kind.NOTE, "Somebody removed this instance from the registry; it left the job.");

    /** What a code means for the firing. */
    public enum Kind {
        /** The firing is still owed. */
        WAITING,
        /** The firing, or the item in it, was passed by for good. */
        PASSED,
        /** This instance had no part in the firing; another may have. */
        NOT_HERE,
        /** Not about a firing. */
        NOTE
    }

    private final Kind kind;
    private final String sentence;
    private final String ofSomebody;

    WhyNot(Kind kind, String sentence) {
        this(kind, sentence, sentence);
    }

    WhyNot(Kind kind, String sentence, String ofSomebody) {
        this.kind = kind;
        this.sentence = sentence;
        this.ofSomebody = ofSomebody;
    }

    public Kind kind() {
        return kind;
    }

    /** The English sentence; missing arguments are empty. */
    public String text(List<String> arguments) {
        Object[] values = {"", "", "", ""};
        for (int i = 0; i < arguments.size() && i < values.length; i++) {
            values[i] = arguments.get(i);
        }
        return String.format(arguments.isEmpty() ? sentence : ofSomebody, values);
    }
}
