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
package io.carillon.center;

import io.carillon.console.access.Accounts;
import io.carillon.console.access.Grant;
import io.carillon.console.access.Role;
import io.carillon.console.access.Visitor;
import io.carillon.console.web.Cookies;
import io.carillon.console.web.Gate;
import io.carillon.spring.central.CallerIdentity;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who calls the central message service: whoever has a token of the console, whoever is logged in to it and only looks, and what
 * {@code carillon.console.anyone} grants without either. Sending and commands need the operator's role, reading the viewer's,
 * editing the directory the editor's, each everywhere. Thread-safe.
 */
final class CentralCallers implements CallerIdentity {
    private static final String BEARER = "Bearer ";

    private final @Nullable Accounts accounts;
    private final List<Grant> anyone;

    /**
     * @param accounts null where the host says who is there: then only {@code anyone} counts
     * @param anyone what may be done without a token
     */
    CentralCallers(@Nullable Accounts accounts, List<Grant> anyone) {
        this.accounts = accounts;
        this.anyone = List.copyOf(anyone);
    }

    @Override
    public Caller require(HttpServletRequest request, Scope scope) {
        Role role =
                switch (scope) {
                    case READ -> Role.VIEWER;
                    case SEND, COMMAND -> Role.OPERATOR;
                    case EDIT -> Role.EDITOR;
                };
        Visitor visitor = visitor(request);
        if (visitor.kind() == Visitor.Kind.NOBODY) {
            throw new RefusedException(
                    401,
                    "Authorization: none that is known (expected: Bearer and a token of this centre). Nothing was done; make a"
                            + " token in the console, and set carillon.central.token in services.");
        }
        if (!visitor.mayEverywhere(role)) {
            throw new RefusedException(
                    403,
                    "role: that of " + visitor.name() + " (expected: " + role.key()
                            + " everywhere). Nothing was done; have the role given in the console.");
        }
        return new Caller(visitor.name(), visitor.from());
    }

    private Visitor visitor(HttpServletRequest request) {
        String from = String.valueOf(request.getRemoteAddr());
        String authorization = request.getHeader("Authorization");
        if (accounts != null && authorization != null && authorization.startsWith(BEARER)) {
            return accounts.byToken(authorization.substring(BEARER.length()))
                    .map(known -> new Visitor(known.name(), Visitor.Kind.TOKEN, known.grants(), from, ""))
                    .orElseGet(() -> Visitor.nobody(from, ""));
        }
        // a cookie is sent along by pages of others, too: it is good for looking only
        String session = request.getMethod().equals("GET") ? Cookies.value(request, Gate.SESSION_COOKIE) : null;
        if (accounts != null && session != null) {
            Optional<Accounts.Known> known = accounts.bySession(session);
            if (known.isPresent()) {
                return new Visitor(
                        known.get().name(), Visitor.Kind.USER, known.get().grants(), from, "");
            }
        }
        return anyone.isEmpty()
                ? Visitor.nobody(from, "")
                : new Visitor("anyone", Visitor.Kind.ANYONE, anyone, from, "");
    }
}
