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

import io.carillon.jobs.coordination.Registry.Write;
import java.util.ArrayList;
import java.util.List;

/** What a commit of an engine means: the moments of the protocol at which a fault hurts most. */
enum Moment {
    JOIN,
    ELECTION,
    /** {@code necessary} is written. */
    REQUEST,
    DEAL,
    CLAIM,
    /** The claim of items that a dead instance was running. */
    TAKEOVER,
    RELEASE,
    /** The claim of items of a request. */
    REQUEST_CLAIM,
    /** A request's progress is put down. */
    REQUEST_PROGRESS,
    CHECKPOINT,
    /** An instance leaves, or hands its items over. */
    FAREWELL,
    OTHER;

    static Moment of(List<Write> writes) {
        Moment moment = OTHER;
        if (isFarewell(writes)) {
            return FAREWELL;
        }
        for (Write write : writes) {
            String path = write.path();
            if (write instanceof Write.Create) {
                if (path.contains("/instances/")) {
                    return JOIN;
                }
                if (path.endsWith("/election/instance")) {
                    return ELECTION;
                }
                if (path.endsWith("/necessary")) {
                    return moment == RELEASE ? RELEASE : REQUEST;
                }
                if (path.endsWith("/failover")) {
                    return TAKEOVER;
                }
                if (path.contains("/requests/open/")) {
                    return REQUEST_CLAIM;
                }
                if (path.contains("/checkpoint/")) {
                    return CHECKPOINT;
                }
            } else if (write instanceof Write.SetData && path.endsWith("/deal")) {
                return DEAL;
            } else if (write instanceof Write.SetData && path.endsWith("/claim")) {
                moment = CLAIM;
            } else if (write instanceof Write.SetData && path.contains("/checkpoint/")) {
                return CHECKPOINT;
            } else if (path.contains("/requests/open/") && !(write instanceof Write.Check)) {
                moment = moment == CLAIM ? REQUEST_CLAIM : REQUEST_PROGRESS;
            } else if (write instanceof Write.Delete && path.endsWith("/running") && moment == OTHER) {
                moment = RELEASE;
            }
        }
        return moment;
    }

    private static boolean isFarewell(List<Write> writes) {
        return writes.stream().anyMatch(write -> write instanceof Write.Delete && isInstance(write))
                && writes.stream().noneMatch(write -> write instanceof Write.Create && isInstance(write));
    }

    private static boolean isInstance(Write write) {
        return write.path().contains("/instances/");
    }

    /** The request that a commit claims items of; empty when it does not. */
    static String requestOf(List<Write> writes) {
        for (Write write : writes) {
            int at = write.path().indexOf("/requests/open/");
            if (at >= 0) {
                return write.path().substring(at).split("/", -1)[3];
            }
        }
        return "";
    }

    /** The items that a commit marks as running. */
    static List<Integer> itemsOf(List<Write> writes) {
        List<Integer> items = new ArrayList<>();
        for (Write write : writes) {
            String[] parts = write.path().split("/", -1);
            if (write instanceof Write.Create && parts[parts.length - 1].equals("running")) {
                items.add(Integer.parseInt(parts[parts.length - 2]));
            }
        }
        return items;
    }

    /** The job that a commit is about. */
    static String jobOf(List<Write> writes) {
        String[] parts = writes.get(writes.size() - 1).path().split("/", -1);
        return parts.length > 2 ? parts[2] : "";
    }
}
