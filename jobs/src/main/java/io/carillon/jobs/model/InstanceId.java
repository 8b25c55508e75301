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

import java.util.Objects;

/**
 * Names one running instance in the registry, printed {@code ip@-@suffix} as on ElasticJob's wire (protocol rule 5).
 * Immutable.
 *
 * @param ip an IPv4 literal, or another host name where only Carillon's instances take part
 * @param suffix what tells apart the processes of one address; must not contain {@code @-@} or {@code /}
 */
public record InstanceId(String ip, String suffix) {

    private static final String DELIMITER = "@-@";

    public InstanceId {
        Objects.requireNonNull(ip, "ip");
        Objects.requireNonNull(suffix, "suffix");
        if (ip.isBlank() || ip.contains("/") || ip.contains(DELIMITER)) {
            throw new IllegalArgumentException("ip: '" + ip + "' (expected: an address without '/' and '@-@')");
        }
        if (suffix.isBlank() || suffix.contains("/") || suffix.contains(DELIMITER)) {
            throw new IllegalArgumentException("suffix: '" + suffix + "' (expected: a text without '/' and '@-@')");
        }
    }

    /**
     * Reads the printed form.
     *
     * @throws IllegalArgumentException when the text has no {@code @-@}
     */
    public static InstanceId parse(String text) {
        int at = text.indexOf(DELIMITER);
        if (at < 0) {
            throw new IllegalArgumentException("instance id: '" + text + "' (expected: ip@-@suffix)");
        }
        return new InstanceId(text.substring(0, at), text.substring(at + DELIMITER.length()));
    }

    @Override
    public String toString() {
        return ip + DELIMITER + suffix;
    }
}
