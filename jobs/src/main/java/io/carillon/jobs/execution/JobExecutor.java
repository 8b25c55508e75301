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
package io.carillon.jobs.execution;

import io.carillon.jobs.ElasticJob;
import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.ShardingContext;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Runs jobs of an interface of your own, beside {@link io.carillon.jobs.SimpleJob} and {@link io.carillon.jobs.DataflowJob}:
 * your interface extends {@link ElasticJob}, and this calls it. Found by {@link ServiceLoader}; needed on every instance that
 * runs such a job. Thread-safe.
 *
 * <p>A class with several such interfaces is run by the executor of the one that extends the others. An executor of your own
 * comes before the built-in ones.
 *
 * @param <T> the interface
 */
public interface JobExecutor<T extends ElasticJob> {

    /** The interface whose jobs it runs. */
    Class<T> jobInterface();

    /**
     * Checks the configuration given in code before the job is started; the stored one may still be another. Default: nothing.
     *
     * @throws InvalidSettingException when a setting cannot be accepted
     */
    default void check(JobConfiguration configuration) {}

    /**
     * Runs one item; may block, on a worker's thread, which is interrupted when the claim is lost or the job is closed.
     *
     * @param configuration as stored at this firing
     * @throws Exception any: the item failed, and the exception is its cause on record
     */
    void execute(T job, JobConfiguration configuration, ShardingContext context) throws Exception;

    /**
     * Finds the executor of a job, or null when none is registered for an interface of it.
     *
     * @throws InvalidSettingException when two are, and neither interface extends the other
     */
    static @Nullable JobExecutor<ElasticJob> of(ElasticJob job) {
        return Registered.ALL.isEmpty() ? null : Registered.find(job);
    }

    /**
     * A job together with the executor that was found for it, once, when it was scheduled. Immutable.
     *
     * @param job what the user gave
     */
    record Bound(ElasticJob job, JobExecutor<ElasticJob> executor) implements ElasticJob {}

    /** What an item's run calls: the job with its executor, or the job itself when it needs none. */
    static ElasticJob bind(ElasticJob job) {
        JobExecutor<ElasticJob> executor = of(job);
        return executor == null ? job : new Bound(job, executor);
    }

    /** The interfaces that {@link #of} knows, by name. */
    static Set<String> interfaces() {
        return Registered.ALL.stream()
                .map(executor -> executor.jobInterface().getName())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Holds what was found. */
    final class Registered {

        @SuppressWarnings({"unchecked", "rawtypes"}) // each is only given jobs that its own interface takes
        private static final List<JobExecutor<ElasticJob>> ALL = ServiceLoader.load(JobExecutor.class).stream()
                .map(provider -> (JobExecutor<ElasticJob>) provider.get())
                .toList();

        private Registered() {}

        private static @Nullable JobExecutor<ElasticJob> find(ElasticJob job) {
            List<JobExecutor<ElasticJob>> fitting = ALL.stream()
                    .filter(executor -> executor.jobInterface().isInstance(job))
                    .toList();
            for (JobExecutor<ElasticJob> candidate : fitting) {
                if (fitting.stream()
                        .allMatch(other -> other == candidate
                                || (other.jobInterface().isAssignableFrom(candidate.jobInterface())
                                        && other.jobInterface() != candidate.jobInterface()))) {
                    return candidate;
                }
            }
            if (fitting.isEmpty()) {
                return null;
            }
            throw new InvalidSettingException(
                    "job",
                    job.getClass().getName(),
                    "one executor for it; "
                            + fitting.stream()
                                    .map(other -> other.getClass().getName())
                                    .sorted()
                                    .toList()
                            + " run the interfaces "
                            + fitting.stream()
                                    .map(other -> other.jobInterface().getName())
                                    .sorted()
                                    .toList(),
                    "It is not run; let one interface extend the other, or register one executor only.");
        }
    }
}
