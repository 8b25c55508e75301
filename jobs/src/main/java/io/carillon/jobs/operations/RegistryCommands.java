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
import io.carillon.jobs.coordination.JobIntent;
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
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Commands as writes to the registry; each reads what it needs first, and is repeated when that has changed. Thread-safe. */
final class RegistryCommands {

    private final RegistryCalls calls;
    private final ServerCommands servers;
    private final String namespace;
    private final OrderInstances orders;
    private final JobRequests requests;
    private final WishCommands wishes;
    private final InstantSource time;

    RegistryCommands(Registry registry, String namespace, InstantSource time, Duration timeout) {
        this.calls = new RegistryCalls(registry, timeout);
        this.servers = new ServerCommands(calls, namespace);
        this.namespace = namespace;
        this.orders = new OrderInstances(registry, namespace, timeout);
        this.requests = new RegistryRequests(this, time);
        this.wishes = new WishCommands(calls, servers, namespace, time);
        this.time = time;
    }

    OrderInstances orders() {
        return orders;
    }

    JobRequests requests() {
        return requests;
    }

    WishCommands wishes() {
        return wishes;
    }

    void trigger(String jobName) {
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
            if (!asked.isEmpty()) {
                // who is about to deal the items, and to take from the older triggers what is not owed, looks again
                writes.add(new Write.SetData(paths.triggers(), "", -1));
            }
            return writes;
        });
    }

    void disable(Target target, By by) {
        servers.mark(target, JobPaths.DISABLED, null, by, time.instant());
    }

    void enable(Target target, By by) {
        servers.mark(target, JobPaths.ENABLED, null, by, time.instant());
    }

    void pauseUntil(String jobName, Instant until, By by) {
        Instant now = time.instant();
        if (!until.isAfter(now)) {
            throw new InvalidSettingException(
                    "until", until, "a time after now, " + now, "Nothing was changed; choose a later time.");
        }
        servers.mark(Target.job(jobName), JobPaths.DISABLED, until, by, now);
    }

    String describe(Target target) {
        return servers.describe(target);
    }

    void shutdown(Target target) {
        servers.shutdown(target);
    }

    void remove(Target target) {
        servers.remove(target);
    }

    void removeJob(String jobName) {
        new RemoveJob(calls, new JobPaths(namespace, jobName)).run();
    }

    boolean isItemDisabled(String jobName, int item) {
        return read(List.of(new Read.Get(new JobPaths(namespace, jobName).disabled(item))))
                        .get(0)
                instanceof Answer.Found;
    }

    void disableItem(String jobName, int item, By by) {
        markItem(
                jobName,
                item,
                "disable item " + item,
                new JobIntent.Mark(time.instant(), null, by.actor(), by.reason(), by.from()));
    }

    void enableItem(String jobName, int item) {
        markItem(jobName, item, "enable item " + item, null);
    }

    /** Who owns an item, for people. */
    String ownerOf(String jobName, int item) {
        return "item " + item + " of "
                + (read(List.of(new Read.Get(new JobPaths(namespace, jobName).owner(item))))
                                        .get(0)
                                instanceof Answer.Found found
                        ? found.node().data()
                        : "nobody");
    }

    private void markItem(String jobName, int item, String command, JobIntent.@Nullable Mark mark) {
        boolean disabled = mark != null;
        JobPaths paths = existing(jobName);
        commit(command, jobName, () -> {
            List<Answer> answers = read(List.of(
                    new Read.Get(paths.config()),
                    new Read.Children(paths.sharding()),
                    new Read.Get(paths.item(item)),
                    new Read.Get(paths.disabled(item)),
                    new Read.Get(paths.intent()),
                    new Read.Get(paths.ownRoot()),
                    new Read.Get(paths.ownNamespaceRoot())));
            checkItem(jobName, item, answers.get(0), names(answers.get(1)));
            boolean present = answers.get(3) instanceof Answer.Found;
            List<Write> writes = new ArrayList<>();
            if (present == disabled) {
                return writes;
            }
            IntentNode node = IntentNode.of(paths, answers.get(4), answers.get(5));
            JobIntent wanted = node.intent().with(JobIntent.item(item), mark);
            if (!wanted.equals(node.intent())) {
                node.put(wanted, answers.get(6) instanceof Answer.Found, writes);
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

    Optional<JobConfiguration> configuration(String jobName) {
        return stored(jobName).map(JobCommands.Stored::configuration);
    }

    Optional<JobCommands.Stored> stored(String jobName) {
        JobPaths paths = new JobPaths(namespace, jobName);
        Answer answer = read(List.of(new Read.Get(paths.config()))).get(0);
        return answer instanceof Answer.Found found
                ? Optional.of(new JobCommands.Stored(
                        ConfigYaml.read(found.node().data()), found.node().version()))
                : Optional.empty();
    }

    /** Replaces the stored configuration, of that version where one is given; tells the new version. */
    int update(JobConfiguration configuration, @Nullable Integer expectedVersion, By by) {
        String jobName = configuration.getJobName();
        AtomicInteger written = new AtomicInteger();
        commit("update", jobName, () -> {
            JobPaths paths = existing(jobName);
            List<Read> reads = new ArrayList<>(List.of(
                    new Read.Get(paths.config()),
                    new Read.Get(paths.ownNamespaceRoot()),
                    new Read.Get(paths.ownRoot()),
                    new Read.Children(paths.versions())));
            List<Answer> answers = read(reads);
            if (!(answers.get(0) instanceof Answer.Found found)) {
                throw missing(jobName);
            }
            Node stored = found.node();
            if (expectedVersion != null && stored.version() != expectedVersion) {
                throw new ConfigurationConflictException(jobName, expectedVersion, stored.version());
            }
            String text = ConfigYaml.write(configuration, stored.data());
            List<Write> writes = new ArrayList<>();
            writes.add(new Write.SetData(stored.path(), text, stored.version()));
            StoredVersions.keep(paths, stored, text, answers, time.instant(), by, writes);
            written.set(stored.version() + 1);
            return writes;
        });
        return written.get();
    }

    List<ConfigurationVersion> versions(String jobName) {
        JobPaths paths = existing(jobName);
        return StoredVersions.read(paths, calls);
    }

    int rollBack(String jobName, int version, int expectedVersion, By by) {
        JobConfiguration wanted = versions(jobName).stream()
                .filter(kept -> kept.version() == version)
                .map(ConfigurationVersion::configuration)
                .filter(Objects::nonNull)
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException("version: " + version
                        + " (expected: one that is on record for job '" + jobName
                        + "' and can be read). Nothing was changed; look at the job's versions."));
        return update(wanted, expectedVersion, by);
    }

    void add(JobConfiguration configuration, String jobClass) {
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
