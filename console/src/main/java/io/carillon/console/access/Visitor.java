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

import jakarta.servlet.http.HttpServletRequest;
import java.util.List;

/**
 * Who asks, and what they may. Immutable.
 *
 * @param name the user's or the token's, as the audit shows it
 * @param kind how they came in
 * @param from the address they come from
 * @param csrf what forms must carry; empty for a token
 */
public record Visitor(String name, Kind kind, List<Grant> grants, String from, String csrf) {
    private static final String ATTRIBUTE = Visitor.class.getName();

    /** How somebody came in. */
    public enum Kind {
        /** Not at all: may see nothing but the login. */
        NOBODY,
        /** Without a login, where the console allows that. */
        ANYONE,
        /** By name and password. */
        USER,
        /** By a token of the API. */
        TOKEN,
        /** By the application in which the console is embedded. */
        HOST
    }

    public Visitor {
        grants = List.copyOf(grants);
    }

    public static Visitor nobody(String from, String csrf) {
        return new Visitor("", Kind.NOBODY, List.of(), from, csrf);
    }

    /** Whether somebody has a role for a group of a cluster's jobs; group {@code *}: for the whole cluster. */
    public boolean may(Role role, String cluster, String group) {
        return grants.stream().anyMatch(grant -> grant.allows(role, cluster, group));
    }

    /** Whether anything of a cluster may be seen. */
    public boolean sees(String cluster) {
        return grants.stream().anyMatch(grant -> grant.reaches(cluster));
    }

    /** Whether all of a cluster may be seen. */
    public boolean seesAll(String cluster) {
        return may(Role.VIEWER, cluster, Grant.ALL);
    }

    /** Whether somebody has a role everywhere, as giving roles needs it. */
    public boolean mayEverywhere(Role role) {
        return may(role, Grant.ALL, Grant.ALL);
    }

    /** The visitor of a request that has passed the gate. */
    public static Visitor of(HttpServletRequest request) {
        return request.getAttribute(ATTRIBUTE) instanceof Visitor visitor
                ? visitor
                : nobody(request.getRemoteAddr(), "");
    }

    /** Lets {@link #of} find it. */
    public void attach(HttpServletRequest request) {
        request.setAttribute(ATTRIBUTE, this);
    }
}
