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

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a command is for: a job on all its servers, a server with all its jobs, or one job on one server. Immutable.
 *
 * @param jobName the job, or null for all jobs of the server
 * @param serverIp the server's address as in the registry, or null for all servers of the job
 */
public record Target(@Nullable String jobName, @Nullable String serverIp) {

    /** @throws IllegalArgumentException when neither is given */
    public Target {
        if (jobName == null && serverIp == null) {
            throw new IllegalArgumentException(
                    "target: nothing (expected: a job, a server, or both). Nothing was changed.");
        }
    }

    /** A job on all its servers. */
    public static Target job(String jobName) {
        return new Target(Objects.requireNonNull(jobName, "jobName"), null);
    }

    /** A server with all its jobs. */
    public static Target server(String serverIp) {
        return new Target(null, Objects.requireNonNull(serverIp, "serverIp"));
    }

    /** One job on one server. */
    public static Target jobOnServer(String jobName, String serverIp) {
        return new Target(Objects.requireNonNull(jobName, "jobName"), Objects.requireNonNull(serverIp, "serverIp"));
    }

    @Override
    public String toString() {
        String job = jobName == null ? "all jobs" : "job '" + jobName + "'";
        return serverIp == null ? job : job + " on server '" + serverIp + "'";
    }
}
