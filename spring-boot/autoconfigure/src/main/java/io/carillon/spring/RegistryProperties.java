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
package io.carillon.spring;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties {@code carillon.registry.*}: the ZooKeeper through which the instances of a namespace share jobs. Immutable.
 *
 * @param serverLists ZooKeeper's servers, as host:port,host:port; jobs need it
 * @param namespace the tree that all instances of the same jobs share, without slashes
 * @param sessionTimeout how long ZooKeeper waits for a silent instance before its items go to others
 * @param connectionTimeout how long a start waits for ZooKeeper; no longer than max-sleep-time x max-retries
 * @param baseSleepTime the first pause before a failed request is repeated
 * @param maxSleepTime the longest pause before a failed request is repeated
 * @param maxRetries how often a failed request is repeated
 * @param digest user:password of ZooKeeper's digest scheme; empty for none
 */
@ConfigurationProperties(prefix = "carillon.registry", ignoreUnknownFields = false)
public record RegistryProperties(
        @DefaultValue("") String serverLists,
        @DefaultValue("") String namespace,
        @DefaultValue("60s") Duration sessionTimeout,
        @DefaultValue("15s") Duration connectionTimeout,
        @DefaultValue("1s") Duration baseSleepTime,
        @DefaultValue("3s") Duration maxSleepTime,
        @DefaultValue("3") int maxRetries,
        @DefaultValue("") String digest) {

    private static final String PREFIX = "carillon.registry.";

    /** Checks every value that is set; what is needed only for jobs is checked by {@link #checkComplete}. */
    public RegistryProperties {
        check(PREFIX, serverLists, namespace, sessionTimeout, connectionTimeout, digest);
        PropertyChecks.positive(PREFIX + "base-sleep-time", baseSleepTime);
        PropertyChecks.positive(PREFIX + "max-sleep-time", maxSleepTime);
        PropertyChecks.range(PREFIX + "max-retries", maxRetries, 0, 100);
        if (maxSleepTime.compareTo(baseSleepTime) < 0) {
            throw new InvalidPropertyException(
                    PREFIX + "max-sleep-time",
                    PropertyChecks.text(maxSleepTime),
                    "at least base-sleep-time, which is " + PropertyChecks.text(baseSleepTime),
                    "Raise max-sleep-time or lower base-sleep-time.");
        }
    }

    /**
     * What holds for the properties of every registry, whatever their names begin with; what may be missing is not asked for.
     *
     * @param prefix what they begin with, such as {@code carillon.registry.}
     * @throws InvalidPropertyException naming the first that cannot be accepted
     */
    public static void check(
            String prefix,
            String serverLists,
            String namespace,
            Duration sessionTimeout,
            Duration connectionTimeout,
            String digest) {
        if (!serverLists.isBlank()) {
            for (String server : serverLists.split(",", -1)) {
                if (!server.trim().matches("[^\\s:/]+(:[0-9]{1,5})?|\\[[0-9a-fA-F:.]+](:[0-9]{1,5})?")) {
                    throw new InvalidPropertyException(
                            prefix + "server-lists",
                            serverLists,
                            "host:port, several separated by commas",
                            "Correct '" + server.trim() + "'.");
                }
            }
        }
        if (namespace.contains("/")) {
            throw new InvalidPropertyException(
                    prefix + "namespace", namespace, "a name without '/'", "Remove the slashes.");
        }
        PropertyChecks.positive(prefix + "session-timeout", sessionTimeout);
        PropertyChecks.positive(prefix + "connection-timeout", connectionTimeout);
        if (!digest.isEmpty() && !digest.matches("[^:]+:.+")) {
            throw new InvalidPropertyException(
                    prefix + "digest", "(hidden)", "user:password", "Write user and password with a colon between.");
        }
    }

    /**
     * Checks that what a connection needs is set.
     *
     * @param purpose what needs it, for the advice
     */
    public void checkComplete(String purpose) {
        if (serverLists.isBlank()) {
            throw new InvalidPropertyException(
                    PREFIX + "server-lists",
                    "",
                    "host:port, several separated by commas",
                    "Set it to your ZooKeeper for " + purpose
                            + ", or set carillon.jobs.enabled=false to start without jobs.");
        }
        checkNamespace(purpose);
    }

    /**
     * Checks that the namespace is set.
     *
     * @param purpose what needs it, for the advice
     */
    public void checkNamespace(String purpose) {
        if (namespace.isBlank()) {
            throw new InvalidPropertyException(
                    PREFIX + "namespace",
                    "",
                    "a name without '/'",
                    "Set it to one name for all instances that share " + purpose + ".");
        }
    }

    /** The digest is not printed. */
    @Override
    public String toString() {
        return "RegistryProperties[" + serverLists + "/" + namespace + "]";
    }
}
