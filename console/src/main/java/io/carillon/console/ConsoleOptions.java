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
package io.carillon.console;

import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.regex.Pattern;

/**
 * How the console behaves. Immutable.
 *
 * @param time the clock
 * @param zone the zone in which times are shown to who has chosen none; a job's own zone is shown beside it where they differ
 * @param answerLimit how long a page waits for a registry or a store, 100 ms to 3 s; the default is 2 s
 * @param refresh how often an open page asks again where it is not told of changes, 1 s to 10 min; the default is 5 s
 * @param path what comes before all addresses, within the application: empty, or such as {@code /carillon}
 * @param readOnly whether nothing can be changed through this console
 * @param scriptJobs whether text that instances run as a program, {@code script.command.line}, can be changed through it
 * @param environment the name of the environment and its colour, shown above each page
 * @param links where pages of runs lead out to
 */
public record ConsoleOptions(
        InstantSource time,
        ZoneId zone,
        Duration answerLimit,
        Duration refresh,
        String path,
        boolean readOnly,
        boolean scriptJobs,
        Environment environment,
        OutLinks links) {
    private static final Pattern PATH = Pattern.compile("(/[A-Za-z0-9._-]+)*");

    /** How far an environment is from where it hurts. */
    public enum Tone {
        /** Nothing is shown. */
        NONE,
        TEST,
        STAGING,
        PRODUCTION
    }

    /** An environment by name; an empty name shows nothing. */
    public record Environment(String name, Tone tone) {
        /** Nothing is shown. */
        public static final Environment NONE = new Environment("", Tone.NONE);
    }

    public ConsoleOptions {
        within("answerLimit", answerLimit, Duration.ofMillis(100), Duration.ofSeconds(3));
        within("refresh", refresh, Duration.ofSeconds(1), Duration.ofMinutes(10));
        if (!PATH.matcher(path).matches()) {
            throw new IllegalArgumentException(
                    "path: '" + path + "' (expected: empty, or such as /carillon, without a slash at its end)");
        }
    }

    /** A console at the root of its application that can change things and names no environment. */
    public ConsoleOptions(InstantSource time, ZoneId zone, Duration answerLimit, Duration refresh) {
        this(time, zone, answerLimit, refresh, "", false, false, Environment.NONE, OutLinks.NONE);
    }

    /** The system's clock and zone, 2 s, 5 s. */
    public static ConsoleOptions defaults() {
        return new ConsoleOptions(
                SystemTime.source(), ZoneId.systemDefault(), Duration.ofSeconds(2), Duration.ofSeconds(5));
    }

    public ConsoleOptions at(String otherPath) {
        return new ConsoleOptions(
                time, zone, answerLimit, refresh, otherPath, readOnly, scriptJobs, environment, links);
    }

    public ConsoleOptions readOnly(boolean on) {
        return new ConsoleOptions(time, zone, answerLimit, refresh, path, on, scriptJobs, environment, links);
    }

    public ConsoleOptions scriptJobs(boolean on) {
        return new ConsoleOptions(time, zone, answerLimit, refresh, path, readOnly, on, environment, links);
    }

    public ConsoleOptions in(Environment other) {
        return new ConsoleOptions(time, zone, answerLimit, refresh, path, readOnly, scriptJobs, other, links);
    }

    public ConsoleOptions leadingTo(OutLinks others) {
        return new ConsoleOptions(time, zone, answerLimit, refresh, path, readOnly, scriptJobs, environment, others);
    }

    private static void within(String setting, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new IllegalArgumentException(setting + ": " + value + " (expected: " + least + " to " + most + ")");
        }
    }
}
