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

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.ConfigYaml;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.Answer;
import io.carillon.jobs.coordination.Registry.CommitResult;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Node;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.ReadResult;
import io.carillon.jobs.coordination.Registry.Write;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** Commands as writes to the registry; each reads what it needs first, and is repeated when that has changed. Thread-safe. */
final class RegistryCommands implements JobCommands {

    private static final int ATTEMPTS = 5;

    private final Registry registry;
    private final String namespace;
    private final Duration timeout;
    private final OrderInstances orders;
    private final JobRequests requests;

    RegistryCommands(Registry registry, String namespace, InstantSource time, Duration timeout) {
        this.registry = registry;
        this.namespace = namespace;
        this.timeout = timeout;
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
    public void disable(String jobName) {
        mark(jobName, "disable", JobPaths.DISABLED);
    }

    @Override
    public void enable(String jobName) {
        mark(jobName, "enable", JobPaths.ENABLED);
    }

    private void mark(String jobName, String command, String mark) {
        JobPaths paths = existing(jobName);
        commit(command, jobName, () -> {
            List<Write> writes = new ArrayList<>();
            for (String ip :
                    names(read(List.of(new Read.Children(paths.servers()))).get(0))) {
                writes.add(new Write.SetData(paths.server(ip), mark, -1));
            }
            return writes;
        });
    }

    @Override
    public Optional<JobConfiguration> configuration(String jobName) {
        JobPaths paths = new JobPaths(namespace, jobName);
        Answer answer = read(List.of(new Read.Get(paths.config()))).get(0);
        return answer instanceof Answer.Found found && !found.node().data().isBlank()
                ? Optional.of(ConfigYaml.read(found.node().data()))
                : Optional.empty();
    }

    @Override
    public void update(JobConfiguration configuration) {
        String jobName = configuration.getJobName();
        JobPaths paths = existing(jobName);
        commit("update", jobName, () -> {
            Answer answer = read(List.of(new Read.Get(paths.config()))).get(0);
            if (!(answer instanceof Answer.Found found)) {
                throw missing(jobName);
            }
            Node stored = found.node();
            return List.of(new Write.SetData(
                    paths.config(),
                    ConfigYaml.write(configuration, stored.data().isBlank() ? null : stored.data()),
                    stored.version()));
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
        return new NoSuchElementException("job: '" + jobName + "' (expected: a job of namespace '" + namespace
                + "'). Nothing was changed; check the name.");
    }

    static List<String> names(Answer answer) {
        return answer instanceof Answer.Names found ? found.children() : List.of();
    }

    List<Answer> read(List<Read> reads) {
        CompletableFuture<ReadResult> answer = new CompletableFuture<>();
        registry.read(reads, answer::complete);
        ReadResult result = await(answer);
        if (result instanceof ReadResult.Values values) {
            return values.answers();
        }
        throw new IllegalStateException(
                "the registry did not answer: " + result + ". Nothing was changed by this question; ask again.");
    }

    void commit(String command, String jobName, Supplier<List<Write>> writes) {
        CommitResult last = null;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            List<Write> wanted = writes.get();
            if (wanted.isEmpty()) {
                return;
            }
            CompletableFuture<CommitResult> answer = new CompletableFuture<>();
            registry.commit(wanted, answer::complete);
            last = await(answer);
            if (last instanceof CommitResult.Committed) {
                return;
            }
        }
        throw new IllegalStateException(command + " of job '" + jobName + "' failed " + ATTEMPTS + " times, last: "
                + last + ". Look at the job's state, then repeat the command if it is still wanted.");
    }

    private <T> T await(CompletableFuture<T> answer) {
        try {
            return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException(
                    "registryTimeout: no answer for " + timeout
                            + ". Whether the command took effect is not known; look at the job, then repeat it.",
                    e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the registry failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the registry", e);
        }
    }
}
