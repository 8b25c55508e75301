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

import java.time.Instant;

/**
 * How far a running item is, as its code says. Immutable.
 *
 * @param done how much is done, in whatever the job counts; 0 or greater
 * @param total how much there is to do; 0 when that is not known
 * @param at when that was so, by the clock of the instance that runs it
 */
public record Progress(long done, long total, Instant at) {

    public Progress {
        if (done < 0) {
            throw new IllegalArgumentException("done: " + done + " (expected: 0 or greater)");
        }
        total = Math.max(0, total);
    }
}
