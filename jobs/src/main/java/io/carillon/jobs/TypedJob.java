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
package io.carillon.jobs;

import java.util.Objects;

/**
 * A job that is configured, not programmed: its type says what runs it, its {@code props} what is run. Immutable.
 *
 * <p>{@link #SCRIPT} and {@link #HTTP} are always there; others are registered as services of {@code
 * io.carillon.jobs.execution.JobType}. In the registry the job stands under its type, as ElasticJob's typed jobs do.
 *
 * @param type the type's name
 */
public record TypedJob(String type) implements ElasticJob {

    /** The property of a {@link #SCRIPT} that holds its command line. */
    public static final String COMMAND_LINE = "script.command.line";

    /** Runs the command line in {@value #COMMAND_LINE}. */
    public static final TypedJob SCRIPT = new TypedJob("SCRIPT");

    /** Sends the request that {@code http.uri}, {@code http.method} and their like describe. */
    public static final TypedJob HTTP = new TypedJob("HTTP");

    public TypedJob {
        Objects.requireNonNull(type, "type");
    }
}
