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

import io.carillon.jobs.coordination.JobIntent.Mark;
import io.carillon.jobs.coordination.Registry.Node;
import io.carillon.jobs.coordination.Registry.Write;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a whole job as people want it: ends a pause at its time, and switches off again what an ElasticJob instance switched on
 * by starting. Pure.
 *
 * <p>A job that is switched off has no leader, so it is not the leader who does it, but the first of Carillon's instances by
 * id. Each step is refused when somebody else was faster. A server that a person switched on with ElasticJob's own console
 * ends the wish: it is told from one that a starting instance switched on, as such an instance registers itself right after.
 */
public final class KeepIntent {

    /** How long an ElasticJob instance may take, at its start, from the mark of its server to its registration. */
    static final Duration STARTING = Duration.ofSeconds(10);

    private KeepIntent() {}

    /** The writes; empty when there is nothing to do, or another instance does it. */
    public static List<Write> decide(JobTree tree, Member me, Instant now) {
        Mark mark = tree.intent().job();
        if (mark == null || !me.isRegistered(tree) || !isFirst(tree, me)) {
            return List.of();
        }
        JobPaths paths = tree.paths();
        List<Write> writes = new ArrayList<>();
        if (mark.isOver(now)) {
            for (String ip : tree.children(paths.servers())) {
                // one that somebody switched off by itself stays off
                if (JobPaths.DISABLED.equals(tree.data(paths.server(ip)))
                        && !tree.intent().marks().containsKey(JobIntent.server(ip))) {
                    writes.add(new Write.SetData(paths.server(ip), JobPaths.ENABLED, tree.version(paths.server(ip))));
                }
            }
            writes.add(without(tree));
            return writes;
        }
        for (String ip : tree.children(paths.servers())) {
            switch (whoEnabled(tree, ip, now)) {
                case STARTED ->
                    writes.add(new Write.SetData(paths.server(ip), JobPaths.DISABLED, tree.version(paths.server(ip))));
                case PERSON -> {
                    return List.of(without(tree));
                }
                case NOBODY, UNSURE -> {}
            }
        }
        if (!writes.isEmpty()) {
            writes.add(new Write.Check(paths.intent(), tree.version(paths.intent())));
        }
        return writes;
    }

    private static Write without(JobTree tree) {
        return new Write.SetData(
                tree.paths().intent(),
                tree.intent().with(JobIntent.JOB, null).print(),
                tree.version(tree.paths().intent()));
    }

    /** When there is something to decide next, or null. */
    public static @Nullable Instant next(JobTree tree, Instant now) {
        Mark mark = tree.intent().job();
        if (mark == null) {
            return null;
        }
        Instant next = mark.until();
        for (String ip : tree.children(tree.paths().servers())) {
            Node server = tree.asRead(tree.paths().server(ip));
            if (server != null && whoEnabled(tree, ip, now) == Enabled.UNSURE) {
                Instant sure = sure(server);
                next = next == null || sure.isBefore(next) ? sure : next;
            }
        }
        return next;
    }

    private static Instant sure(Node server) {
        return Instant.ofEpochMilli(server.modifiedMillis()).plus(STARTING);
    }

    private enum Enabled {
        NOBODY,
        STARTED,
        PERSON,
        UNSURE
    }

    private static Enabled whoEnabled(JobTree tree, String ip, Instant now) {
        JobPaths paths = tree.paths();
        Node server = tree.asRead(paths.server(ip));
        if (server == null || !server.data().equals(JobPaths.ENABLED)) {
            return Enabled.NOBODY;
        }
        List<String> here = tree.instances().stream()
                .filter(id -> JobPaths.ipOf(id).equals(ip))
                .toList();
        if (here.isEmpty()) {
            // nothing runs there; who starts there decides
            return Enabled.NOBODY;
        }
        boolean started = here.stream()
                .map(id -> tree.asRead(paths.instance(id)))
                .filter(Objects::nonNull)
                .anyMatch(instance -> instance.createdZxid() > server.modifiedZxid());
        if (started) {
            return Enabled.STARTED;
        }
        return now.isBefore(sure(server)) ? Enabled.UNSURE : Enabled.PERSON;
    }

    private static boolean isFirst(JobTree tree, Member me) {
        return tree.instances().stream()
                .filter(id -> !tree.isPeer(id))
                .max(String::compareTo)
                .map(me.id()::equals)
                .orElse(false);
    }
}
