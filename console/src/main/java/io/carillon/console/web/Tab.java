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
package io.carillon.console.web;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;

/** The places of the navigation, in its order; text {@code tab.<name>}. */
public enum Tab {
    OVERVIEW("", true, "o"),
    JOBS("/jobs", true, "j"),
    INSTANCES("/instances", true, "i"),
    MESSAGES("/messages", false, "m"),
    DEAD("/messages/dead", false, "d"),
    CONSUMERS("/messages/consumers", false, "c");

    private final String address;
    private final boolean ofCluster;
    private final String key;

    Tab(String address, boolean ofCluster, String key) {
        this.address = address;
        this.ofCluster = ofCluster;
        this.key = key;
    }

    /** What comes after the cluster's address, or after the console's. */
    String address() {
        return address;
    }

    /** Whether its address has the cluster in it. */
    public boolean ofCluster() {
        return ofCluster;
    }

    /** Whether only who sees messages is led there. */
    boolean ofMessages() {
        return address.startsWith("/messages");
    }

    /** The letter that leads there after {@code g}. */
    public String key() {
        return key;
    }

    /** The key of its text. */
    public String text() {
        return "tab." + name().toLowerCase(Locale.ROOT);
    }

    /** Whether a page with that address, without the base, is in this place; of several that hold it, the innermost. */
    boolean holds(String self, String cluster) {
        String path = self.contains("?") ? self.substring(0, self.indexOf('?')) : self;
        return Arrays.stream(values())
                        .filter(tab -> tab.isBefore(path, cluster))
                        .max(Comparator.comparingInt(tab -> tab.address.length()))
                        .orElse(null)
                == this;
    }

    private boolean isBefore(String path, String cluster) {
        String own = (ofCluster ? "/clusters/" + cluster : "") + address;
        return path.equals(own) || (!address.isEmpty() && path.startsWith(own + "/"));
    }
}
