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
package io.carillon.jobs.engine;

import io.carillon.jobs.JobEngine;
import io.carillon.jobs.JobEngineOptions;
import io.carillon.jobs.coordination.Registry;

/** A job engine that shares its jobs with the other instances of a namespace. */
public final class ClusterJobEngine {

    private ClusterJobEngine() {}

    /** Starts an engine on an open registry. */
    @SuppressWarnings("DoNotCallSuggester")
    public static JobEngine start(Registry registry, JobEngineOptions options) {
        throw new UnsupportedOperationException("being built for " + options.namespace() + " on " + registry);
    }
}
