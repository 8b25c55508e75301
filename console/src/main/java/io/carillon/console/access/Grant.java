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
package io.carillon.console.access;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A role in a scope. Immutable.
 *
 * @param cluster a cluster's name, or {@code *} for all
 * @param group a group of jobs (property {@code carillon.group} of their configuration), or {@code *} for all jobs and for
 *     what belongs to no job
 */
public record Grant(Role role, String cluster, String group) {
    /** Stands for everything. */
    public static final String ALL = "*";

    private static final Pattern NAME = Pattern.compile("\\*|[^\\s,/@*]{1,100}");

    public Grant {
        check("cluster", cluster);
        check("group", group);
    }

    private static void check(String what, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("grant's " + what + ": '" + name
                    + "' (expected: * or a name without blanks, ',', '/', '@', '*'). Nothing was granted.");
        }
    }

    /** A role everywhere. */
    public static Grant everywhere(Role role) {
        return new Grant(role, ALL, ALL);
    }

    /** Whether it reaches a cluster at all. */
    public boolean reaches(String someCluster) {
        return cluster.equals(ALL) || cluster.equals(someCluster);
    }

    /** Whether it allows a role for one group of a cluster; {@code *} asks for the whole cluster. */
    public boolean allows(Role wanted, String someCluster, String someGroup) {
        return role.covers(wanted) && reaches(someCluster) && (group.equals(ALL) || group.equals(someGroup));
    }

    /**
     * Reads grants such as {@code operator@shop/billing, viewer@*}: role, cluster, group, the latter two {@code *} when left
     * out.
     *
     * @throws IllegalArgumentException naming what cannot be read
     */
    public static List<Grant> parse(String text) {
        List<Grant> grants = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            if (part.isBlank()) {
                continue;
            }
            String[] halves = part.strip().split("@", 2);
            Role role = Role.of(halves[0].strip());
            if (role == null) {
                throw new IllegalArgumentException("role: '" + halves[0].strip()
                        + "' (expected: viewer, operator, editor or admin). Nothing was granted.");
            }
            String[] scope =
                    halves.length == 1 ? new String[] {ALL} : halves[1].strip().split("/", 2);
            grants.add(new Grant(role, scope[0], scope.length == 1 ? ALL : scope[1]));
        }
        return List.copyOf(grants);
    }

    /** What {@link #parse} reads. */
    @Override
    public String toString() {
        return role.key() + "@" + cluster + (group.equals(ALL) ? "" : "/" + group);
    }
}
