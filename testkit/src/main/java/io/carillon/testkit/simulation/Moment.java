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
    OTHER;

    static Moment of(List<Write> writes) {
        Moment moment = OTHER;
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
            } else if (write instanceof Write.SetData && path.endsWith("/deal")) {
                return DEAL;
            } else if (write instanceof Write.SetData && path.endsWith("/claim")) {
                moment = CLAIM;
            } else if (write instanceof Write.Delete && path.endsWith("/running") && moment == OTHER) {
                moment = RELEASE;
            }
        }
        return moment;
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
