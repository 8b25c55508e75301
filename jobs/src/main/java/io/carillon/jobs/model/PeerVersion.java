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
package io.carillon.jobs.model;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The release of the ElasticJob instances and consoles that share the namespace: decides how is written what they name
 * differently from release to release. All names are read, whatever is set. Immutable.
 */
public enum PeerVersion {
    V3_0_2("3.0.2"),
    V3_0_3("3.0.3"),
    V3_0_4("3.0.4"),
    V3_0_5("3.0.5");

    private static final String BALANCE = "SINGLE_SHARDING_BALANCE";

    private final String text;

    PeerVersion(String text) {
        this.text = text;
    }

    /** The release of a text such as {@code 3.0.4}, or null when it is none of those. */
    public static @Nullable PeerVersion of(String text) {
        return Arrays.stream(values())
                .filter(version -> version.text.equals(text))
                .findFirst()
                .orElse(null);
    }

    /** The texts that {@link #of} knows. */
    public static List<String> texts() {
        return Arrays.stream(values()).map(version -> version.text).toList();
    }

    /** The configuration's key for the bound on parallel items; the other one makes an instance of this release fail. */
    public String threadPoolKey() {
        return isBefore305() ? "jobExecutorServiceHandlerType" : "jobExecutorThreadPoolSizeProviderType";
    }

    /** How the class name of a lambda ends; with the other ending an instance of this release refuses the job. */
    public String lambdaEnding() {
        return isBefore305() ? "$$Lambda$" : "$$Lambda";
    }

    /** Whether a leader of this release can deal by a strategy, as far as that is known here. */
    public boolean knowsStrategy(@Nullable String type) {
        return !isBefore305() || !BALANCE.equals(type);
    }

    private boolean isBefore305() {
        return compareTo(V3_0_5) < 0;
    }

    @Override
    public String toString() {
        return text;
    }
}
