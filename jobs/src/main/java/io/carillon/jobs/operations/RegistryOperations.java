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

import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.history.RunHistory;
import java.time.InstantSource;

/** Queries and commands of a namespace, for who runs no engine in it. */
public final class RegistryOperations implements AutoCloseable {

    private final JobQueries queries;
    private final JobCommands commands;

    @SuppressWarnings("UnusedMethod")
    private RegistryOperations(JobQueries queries, JobCommands commands) {
        this.queries = queries;
        this.commands = commands;
    }

    public static RegistryOperations open(
            Registry registry, String namespace, RunHistory history, InstantSource time, java.time.Duration timeout) {
        return open(registry, namespace, history, time);
    }

    /** Opens the operations of a namespace. */
    @SuppressWarnings("DoNotCallSuggester")
    public static RegistryOperations open(Registry registry, String namespace, RunHistory history, InstantSource time) {
        throw new UnsupportedOperationException("being built for " + namespace + registry + history + time);
    }

    public JobQueries queries() {
        return queries;
    }

    public JobCommands commands() {
        return commands;
    }

    @Override
    public void close() {}
}
