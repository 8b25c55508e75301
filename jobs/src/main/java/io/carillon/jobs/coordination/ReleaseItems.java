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
package io.carillon.jobs.coordination;

import io.carillon.jobs.coordination.Registry.Write;
import java.util.List;

/** Decides what is removed when the items of a firing have ended: one commit. Pure. */
public final class ReleaseItems {

    private ReleaseItems() {}

    /**
     * The writes that give items back; empty when their marks are gone already.
     *
     * @param cut whether the items were taken over from a dead instance
     */
    public static List<Write> decide(JobTree tree, Member me, List<Integer> items, boolean cut) {
        JobPaths paths = tree.paths();
        Writes writes = new Writes(tree);
        boolean any = false;
        if (me.isRegistered(tree)) {
            // with a session that has ended without this instance knowing, the marks may be another's by now
            writes.check(paths.instance(me.id()), -1);
        } else if (tree.version(paths.claim()) >= 0) {
            // while it is not registered, another may take its marks over, by a claim, after it has read them
            writes.check(paths.claim(), tree.version(paths.claim()));
        }
        for (int item : items) {
            String holder = tree.runningBy(item);
            if (tree.isRunning(item) && (holder == null || holder.equals(me.id()))) {
                writes.delete(paths.running(item));
                any = true;
            }
            if (cut) {
                any |= tree.exists(paths.failover(item)) || tree.exists(paths.failovering(item));
                writes.deleteIfExists(paths.failover(item));
                writes.deleteIfExists(paths.failovering(item));
            }
        }
        return any ? writes.list() : List.of();
    }
}
