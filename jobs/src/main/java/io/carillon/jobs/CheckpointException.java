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
package io.carillon.jobs;

import org.jspecify.annotations.Nullable;

/** A checkpoint that could not be read or saved; the message says why, and whether the claim is lost. Immutable. */
public final class CheckpointException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final boolean claimLost;

    /** @param claimLost whether the item belongs to somebody else by now, so that the run should end */
    public CheckpointException(String message, boolean claimLost, @Nullable Throwable cause) {
        super(message, cause);
        this.claimLost = claimLost;
    }

    /** Whether the item belongs to somebody else by now: trying again is of no use. */
    public boolean isClaimLost() {
        return claimLost;
    }
}
