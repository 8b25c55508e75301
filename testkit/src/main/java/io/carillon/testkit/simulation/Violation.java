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
package io.carillon.testkit.simulation;

/** An invariant does not hold. The message says which, and where; the text of {@link #history()} shows how it came. */
public final class Violation extends AssertionError {

    private static final long serialVersionUID = 1;

    private final long seed;
    private final String what;
    private final String history;

    Violation(long seed, String what, String history) {
        super("seed " + seed + ": " + what + "\nreplay: ./carillon simulate --seed " + seed + " --trace\n" + history);
        this.seed = seed;
        this.what = what;
        this.history = history;
    }

    public long seed() {
        return seed;
    }

    /** Which invariant, and where. */
    public String what() {
        return what;
    }

    /** The latest events, then the registry. */
    public String history() {
        return history;
    }
}
