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

import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.model.Extensions;
import java.util.Arrays;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done with an exception that user code threw, beyond recording the item as failed. Thread-safe. Others than the
 * three of {@link Standard} are found by {@link ServiceLoader}.
 */
public interface ErrorHandler {

    /** The name under which {@code jobErrorHandlerType} asks for it. */
    String type();

    /**
     * Checks the settings that a job's configuration has for this handler, in its props. Called when the job is started with
     * it, which fails with this exception's text; and when the stored configuration has changed, where the text is logged.
     *
     * @throws InvalidSettingException naming what is missing or cannot be accepted
     */
    default void check(JobConfiguration configuration) {}

    /**
     * Called on the thread of the item that failed, which it should not hold up; what it throws goes to that thread's handler of
     * uncaught exceptions.
     *
     * @param configuration the job's, as it was at the firing: with this handler's settings in its props
     */
    void handle(JobConfiguration configuration, int shardingItem, Throwable cause);

    /**
     * Finds a handler.
     *
     * @param type its name; null: {@code LOG}
     * @return the handler, or null when there is none of that name
     */
    static @Nullable ErrorHandler of(@Nullable String type) {
        return type == null ? Standard.LOG : Standard.ALL.find(type);
    }

    /** The names that {@link #of} knows. */
    static Set<String> types() {
        return Standard.ALL.types();
    }

    /** The handlers that are always there, by ElasticJob's names. */
    enum Standard implements ErrorHandler {
        /** Writes the exception to the log. */
        LOG {
            @Override
            public void handle(JobConfiguration configuration, int shardingItem, Throwable cause) {
                LOGGER.error(
                        "job '{}': item {} failed and is recorded as failed",
                        configuration.getJobName(),
                        shardingItem,
                        cause);
            }
        },
        /** Throws it on to the thread's handler of uncaught exceptions. */
        THROW {
            @Override
            public void handle(JobConfiguration configuration, int shardingItem, Throwable cause) {
                throw new IllegalStateException(
                        "job '" + configuration.getJobName() + "': item " + shardingItem + " failed", cause);
            }
        },
        /** Does nothing: the item is recorded as failed, that is all. */
        IGNORE {
            @Override
            public void handle(JobConfiguration configuration, int shardingItem, Throwable cause) {}
        };

        private static final Extensions<ErrorHandler> ALL = new Extensions<>(
                ErrorHandler.class,
                ErrorHandler::type,
                Arrays.stream(values()).collect(Collectors.toMap(Enum::name, Function.<ErrorHandler>identity())));
        private static final Logger LOGGER = LoggerFactory.getLogger(ErrorHandler.class);

        @Override
        public String type() {
            return name();
        }
    }
}
