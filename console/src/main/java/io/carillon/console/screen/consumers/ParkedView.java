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
package io.carillon.console.screen.consumers;

import io.carillon.console.ask.Answer;
import io.carillon.messages.recovery.ParkedCommands.Waiting;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a service received and could not handle. Immutable.
 *
 * @param stores the names of all stores
 * @param group whose, or empty for all
 * @param parked one more than a page when there are more; null where it is not known here
 * @param first whether the page is the first
 * @param commands whether commands are offered
 */
public record ParkedView(
        String store,
        List<String> stores,
        String group,
        @Nullable Answer<List<Waiting>> parked,
        boolean first,
        boolean commands) {

    /** How many messages a page holds. */
    public static final int PAGE_SIZE = 50;

    /** The page. */
    public List<Waiting> page(List<Waiting> found) {
        return found.subList(0, Math.min(PAGE_SIZE, found.size()));
    }

    /** Where to go on: the last message of the page and its group; empty when nothing is left. */
    public String next(List<Waiting> found) {
        return found.size() <= PAGE_SIZE ? "" : found.get(PAGE_SIZE - 1).key().toString();
    }
}
