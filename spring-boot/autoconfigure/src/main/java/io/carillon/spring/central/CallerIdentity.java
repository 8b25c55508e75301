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
package io.carillon.spring.central;

import jakarta.servlet.http.HttpServletRequest;

/**
 * Who calls the HTTP API, and what he may do: the one place where tokens and roles come in. Thread-safe. A bean of this type
 * replaces the default, which takes everyone as {@code anonymous} and allows everything.
 */
public interface CallerIdentity {

    /** What a call needs. */
    enum Scope {
        /** Prepare, submit, cancel, send, confirm. */
        SEND,
        /** Search, counts, confirmations, dead letters, the audit, the directory. */
        READ,
        /** Replay, discard, waive, pause, resume, clean. */
        COMMAND,
        /** Edit topics, tags, producers, groups, subscriptions. */
        EDIT
    }

    /**
     * The caller. Immutable.
     *
     * @param name is kept in the audit
     * @param address from where the call came
     */
    record Caller(String name, String address) {

        /** As the audit keeps it. */
        @Override
        public String toString() {
            return name + " from " + address;
        }
    }

    /**
     * Tells the caller of a request.
     *
     * @throws RefusedException when he is not known, or may not do it
     */
    Caller require(HttpServletRequest request, Scope scope);

    /** A call that is refused: 401 for a caller that is not known, 403 for one that may not. */
    final class RefusedException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final int status;

        public RefusedException(int status, String message) {
            super(message);
            this.status = status;
        }

        public int status() {
            return status;
        }
    }

    /** Everyone is anonymous and may do everything. */
    static CallerIdentity everyone() {
        return (request, scope) -> new Caller("anonymous", String.valueOf(request.getRemoteAddr()));
    }
}
