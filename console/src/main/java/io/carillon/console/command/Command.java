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
package io.carillon.console.command;

import io.carillon.console.ConsoleCluster;
import io.carillon.console.access.Role;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One thing that somebody asks for. Immutable; it checks nothing and is on no record by itself: {@link Commands#run} does that.
 */
public interface Command {
    /** What it is called in addresses, in the audit and in the text {@code command.<name>}. */
    String name();

    /** Who may do it. */
    Role role();

    /** Where. */
    String cluster();

    /** The job whose group decides who may; null: it concerns the whole cluster. */
    @Nullable
    String jobName();

    /**
     * The jobs with their groups that decide who may, where it concerns several: whoever does it must have the role for each. Empty:
     * {@link #jobName} decides.
     */
    default Map<String, String> groups() {
        return Map.of();
    }

    /** What it is done to, in the audit's words. */
    default String target() {
        String job = jobName();
        return job == null ? cluster() : job;
    }

    /** Whether somebody must say why. */
    default boolean needsReason() {
        return false;
    }

    /** What will be changed, as it is now, for the audit; null when there is nothing to keep. */
    default @Nullable String before(ConsoleCluster cluster) {
        return null;
    }

    /**
     * Which jobs would have text that instances run as a program, and that they do not run yet, once it is done. Asked before it
     * is done.
     */
    default List<String> newPrograms(ConsoleCluster cluster) {
        return List.of();
    }

    /** Does it. What it throws is said to who asked; see {@link Commands}. */
    Done run(ConsoleCluster cluster, By by);

    /**
     * Who asks for it.
     *
     * @param reason may be empty
     * @param from an address
     */
    record By(String who, String reason, String from) {}

    /**
     * What came of it.
     *
     * @param key of the text that says what will happen, and when
     * @param values what fills it
     * @param after what was changed, as it is now; null when there is nothing to keep
     * @param request the id of the request that was made; null when none was
     */
    record Done(
            String key,
            List<Object> values,
            @Nullable String after,
            @Nullable String request) {
        public Done {
            values = List.copyOf(values);
        }

        /** With nothing to keep. */
        public static Done of(String key, Object... values) {
            return new Done(key, List.of(values), null, null);
        }

        /** With what is there now. */
        public Done now(@Nullable String state) {
            return new Done(key, values, state, request);
        }

        /** With the request that was made. */
        public Done asked(String id) {
            return new Done(key, values, after, id);
        }
    }
}
