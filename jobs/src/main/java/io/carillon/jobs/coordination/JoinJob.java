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
import io.carillon.jobs.coordination.Registry.Write;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decides how an instance registers for a job: one commit. Pure. */
public final class JoinJob {

    private JoinJob() {}

    /** What to do. */
    public sealed interface Decision {

        /** Commit these writes. */
        record Join(List<Write> writes) implements Decision {}

        /** Do not join: the name belongs to another class. */
        record Conflict(String message) implements Decision {}
    }

    /**
     * @param jobClass the class name as it stands in the registry
     * @param local the configuration given in code
     */
    public static Decision decide(JobTree tree, Member me, String jobClass, JobConfiguration local) {
        JobPaths paths = tree.paths();
        String registered = tree.data(paths.root());
        if (registered != null && !registered.isBlank() && !isSameClass(registered, jobClass)) {
            return new Decision.Conflict(
                    "job '" + paths.jobName() + "': class " + jobClass + " (expected: " + registered
                            + ", which the registry holds for this name). The job was not started; give it another name, or"
                            + " remove the old job from namespace '" + paths.namespace() + "' first.");
        }
        Writes writes = new Writes(tree);
        String stored = tree.data(paths.config());
        boolean writeConfig = stored == null || stored.isBlank() || isToOverwrite(stored, local);
        if (!tree.exists(paths.root())) {
            writes.create(paths.root(), jobClass, CreateMode.PERSISTENT);
        } else if (writeConfig && (registered == null || registered.isBlank())) {
            writes.set(paths.root(), jobClass, -1);
        }
        if (writeConfig) {
            writes.put(paths.config(), ConfigYaml.write(local, stored));
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
        String server = tree.data(paths.server(me.ip()));
        if (server == null || server.isBlank()) {
            writes.put(paths.server(me.ip()), local.isDisabled() ? JobPaths.DISABLED : JobPaths.ENABLED);
        }
        writes.deleteIfExists(paths.instance(me.id()));
        String about = "jobInstanceId: " + me.id() + "\nserverIp: " + me.ip() + "\n";
        writes.create(paths.instance(me.id()), about, CreateMode.EPHEMERAL);
        // written twice, which ElasticJob's instances never do: see JobTree.isPeer
        writes.set(paths.instance(me.id()), about, 0);
        return new Decision.Join(writes.list());
    }

    private static boolean isToOverwrite(String stored, JobConfiguration local) {
        return local.isOverwrite() && !local.equals(ConfigYaml.readOrNull(stored));
    }

    /** Lambdas of one class are told apart by a suffix that differs between runs and between ElasticJob's versions. */
    private static boolean isSameClass(String registered, String jobClass) {
        return registered.equals(jobClass) || withoutLambda(registered).equals(withoutLambda(jobClass));
    }

    private static @Nullable String lambdaHost(String name) {
        int at = name.indexOf("$$Lambda");
        return at < 0 ? null : name.substring(0, at);
    }

    private static String withoutLambda(String name) {
        String host = lambdaHost(name);
        return host == null ? name : host + "$$Lambda";
    }
}
