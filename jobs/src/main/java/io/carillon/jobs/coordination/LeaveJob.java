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

/** Decides what an instance removes when it leaves a job in order. Pure. */
public final class LeaveJob {

    private LeaveJob() {}

    /** The writes of the farewell; empty when there is nothing to remove. */
    public static List<Write> decide(JobTree tree, Member me) {
        JobPaths paths = tree.paths();
        Writes writes = new Writes(tree);
        if (me.isLeader(tree)) {
            writes.delete(paths.leaderInstance());
        }
        for (String place : ElectLeader.placesOf(tree, me)) {
            writes.delete(place);
        }
        writes.deleteIfExists(paths.trigger(me.id()));
        if (me.isRegistered(tree)) {
            writes.delete(paths.instance(me.id()));
        }
        return writes.list();
    }
}
