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

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.model.Extensions;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs the jobs of one type, for {@link io.carillon.jobs.TypedJob}. Thread-safe: one object runs all items of all jobs of the
 * type. Own types are registered with {@link java.util.ServiceLoader}.
 */
public interface JobType {

    /** The name that a {@link io.carillon.jobs.TypedJob} asks for, such as {@code SCRIPT}. */
    String type();

    /**
     * Checks the configuration given in code before the job is started; the stored one may still be another. Default: nothing.
     *
     * @throws io.carillon.jobs.InvalidSettingException when a setting cannot be accepted
     */
    default void check(JobConfiguration configuration) {}

    /**
     * Runs one item; may block, on a worker's thread, which is interrupted when the claim is lost or the job is closed.
     *
     * @param configuration as stored at this firing
     * @throws Exception any: the item failed, and the exception is its cause on record
     */
    void execute(JobConfiguration configuration, ShardingContext context) throws Exception;

    /** Finds a type, or null when there is none of that name. */
    static @Nullable JobType of(String type) {
        return Types.ALL.find(type);
    }

    /** The names that {@link #of} knows. */
    static Set<String> types() {
        return Types.ALL.types();
    }

    /** Holds what was found. */
    final class Types {
        private static final Extensions<JobType> ALL = new Extensions<>(
                JobType.class, JobType::type, Map.of("SCRIPT", new ScriptJob(), "HTTP", new HttpJob()));

        private Types() {}
    }
}
