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
package io.carillon.spring.console;

import io.carillon.console.ConsoleSources;
import io.carillon.console.access.Callers;
import io.carillon.console.access.Role;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.TimeLimit.NotAnsweredException;
import io.carillon.spring.central.CallerIdentity;
import jakarta.servlet.http.HttpServletRequest;
import java.util.function.Supplier;

/**
 * Who calls the central message service, by the console's users: whoever has a token, whoever is logged in, and what {@code
 * carillon.console.anyone} grants without either. Sending needs the operator's role everywhere; reading the viewer's, commands the
 * operator's and editing the directory the editor's, as far as the console's pages ask for it. What changes something comes by a token, from a page of the console, or from a
 * program; never from a page of others. Thread-safe.
 */
final class ConsoleCallers implements CallerIdentity {
    private final Callers callers;
    private final Supplier<ConsoleSources> sources;
    private final boolean readOnly;

    /**
     * @param sources what the console shows
     * @param readOnly whether nothing can be changed through the console: then services still send, and nobody commands
     */
    ConsoleCallers(Callers callers, Supplier<ConsoleSources> sources, boolean readOnly) {
        this.callers = callers;
        this.sources = sources;
        this.readOnly = readOnly;
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
        boolean byToken = visitor.kind() == Visitor.Kind.TOKEN;
        if (!Callers.isSafe(request)
                && !byToken
                && (visitor.kind() == Visitor.Kind.ANYONE
                        ? Callers.isFromOtherPage(request)
                        : !Callers.isFromOurPage(request, visitor))) {
            throw new RefusedException(
                    403,
                    "Sec-Fetch-Site: " + request.getHeader("Sec-Fetch-Site")
                            + " (expected: a page of this console, or a token). Nothing was done; send a token.");
        }
        if (!isAllowed(visitor, scope, role)) {
            throw new RefusedException(
                    403,
                    "role: that of " + visitor.name() + " (expected: " + role.key()
                            + (scope == Scope.READ ? " of a whole cluster" : " everywhere")
                            + "). Nothing was done; have the role given in the console.");
        }
        if (readOnly && (scope == Scope.COMMAND || scope == Scope.EDIT)) {
            throw new RefusedException(
                    403,
                    "carillon.console.read-only: true (expected: false, to command). Nothing was done; command where it is"
                            + " not set.");
        }
        return new Caller(visitor.name(), visitor.from());
    }

    /** The console's pages ask the same. */
    private boolean isAllowed(Visitor visitor, Scope scope, Role role) {
        return switch (scope) {
            case SEND -> visitor.mayEverywhere(role);
            case READ -> visitor.mayEverywhere(role) || sources.get().seesMessages(visitor);
            case COMMAND, EDIT -> visitor.mayEverywhere(role) || sources.get().mayWithMessages(visitor, role);
        };
    }

    private Visitor visitor(HttpServletRequest request) {
        try {
            return callers.visitor(request, null);
        } catch (NotAnsweredException down) {
            throw new RefusedException(
                    503, "users: not known, " + down.getMessage() + ". Nothing was done; repeat the call.");
        }
    }
}
