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

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One reason for a job's health: a code that programs read, and what fills its sentence. Immutable.
 *
 * @param code which reason; a console has a sentence per code and language
 * @param arguments what the code says it has, as texts; instants in ISO form
 */
public record HealthReason(Code code, List<String> arguments) {

    /** What can be said about a job, with the English sentence. Codes are added, never renamed. */
    public enum Code {
        /** What is wrong, in the words of who reads it. */
        UNREADABLE("The stored configuration cannot be used, so each instance keeps its last good one; correct it: %s"),
        /** No arguments. */
        NO_INSTANCE("No instance is online, so nothing runs."),
        /** How many items, of how many. */
        UNOWNED("%s of %s items have no owner that is online."),
        /** The planned time. */
        LATE("Late: a run was due at %s."),
        /** How many items, of how many. */
        ITEMS_LATE("%s of %s items are late: they did not run when the others did."),
        /** How many runs, of how many. */
        FAILING("%s of the last %s runs failed."),
        /** The item, its instance, since when it runs. */
        STUCK("Item %s has been running on %s since %s, far longer than usual."),
        /** Since when, the item that runs, its instance. */
        BLOCKED("The items should be dealt anew since %s; item %s, which runs on %s, is waited for."),
        /** How many runs, of how many. */
        MISFIRING("%s of the last %s runs made up for missed firings: runs take longer than the schedule allows."),
        /** The seconds of the last run, and the usual seconds. */
        SLOW("The last run took %s s, usual are %s s."),
        /** How many items, of how many. */
        ITEMS_DISABLED("%s of %s items are switched off."),
        /** The first line of its stack trace. */
        LAST_FAILED("The last known run failed: %s"),
        /** No arguments. */
        NO_LEADER("No leader yet, so items cannot be dealt anew."),
        /** No arguments. */
        NO_SPARE("No spare: one instance is online, and nobody takes over from it."),
        /** Why. */
        HISTORY_UNKNOWN("The run history does not answer, so the last runs are not known: %s"),
        /** The strategy's type. */
        UNKNOWN_STRATEGY(
                "The sharding strategy '%s' is not known to this process. An instance that does not know it either, once it"
                        + " leads, leaves the items with their present owners instead of dealing them anew."),
        /** The expression. */
        NEVER_FIRES(
                "The schedule has ended: '%s' names no time from now on, so the job runs only when it is triggered."),
        /** The zone. */
        PEERS_ZONE("Instances of ElasticJob cannot read the zone %s; each of them fires by the zone of its own JVM."),
        /** How many runs, of how many, the first line of the cause, its fingerprint. */
        FAILING_ALIKE("%s of the last %s runs failed alike (%4$s): %3$s"),
        /** The item, how often, within how many minutes. */
        FLAPPING("Item %s changed its owner %s times within %s min."),
        /** The instance, how many milliseconds it is ahead of the registry; negative: behind. */
        SKEW("The clock of %s differs from the registry's by %s ms."),
        /** The settings, separated by commas. */
        DRIFT("What the code declares is not what is stored: %s. The stored configuration is in use."),
        /** What ({@code job}, {@code server ip}, {@code item n}), since when, by whom (empty: nobody is on record). */
        FORGOTTEN("Switched off for long, perhaps forgotten: %s, since %s, by '%s'."),
        /** Until when, by whom (empty: nobody is on record). */
        PAUSED("Paused until %s by '%s'."),
        /** No arguments. */
        DISABLED("Switched off on all its servers.");

        private final String sentence;

        Code(String sentence) {
            this.sentence = sentence;
        }
    }

    public HealthReason {
        arguments = List.copyOf(arguments);
    }

    /** A reason; the arguments are turned into texts. */
    public static HealthReason of(Code code, @Nullable Object... arguments) {
        return new HealthReason(
                code, Arrays.stream(arguments).map(String::valueOf).toList());
    }

    /** The reason as an English sentence. */
    public String text() {
        return String.format(code.sentence, arguments.toArray());
    }
}
