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

import io.carillon.console.access.Callers;
import io.carillon.console.access.Role;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.TimeLimit.NotAnsweredException;
import io.carillon.spring.central.CallerIdentity;
import jakarta.servlet.http.HttpServletRequest;

/**
 * Who calls the central message service, by the console's users: whoever has a token, whoever is logged in, and what {@code
 * carillon.console.anyone} grants without either. Sending and commands need the operator's role, reading the viewer's, editing
 * the directory the editor's, each everywhere. What changes something comes by a token, from a page of the console, or from a
 * program; never from a page of others. Thread-safe.
 */
final class ConsoleCallers implements CallerIdentity {
    private final Callers callers;
    private final boolean readOnly;

    /** @param readOnly whether nothing can be changed through the console: then services still send, and nobody commands */
    ConsoleCallers(Callers callers, boolean readOnly) {
        this.callers = callers;
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
        if (!visitor.mayEverywhere(role)) {
            throw new RefusedException(
                    403,
                    "role: that of " + visitor.name() + " (expected: " + role.key()
                            + " everywhere). Nothing was done; have the role given in the console.");
        }
        if (readOnly && (scope == Scope.COMMAND || scope == Scope.EDIT)) {
            throw new RefusedException(
                    403,
                    "carillon.console.read-only: true (expected: false, to command). Nothing was done; command where it is"
                            + " not set.");
        }
        return new Caller(visitor.name(), visitor.from());
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
