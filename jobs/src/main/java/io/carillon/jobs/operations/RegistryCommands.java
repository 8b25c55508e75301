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

import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.ConfigYaml;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.Answer;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Node;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.Write;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Supplier;

/** Commands as writes to the registry; each reads what it needs first, and is repeated when that has changed. Thread-safe. */
final class RegistryCommands implements JobCommands {

    private final RegistryCalls calls;
    private final ServerCommands servers;
    private final String namespace;
    private final OrderInstances orders;
    private final JobRequests requests;

    RegistryCommands(Registry registry, String namespace, InstantSource time, Duration timeout) {
        this.calls = new RegistryCalls(registry, timeout);
        this.servers = new ServerCommands(calls, namespace);
        this.namespace = namespace;
        this.orders = new OrderInstances(registry, namespace, timeout);
        this.requests = new RegistryRequests(this, time);
    }

    @Override
    public void interrupt(String jobName, String by, String reason) {
        orders.interrupt(jobName, by, reason);
    }

    @Override
    public void interrupt(String jobName, int item, String by, String reason) {
        orders.interrupt(jobName, item, by, reason);
    }

    @Override
    public List<Integer> rerunFailed(String jobName) {
        return orders.rerunFailed(jobName);
    }

    @Override
    public List<Integer> rerunFailed(String jobName, Instant scheduledTime) {
        return orders.rerunFailed(jobName, scheduledTime);
    }

    @Override
    public void drain(String instance, String by, String reason) {
        orders.drain(instance, by, reason);
    }

    @Override
    public void undrain(String instance, String by, String reason) {
        orders.undrain(instance, by, reason);
    }

    @Override
    public JobRequests requests() {
        return requests;
    }

    @Override
    public void trigger(String jobName) {
        JobPaths paths = existing(jobName);
        commit("trigger", jobName, () -> {
            List<Answer> answers =
                    read(List.of(new Read.Children(paths.instances()), new Read.Children(paths.triggers())));
            List<Write> writes = new ArrayList<>();
            if (answers.get(1) instanceof Answer.Absent) {
                writes.add(new Write.Create(paths.triggers(), "", CreateMode.PERSISTENT));
            }
            List<String> asked = names(answers.get(1));
            for (String id : names(answers.get(0))) {
                if (asked.contains(id)) {
                    // an ElasticJob instance acts on the making of the node, not on its presence
                    writes.add(new Write.Delete(paths.trigger(id), -1));
                }
                writes.add(new Write.Create(paths.trigger(id), "", CreateMode.PERSISTENT));
            }
            return writes;
        });
    }

    @Override
    public void disable(Target target) {
        servers.mark(target, JobPaths.DISABLED);
    }

    @Override
    public void enable(Target target) {
        servers.mark(target, JobPaths.ENABLED);
    }

    @Override
    public void shutdown(Target target) {
        servers.shutdown(target);
    }

    @Override
    public void remove(Target target) {
        servers.remove(target);
    }

    @Override
    public void removeJob(String jobName) {
        new RemoveJob(calls, new JobPaths(namespace, jobName)).run();
    }

    @Override
    public void disableItem(String jobName, int item) {
        markItem(jobName, item, "disable item " + item, true);
    }

    @Override
    public void enableItem(String jobName, int item) {
        markItem(jobName, item, "enable item " + item, false);
    }

    private void markItem(String jobName, int item, String command, boolean disabled) {
        JobPaths paths = existing(jobName);
        commit(command, jobName, () -> {
            List<Answer> answers = read(List.of(
                    new Read.Get(paths.config()),
                    new Read.Children(paths.sharding()),
                    new Read.Get(paths.item(item)),
                    new Read.Get(paths.disabled(item))));
            checkItem(jobName, item, answers.get(0), names(answers.get(1)));
            boolean present = answers.get(3) instanceof Answer.Found;
            List<Write> writes = new ArrayList<>();
            if (present == disabled) {
                return writes;
            }
            if (!disabled) {
                writes.add(new Write.Delete(paths.disabled(item), -1));
                return writes;
            }
            if (answers.get(1) instanceof Answer.Absent) {
                writes.add(new Write.Create(paths.sharding(), "", CreateMode.PERSISTENT));
            }
            if (answers.get(2) instanceof Answer.Absent) {
                writes.add(new Write.Create(paths.item(item), "", CreateMode.PERSISTENT));
            }
            writes.add(new Write.Create(paths.disabled(item), "", CreateMode.PERSISTENT));
            return writes;
        });
    }

    /** An item exists when the configuration counts it, or, where that cannot be read, when it has a node. */
    private static void checkItem(String jobName, int item, Answer config, List<String> dealt) {
        JobConfiguration configuration = config instanceof Answer.Found found
                ? ConfigYaml.readOrNull(found.node().data())
                : null;
        boolean known = configuration == null
                ? dealt.contains(String.valueOf(item))
                : item >= 0 && item < configuration.getShardingTotalCount();
        if (!known) {
            throw new InvalidSettingException(
                    "item",
                    item,
                    configuration == null
                            ? "one of " + dealt + ", the items of job '" + jobName + "'"
                            : "0.." + (configuration.getShardingTotalCount() - 1) + ", the items of job '" + jobName
                                    + "'",
                    "Nothing was changed; correct the number.");
        }
    }

    @Override
    public Optional<Stored> stored(String jobName) {
        JobPaths paths = new JobPaths(namespace, jobName);
        Answer answer = read(List.of(new Read.Get(paths.config()))).get(0);
        return answer instanceof Answer.Found found
                ? Optional.of(new Stored(
                        ConfigYaml.read(found.node().data()), found.node().version()))
                : Optional.empty();
    }

    @Override
    public void update(JobConfiguration configuration) {
        String jobName = configuration.getJobName();
        commit("update", jobName, () -> {
            Node stored = storedNode(jobName);
            return List.of(replacement(configuration, stored));
        });
    }

    @Override
    public int update(JobConfiguration configuration, int expectedVersion) {
        String jobName = configuration.getJobName();
        commit("update", jobName, () -> {
            Node stored = storedNode(jobName);
            if (stored.version() != expectedVersion) {
                throw new ConfigurationConflictException(jobName, expectedVersion, stored.version());
            }
            return List.of(replacement(configuration, stored));
        });
        return expectedVersion + 1;
    }

    private Node storedNode(String jobName) {
        JobPaths paths = new JobPaths(namespace, jobName);
        if (read(List.of(new Read.Get(paths.config()))).get(0) instanceof Answer.Found found) {
            return found.node();
        }
        throw missing(jobName);
    }

    private static Write replacement(JobConfiguration configuration, Node stored) {
        return new Write.SetData(stored.path(), ConfigYaml.write(configuration, stored.data()), stored.version());
    }

    @Override
    public void add(JobConfiguration configuration, String jobClass) {
        String jobName = configuration.getJobName();
        JobPaths paths = new JobPaths(namespace, jobName);
        if (jobClass.isBlank()) {
            throw new InvalidSettingException(
                    "jobClass", "''", "a class name or a type such as SCRIPT", "Nothing was added; name the class.");
        }
        commit("add", jobName, () -> {
            List<Answer> answers = read(List.of(
                    new Read.Get(paths.namespaceRoot()), new Read.Get(paths.root()), new Read.Get(paths.config())));
            if (answers.get(2) instanceof Answer.Found) {
                throw new IllegalStateException(
                        "job: '" + jobName + "' (expected: a name that namespace '" + namespace
                                + "' does not have yet). Nothing was added; update the job that is there, or choose another name.");
            }
            List<Write> writes = new ArrayList<>();
            if (answers.get(0) instanceof Answer.Absent) {
                writes.add(new Write.Create(paths.namespaceRoot(), "", CreateMode.PERSISTENT));
            }
            writes.add(
                    answers.get(1) instanceof Answer.Absent
                            ? new Write.Create(paths.root(), jobClass, CreateMode.PERSISTENT)
                            : new Write.SetData(paths.root(), jobClass, -1));
            writes.add(new Write.Create(paths.config(), ConfigYaml.write(configuration, null), CreateMode.PERSISTENT));
            return writes;
        });
    }

    JobPaths existing(String jobName) {
        JobPaths paths = new JobPaths(namespace, jobName);
        if (read(List.of(new Read.Get(paths.config()))).get(0) instanceof Answer.Absent) {
            throw missing(jobName);
        }
        return paths;
    }

    private NoSuchElementException missing(String jobName) {
        return ServerCommands.missingJob(jobName, namespace);
    }

    static List<String> names(Answer answer) {
        return RegistryCalls.names(answer);
    }

    List<Answer> read(List<Read> reads) {
        return calls.read(reads);
    }

    void commit(String command, String jobName, Supplier<List<Write>> writes) {
        calls.commit(command, "job '" + jobName + "'", writes);
    }
}
