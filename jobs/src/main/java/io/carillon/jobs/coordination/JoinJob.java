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

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.model.PeerVersion;
import java.util.List;

/** Decides how an instance registers for a job: one commit. Pure. */
public final class JoinJob {

    private JoinJob() {}

    /** What to do. */
    public sealed interface Decision {

        /** Commit these writes. */
        record Join(List<Write> writes) implements Decision {}

        /** Do not join: the name belongs to another class. */
        record Conflict(String message) implements Decision {}

        /** Do not join again: the job was removed while this instance was away. */
        record Removed() implements Decision {}
    }

    /** The decision of an instance that starts beside instances of ElasticJob 3.0.4. */
    public static Decision decide(JobTree tree, Member me, String jobClass, JobConfiguration local) {
        return decide(tree, me, jobClass, local, 0, PeerVersion.V3_0_4);
    }

    /**
     * @param jobClass the class name as it stands in the registry
     * @param local the configuration given in code
     * @param joinedNamespace which life of the namespace this instance has joined before, see {@link
     *     JobTree#namespaceBorn}; 0 when it starts. Only who starts overwrites the configuration and switches its server off
     * @param peers whose instances must be able to read what is written
     */
    public static Decision decide(
            JobTree tree, Member me, String jobClass, JobConfiguration local, long joinedNamespace, PeerVersion peers) {
        JobPaths paths = tree.paths();
        boolean starts = joinedNamespace == 0;
        if (!starts && !tree.exists(paths.config()) && tree.namespaceBorn() == joinedNamespace) {
            return new Decision.Removed();
        }
        String registered = tree.data(paths.root());
        if (registered != null && !registered.isBlank() && !isSameClass(registered, jobClass)) {
            return new Decision.Conflict(
                    "job '" + paths.jobName() + "': class " + jobClass + " (expected: " + registered
                            + ", which the registry holds for this name). The job was not started; give it another name, or"
                            + " remove the old job from namespace '" + paths.namespace() + "' first.");
        }
        Writes writes = new Writes(tree);
        String stored = tree.data(paths.config());
        boolean writeConfig = stored == null || stored.isBlank() || (starts && isToOverwrite(stored, local, peers));
        if (!tree.exists(paths.root())) {
            writes.create(paths.root(), jobClass, CreateMode.PERSISTENT);
        } else if (writeConfig && (registered == null || registered.isBlank())) {
            writes.set(paths.root(), jobClass, -1);
        }
        if (writeConfig) {
            writes.put(paths.config(), ConfigYaml.write(local, stored, peers));
        }
        writes.ensure(paths.election());
        writes.ensure(paths.leaderSharding());
        if (!tree.exists(paths.latch())) {
            writes.create(paths.latch(), "", CreateMode.CONTAINER);
        }
        writes.ensure(paths.ownRoot());
        if (!tree.exists(paths.claim())) {
            writes.create(paths.claim(), "", CreateMode.PERSISTENT);
        }
        if (!tree.exists(paths.deal())) {
            writes.create(paths.deal(), "", CreateMode.PERSISTENT);
        }
        writes.ensure(paths.claims());
        String declared = ConfigYaml.write(local, null, peers);
        if (!declared.equals(tree.data(paths.declared()))) {
            writes.put(paths.declared(), declared);
        }
        JobConfiguration used = writeConfig || stored == null ? null : ConfigYaml.readOrNull(stored);
        String mark = tree.data(paths.server(me.ip()));
        if (starts && (used == null ? local : used).isDisabled()) {
            mark = JobPaths.DISABLED;
        } else if (mark == null || mark.isBlank()) {
            // who switched the whole job off meant the servers to come, too
            mark = tree.intent().job() == null ? JobPaths.ENABLED : JobPaths.DISABLED;
        }
        if (tree.exists(paths.server(me.ip()))) {
            // written also when it stays: who forgets the server in this moment (see ForgetServers) is refused, or
            // refuses this
            writes.set(paths.server(me.ip()), mark, tree.version(paths.server(me.ip())));
        } else {
            writes.create(paths.server(me.ip()), mark, CreateMode.PERSISTENT);
        }
        writes.deleteIfExists(paths.instance(me.id()));
        String about = "jobInstanceId: " + me.id() + "\nserverIp: " + me.ip() + "\n";
        writes.create(paths.instance(me.id()), about, CreateMode.EPHEMERAL);
        // written twice, which ElasticJob's instances never do: see JobTree.isPeer
        writes.set(paths.instance(me.id()), about, 0);
        return new Decision.Join(writes.list());
    }

    /** What must be known before {@link #decide}: the mark of its server with its version, as a person may switch it meanwhile. */
    public static List<Read> reads(JobTree tree, Member me) {
        String server = tree.paths().server(me.ip());
        return tree.exists(server) && tree.version(server) < 0 ? List.of(new Read.Get(server)) : List.of();
    }

    private static boolean isToOverwrite(String stored, JobConfiguration local, PeerVersion peers) {
        return local.isOverwrite()
                && (!local.equals(ConfigYaml.readOrNull(stored)) || ConfigYaml.isForOthersThan(peers, stored));
    }

    /**
     * Lambdas of one class are told apart by a suffix that differs between runs and between ElasticJob's versions, proxies by
     * one that differs between runs.
     */
    private static boolean isSameClass(String registered, String jobClass) {
        return registered.equals(jobClass) || stable(registered).equals(stable(jobClass));
    }

    private static String stable(String name) {
        int at = name.indexOf("$$Lambda");
        if (at >= 0) {
            return name.substring(0, at) + "$$Lambda";
        }
        int proxy = name.indexOf("$$");
        return proxy > 0 ? name.substring(0, proxy) : name;
    }
}
