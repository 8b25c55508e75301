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
package io.carillon.messages.relay;

import java.time.Duration;
import java.util.regex.Pattern;

/** The checks of settings that brokers have in common; each names the setting. Pure. */
public final class BrokerSettings {

    private static final int MOST_BYTES = 64 * 1024 * 1024;

    private BrokerSettings() {}

    /** @throws IllegalArgumentException unless the value is good; nothing was connected then */
    public static void check(boolean good, String name, Object value, String expected) {
        if (!good) {
            throw new IllegalArgumentException(
                    name + ": " + value + " (expected: " + expected + "). Nothing was connected; correct the setting.");
        }
    }

    /** A whole number from {@code least} to {@code most}. */
    public static void checkRange(String name, int value, int least, int most) {
        check(value >= least && value <= most, name, value, least + ".." + most);
    }

    /** A time-out or pause from 10 ms to an hour. */
    public static void checkDuration(String name, Duration value) {
        boolean good = value.compareTo(Duration.ofMillis(10)) >= 0 && value.compareTo(Duration.ofHours(1)) <= 0;
        check(good, name, value, "10 ms to 1 h");
    }

    /** Servers as host:port, several with a separator between them. */
    public static void checkServers(String name, String servers, char separator) {
        String server = "[^\\s:/" + separator + "]+:\\d{1,5}";
        boolean good = Pattern.matches(server + "(" + separator + server + ")*", servers);
        check(good, name, "'" + servers + "'", "host:port, several separated by '" + separator + "'");
    }

    /** How large messages may be, and how many may be on the way. */
    public static void checkSending(int maxMessageBytes, int maxInFlight) {
        checkRange("maxMessageBytes", maxMessageBytes, 1, MOST_BYTES);
        checkRange("maxInFlight", maxInFlight, 1, 10_000);
    }

    /** How often and how soon a message comes again whose handler failed. */
    public static void checkRedelivery(Duration redeliveryDelay, int maxRedeliveries) {
        checkDuration("redeliveryDelay", redeliveryDelay);
        checkRange("maxRedeliveries", maxRedeliveries, 0, 1_000);
    }

    /** @throws IllegalArgumentException unless the value is good; nothing was subscribed then */
    public static void checkSubscription(boolean good, String name, Object value, String expected) {
        if (!good) {
            throw new IllegalArgumentException(name + ": '" + value + "' (expected: " + expected
                    + "). Nothing was subscribed; correct the " + name + ".");
        }
    }

    /** How many handlers may run at once. */
    public static void checkConcurrency(int concurrency) {
        checkSubscription(concurrency >= 1 && concurrency <= 1000, "concurrency", concurrency, "1..1000");
    }
}
