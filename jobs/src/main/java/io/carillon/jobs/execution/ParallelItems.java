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

import io.carillon.jobs.model.Extensions;
import java.util.Arrays;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How many items of one job run at once on one instance; asked for by {@code jobExecutorThreadPoolSizeProviderType}.
 * Thread-safe. Others than the two of {@link Standard} are found by {@link java.util.ServiceLoader}.
 *
 * <p>It makes no pool: the threads are the engine's, shared by all jobs, and its {@code workerThreads} is the limit of all.
 */
public interface ParallelItems {

    /** The name under which it is asked for. */
    String type();

    /** How many, 1 or more; asked at each firing. */
    int atOnce();

    /** Finds one, or null when there is none of that name; null for a type: {@code CPU}. */
    static @Nullable ParallelItems of(@Nullable String type) {
        return type == null ? Standard.CPU : Standard.ALL.find(type);
    }

    /** The names that {@link #of} knows. */
    static Set<String> types() {
        return Standard.ALL.types();
    }

    /** Those that are always there, by ElasticJob's names. */
    enum Standard implements ParallelItems {
        /** Two per processor. */
        CPU {
            @Override
            public int atOnce() {
                return 2 * Runtime.getRuntime().availableProcessors();
            }
        },
        /** One after the other. */
        SINGLE_THREAD {
            @Override
            public int atOnce() {
                return 1;
            }
        };

        private static final Extensions<ParallelItems> ALL = new Extensions<>(
                ParallelItems.class,
                ParallelItems::type,
                Arrays.stream(values()).collect(Collectors.toMap(Enum::name, Function.<ParallelItems>identity())));

        @Override
        public String type() {
            return name();
        }
    }
}
