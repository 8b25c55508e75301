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

import io.carillon.jobs.history.Decision;
import io.carillon.jobs.history.RunRecord;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a job's firings in a slot of time, and why. Immutable.
 *
 * @param firings by their planned time
 * @param notes what is on record of the slot that is not about a firing
 * @param complete whether the slot was told to its end: false when it has more firings or records than are told at once
 */
public record Explanation(String jobName, List<Firing> firings, List<Decision> notes, boolean complete) {

    public Explanation {
        firings = List.copyOf(firings);
        notes = List.copyOf(notes);
    }

    /**
     * One firing.
     *
     * @param due when it was, or is, due
     * @param planned whether the present schedule has it; false for a trigger, a takeover, or a schedule changed since
     */
    public record Firing(Instant due, boolean planned, List<Item> items) {

        public Firing {
            items = List.copyOf(items);
        }
    }

    /** What became of an item of a firing. */
    public enum State {
        /** It ran; the record says when, where and how it ended. */
        RAN,
        /** It runs now. */
        RUNNING,
        /** It is still owed; the reasons say what it waits for. */
        WAITING,
        /** It was passed by for good; the reasons say why. */
        PASSED,
        /** Its time has not come. */
        NOT_DUE,
        /** Nothing on record says: no instance that had the item was connected, or none keeps such records. */
        UNKNOWN
    }

    /**
     * One item of a firing.
     *
     * @param run how it ran, or null
     * @param runningOn who runs it now, or null
     * @param reasons what is on record about it, the most telling first; for one that ran, why it ran late
     * @param earlier the attempts at it before {@code run}, first to last
     */
    public record Item(
            int item,
            State state,
            @Nullable RunRecord run,
            @Nullable String runningOn,
            List<Decision> reasons,
            List<RunRecord> earlier) {

        public Item {
            reasons = List.copyOf(reasons);
            earlier = List.copyOf(earlier);
        }

        /** An item with no attempt before the last. */
        public Item(
                int item, State state, @Nullable RunRecord run, @Nullable String runningOn, List<Decision> reasons) {
            this(item, state, run, runningOn, reasons, List.of());
        }

        /** The answer as an English sentence. */
        public String text() {
            StringBuilder text = new StringBuilder();
            if (run != null) {
                text.append("Ran at ")
                        .append(run.started())
                        .append(" on ")
                        .append(run.instance())
                        .append(", fence ")
                        .append(run.fence())
                        .append(": ")
                        .append(run.outcome())
                        .append('.');
            } else if (runningOn != null) {
                text.append("Runs now on ").append(runningOn).append('.');
            } else if (state == State.NOT_DUE) {
                text.append("Not due yet.");
            } else if (state == State.UNKNOWN) {
                text.append("No record says: no instance that had the item was connected, or none keeps such records.");
            }
            for (Decision reason : reasons) {
                text.append(text.length() == 0 ? "" : " ")
                        .append(reason.text())
                        .append(" (")
                        .append(reason.instance())
                        .append(')');
            }
            return text.toString();
        }
    }
}
