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

import io.carillon.jobs.coordination.JobIntent;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.Registry.Answer;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.Write;
import java.util.List;

/**
 * The node that says who switched what off, as it was read: what is written on it is refused when it has changed since.
 * Immutable.
 *
 * @param version of the node; -1 when there is none
 * @param parent whether its parent is there
 */
record IntentNode(JobPaths paths, JobIntent intent, int version, boolean parent) {

    /** What {@link #of} needs, in its order. */
    static List<Read> reads(JobPaths paths) {
        return List.of(new Read.Get(paths.intent()), new Read.Get(paths.ownRoot()));
    }

    static IntentNode of(JobPaths paths, Answer node, Answer parent) {
        return node instanceof Answer.Found found
                ? new IntentNode(
                        paths,
                        JobIntent.parse(found.node().data()),
                        found.node().version(),
                        true)
                : new IntentNode(paths, JobIntent.NONE, -1, parent instanceof Answer.Found);
    }

    /**
     * Adds the writes that store it.
     *
     * @param root whether the root of Carillon's own tree is there by then
     * @return whether it is there afterwards
     */
    boolean put(JobIntent wanted, boolean root, List<Write> writes) {
        if (version >= 0) {
            writes.add(new Write.SetData(paths.intent(), wanted.print(), version));
            return root;
        }
        boolean there = root || parent;
        if (!there) {
            writes.add(new Write.Create(paths.ownNamespaceRoot(), "", CreateMode.PERSISTENT));
        }
        if (!parent) {
            writes.add(new Write.Create(paths.ownRoot(), "", CreateMode.PERSISTENT));
        }
        writes.add(new Write.Create(paths.intent(), wanted.print(), CreateMode.PERSISTENT));
        return true;
    }
}
