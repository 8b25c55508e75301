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

import io.carillon.jobs.coordination.Registry.Node;
import io.carillon.jobs.coordination.Registry.Write;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Decides which servers the leader forgets: those that have no instance any more. Pure.
 *
 * <p>A server that people switched off is never forgotten, whoever comes and goes. One whose mark was written a short while ago
 * is spared: an ElasticJob instance writes it some moments before it registers.
 */
public final class ForgetServers {

    /** How long after its last start a server that is gone is kept at least. */
    static final Duration KEPT = Duration.ofMinutes(10);

    private static final int AT_ONCE = 100;

    private ForgetServers() {}

    /** The writes; empty when there is nothing to forget, or this instance does not lead. */
    public static List<Write> decide(JobTree tree, Member me, Instant now) {
        if (!me.isLeader(tree)) {
            return List.of();
        }
        JobPaths paths = tree.paths();
        List<String> servers = tree.children(paths.servers());
        if (servers.size() < 2) {
            return List.of();
        }
        Set<String> alive = new HashSet<>();
        tree.instances().forEach(id -> alive.add(JobPaths.ipOf(id)));
        long oldest = now.minus(KEPT).toEpochMilli();
        List<Write> writes = new ArrayList<>();
        for (String ip : servers) {
            Node mark = tree.asRead(paths.server(ip));
            if (!alive.contains(ip)
                    && writes.size() < AT_ONCE
                    && mark != null
                    && mark.data().equals(JobPaths.ENABLED)
                    && mark.modifiedMillis() < oldest) {
                writes.add(new Write.Delete(paths.server(ip), mark.version()));
            }
        }
        if (!writes.isEmpty()) {
            writes.add(new Write.Check(paths.leaderInstance(), -1));
        }
        return writes;
    }
}
