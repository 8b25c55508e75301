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
package io.carillon.console.screen.messages;

import io.carillon.console.ask.Answer;
import io.carillon.console.ask.MessageWords;
import io.carillon.console.ask.Questions.Counts;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.operations.MessageSearch.Found;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one store. Immutable.
 *
 * @param stores the names of all stores
 * @param before the page begins below this id; null: at the newest
 * @param counts how many are in each state
 * @param part the page; null when words mean nothing, so that nothing was looked for
 * @param commands whether commands are offered
 */
public record MessagesView(
        String store,
        List<String> stores,
        MessageWords words,
        @Nullable MessageId before,
        Answer<Counts> counts,
        @Nullable Answer<Part> part,
        boolean commands) {

    /**
     * A page of messages.
     *
     * @param next where to go on; null: nothing older is left
     */
    public record Part(List<Found> rows, @Nullable MessageId next) {
        public Part {
            rows = List.copyOf(rows);
        }
    }

    /** Whether words or a place in the pages are chosen. */
    public boolean isFiltered() {
        return !words.text().isEmpty() || before != null;
    }
}
