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
package io.carillon.jobs.coordination;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether cut items are this side's part yet. Pure.
 *
 * <p>Instances of ElasticJob begin to repeat what a dead instance was running as soon as they see it gone, whoever else does;
 * so they go first, and have one session timeout for it.
 */
public final class PeersTurn {

    private PeersTurn() {}

    /**
     * When the turn of ElasticJob's instances ends.
     *
     * @param known what was answered when these items were found cut; null when they were found just now
     * @return null when none of theirs takes part, so that nobody is waited for
     */
    public static @Nullable Instant end(JobTree tree, @Nullable Instant known, Instant now, Duration sessionTimeout) {
        if (tree.available().stream().noneMatch(tree::isPeer)) {
            return null;
        }
        return known == null ? now.plus(sessionTimeout) : known;
    }
}
