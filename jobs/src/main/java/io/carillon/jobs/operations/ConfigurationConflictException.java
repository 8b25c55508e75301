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

/** A configuration or a node was not written, because somebody else has written it since it was read. Immutable. */
public final class ConfigurationConflictException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    private final int expectedVersion;

    /** Of a job whose stored configuration has another version than was expected. */
    public ConfigurationConflictException(String jobName, int expectedVersion, int presentVersion) {
        super(
                "version of the configuration of job '" + jobName + "': " + expectedVersion + " (expected: "
                        + presentVersion
                        + ", the present one). Nothing was changed; read the configuration again, and repeat the change on it.");
        this.expectedVersion = expectedVersion;
    }

    private ConfigurationConflictException(String message, int expectedVersion) {
        super(message);
        this.expectedVersion = expectedVersion;
    }

    /** Of a node that has another version than was expected. */
    static ConfigurationConflictException ofNode(String path, int expectedVersion, int presentVersion) {
        return new ConfigurationConflictException(
                "version of " + path + ": " + expectedVersion + " (expected: " + presentVersion
                        + ", the present one). Nothing was changed; look at the node again, and repeat the change on it.",
                expectedVersion);
    }

    /** The version that the caller had read. */
    public int expectedVersion() {
        return expectedVersion;
    }
}
