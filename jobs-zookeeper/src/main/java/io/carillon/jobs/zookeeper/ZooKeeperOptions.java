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
package io.carillon.jobs.zookeeper;

import io.carillon.jobs.InvalidSettingException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where ZooKeeper is and how to stay connected to it. Immutable.
 *
 * @param connectString the servers, {@code host:port} separated by commas; the port may be left out (2181)
 * @param sessionTimeout how long ZooKeeper keeps our ephemeral nodes without hearing from us; default 60 s. The server has
 *     limits of its own, see {@link ZooKeeperRegistry#sessionTimeout()}
 * @param connectionTimeout how long the first connection may take at most, and how long closing waits for the server;
 *     default 15 s
 * @param baseSleep the first pause between attempts; default 1 s
 * @param maxSleep the longest pause between attempts; default 3 s
 * @param maxRetries how many attempts; the first connection is given up after {@code maxSleep x maxRetries}, or after
 *     {@code connectionTimeout} when that is shorter; default 3
 * @param digest {@code user:password}: we say who we are, and all nodes that we create are ours alone; default none
 */
public record ZooKeeperOptions(
        String connectString,
        Duration sessionTimeout,
        Duration connectionTimeout,
        Duration baseSleep,
        Duration maxSleep,
        int maxRetries,
        @Nullable String digest) {

    private static final Duration LONGEST = Duration.ofMillis(Integer.MAX_VALUE);
    private static final Pattern HOST = Pattern.compile("\\[[0-9A-Fa-f:.%]+]|[A-Za-z0-9._-]+");

    /**
     * Checks every setting.
     *
     * @throws InvalidSettingException naming the first setting that cannot be accepted
     */
    public ZooKeeperOptions {
        checkServers(connectString);
        checkDuration("sessionTimeout", sessionTimeout);
        checkDuration("connectionTimeout", connectionTimeout);
        checkDuration("baseSleep", baseSleep);
        checkDuration("maxSleep", maxSleep);
        if (maxRetries < 1) {
            throw new InvalidSettingException(
                    "maxRetries", maxRetries, "at least 1", "Leave it out for the default of 3.");
        }
        if (digest != null && (digest.indexOf(':') < 1 || digest.endsWith(":"))) {
            throw new InvalidSettingException(
                    "digest", "(not shown)", "user:password", "Write both, or leave it out to connect without.");
        }
    }

    /** The defaults for the given servers. */
    public static ZooKeeperOptions of(String connectString) {
        return builder(connectString).build();
    }

    /** A builder that begins with the defaults. */
    public static Builder builder(String connectString) {
        return new Builder(connectString);
    }

    /** How long {@link ZooKeeperRegistry#open} waits for the first connection. */
    Duration patience() {
        Duration retries = maxSleep.multipliedBy(maxRetries);
        return retries.compareTo(connectionTimeout) < 0 ? retries : connectionTimeout;
    }

    /** All settings but the password. */
    @Override
    public String toString() {
        return "ZooKeeperOptions[connectString=" + connectString + ", sessionTimeout=" + sessionTimeout
                + ", connectionTimeout=" + connectionTimeout + ", baseSleep=" + baseSleep + ", maxSleep=" + maxSleep
                + ", maxRetries=" + maxRetries + ", digest=" + (digest == null ? "none" : "(not shown)") + "]";
    }

    private static void checkServers(String connectString) {
        String advice = "Write the ZooKeeper servers as host:port, separated by commas.";
        if (connectString.isBlank()) {
            throw new InvalidSettingException("serverLists", "(empty)", "host:port", advice);
        }
        if (connectString.indexOf('/') >= 0) {
            throw new InvalidSettingException(
                    "serverLists",
                    connectString,
                    "host:port without a path",
                    "Use the namespace to keep jobs apart below one ZooKeeper.");
        }
        for (String server : List.of(connectString.split(",", -1))) {
            String text = server.strip();
            int colon = text.startsWith("[") ? text.indexOf(':', text.indexOf(']') + 1) : text.lastIndexOf(':');
            String host = colon < 0 ? text : text.substring(0, colon);
            if (!HOST.matcher(host).matches() || (colon >= 0 && !isPort(text.substring(colon + 1)))) {
                throw new InvalidSettingException("serverLists", connectString, "host:port", advice);
            }
        }
    }

    private static boolean isPort(String text) {
        if (!text.matches("[0-9]{1,5}")) {
            return false;
        }
        int port = Integer.parseInt(text);
        return port > 0 && port < 65536;
    }

    private static void checkDuration(String setting, Duration value) {
        if (value.toMillis() < 1 || value.compareTo(LONGEST) > 0) {
            throw new InvalidSettingException(
                    setting, value, "1 ms to 24 days", "Leave it out for the default, or write a longer time.");
        }
    }

    /** Collects settings; one thread at a time. */
    public static final class Builder {

        private final String connectString;
        private Duration sessionTimeout = Duration.ofSeconds(60);
        private Duration connectionTimeout = Duration.ofSeconds(15);
        private Duration baseSleep = Duration.ofSeconds(1);
        private Duration maxSleep = Duration.ofSeconds(3);
        private int maxRetries = 3;
        private @Nullable String digest;

        private Builder(String connectString) {
            this.connectString = connectString;
        }

        /** See {@link ZooKeeperOptions#sessionTimeout()}. */
        public Builder sessionTimeout(Duration value) {
            sessionTimeout = value;
            return this;
        }

        /** See {@link ZooKeeperOptions#connectionTimeout()}. */
        public Builder connectionTimeout(Duration value) {
            connectionTimeout = value;
            return this;
        }

        /** See {@link ZooKeeperOptions#baseSleep()}. */
        public Builder baseSleep(Duration value) {
            baseSleep = value;
            return this;
        }

        /** See {@link ZooKeeperOptions#maxSleep()}. */
        public Builder maxSleep(Duration value) {
            maxSleep = value;
            return this;
        }

        /** See {@link ZooKeeperOptions#maxRetries()}. */
        public Builder maxRetries(int value) {
            maxRetries = value;
            return this;
        }

        /** See {@link ZooKeeperOptions#digest()}. */
        public Builder digest(@Nullable String value) {
            digest = value;
            return this;
        }

        /**
         * The options.
         *
         * @throws InvalidSettingException naming the first setting that cannot be accepted
         */
        public ZooKeeperOptions build() {
            return new ZooKeeperOptions(
                    connectString, sessionTimeout, connectionTimeout, baseSleep, maxSleep, maxRetries, digest);
        }
    }
}
