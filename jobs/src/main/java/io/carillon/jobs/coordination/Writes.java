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

import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Write;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Collects the writes of one commit, creating missing parents once. One thread at a time. */
final class Writes {

    private final JobTree tree;
    private final List<Write> list = new ArrayList<>();
    private final Set<String> made = new HashSet<>();

    Writes(JobTree tree) {
        this.tree = tree;
    }

    /** Makes sure that a persistent node exists; its parents up to the job's root, too. */
    Writes ensure(String path) {
        if (path.lastIndexOf('/') > 0) {
            ensure(path.substring(0, path.lastIndexOf('/')));
        }
        if (!tree.exists(path) && made.add(path)) {
            list.add(new Write.Create(path, "", CreateMode.PERSISTENT));
        }
        return this;
    }

    Writes create(String path, String data, CreateMode mode) {
        ensure(path.substring(0, path.lastIndexOf('/')));
        made.add(path);
        list.add(new Write.Create(path, data, mode));
        return this;
    }

    /** Creates a persistent node, or replaces its data. */
    Writes put(String path, String data) {
        return tree.exists(path) ? set(path, data, -1) : create(path, data, CreateMode.PERSISTENT);
    }

    Writes set(String path, String data, int version) {
        list.add(new Write.SetData(path, data, version));
        return this;
    }

    Writes delete(String path) {
        list.add(new Write.Delete(path, -1));
        return this;
    }

    Writes delete(String path, int version) {
        list.add(new Write.Delete(path, version));
        return this;
    }

    Writes deleteIfExists(String path) {
        return tree.exists(path) ? delete(path) : this;
    }

    /** Deletes a node with all that is below it, as far as the view knows it. */
    Writes deleteTree(String path) {
        for (String child : tree.children(path)) {
            deleteTree(path + "/" + child);
        }
        return deleteIfExists(path);
    }

    Writes add(Write write) {
        list.add(write);
        return this;
    }

    Writes check(String path, int version) {
        list.add(new Write.Check(path, version));
        return this;
    }

    List<Write> list() {
        return List.copyOf(list);
    }
}
