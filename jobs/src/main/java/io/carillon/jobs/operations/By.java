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
package io.carillon.jobs.operations;

/**
 * Who commands something, and why. Immutable.
 *
 * @param actor the name of whoever commands; empty when it is not known
 * @param reason why, in a few words; may be empty
 * @param from from where, such as an address or the name of a console; empty when it is not known
 */
public record By(String actor, String reason, String from) {

    /** Somebody. */
    public static final By UNKNOWN = new By("", "", "");

    public By {
        actor = actor.strip();
        reason = reason.strip();
        from = from.strip();
    }

    public static By of(String actor, String reason) {
        return new By(actor, reason, "");
    }

    /** The same person for the same reason, from somewhere. */
    public By from(String place) {
        return new By(actor, reason, place);
    }

    public boolean isKnown() {
        return !actor.isEmpty();
    }

    @Override
    public String toString() {
        return (isKnown() ? actor : "unknown")
                + (from.isEmpty() ? "" : " from " + from)
                + (reason.isEmpty() ? "" : ": " + reason);
    }
}
