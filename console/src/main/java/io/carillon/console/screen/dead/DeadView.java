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
package io.carillon.console.screen.dead;

import io.carillon.console.ask.Answer;
import io.carillon.console.ask.DeadWords;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.operations.DeadLetters;
import io.carillon.messages.operations.DeadLetters.By;
import io.carillon.messages.operations.DeadLetters.Choice;
import io.carillon.messages.operations.DeadLetters.Group;
import io.carillon.messages.operations.MessageSearch.DeadLetter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The dead messages of one store: in groups, or one group's. Immutable.
 *
 * @param stores the names of all stores
 * @param by how they are grouped
 * @param choice the group, or null for the groups
 * @param dead the groups; null for one group
 * @param letters the messages of a group, one more than a page when there are more; null for the groups
 * @param before the page begins below this id; null: at the newest
 * @param commands whether commands are offered
 */
public record DeadView(
        String store,
        List<String> stores,
        By by,
        @Nullable Choice choice,
        @Nullable Answer<DeadLetters> dead,
        @Nullable Answer<List<DeadLetter>> letters,
        @Nullable MessageId before,
        boolean commands) {

    /** The names and values by which an address chooses a group, its store first. */
    public String[] chosen(Group group) {
        return chosen(
                by == By.CONSUMER ? null : group.topic(), by == By.CAUSE ? group.cause() : null, group.consumer());
    }

    /** The same for the group that is shown. */
    public String[] chosen() {
        Choice shown = choice == null ? new Choice(null, null, null) : choice;
        return chosen(shown.topic(), shown.cause(), shown.consumer());
    }

    private String[] chosen(@Nullable String topic, @Nullable String cause, @Nullable String consumer) {
        return new String[] {
            "store", store,
            "by", by.name().toLowerCase(java.util.Locale.ROOT),
            "topic", topic == null ? "" : topic,
            "cause", cause == null ? "" : cause,
            "consumer", by == By.CONSUMER ? DeadWords.consumer(consumer) : ""
        };
    }

    /** The page of a group's messages. */
    public List<DeadLetter> page(List<DeadLetter> found) {
        return found.subList(0, Math.min(DeadScreen.PAGE_SIZE, found.size()));
    }

    /** Where to go on; empty: nothing older is left. */
    public String next(List<DeadLetter> found) {
        return found.size() <= DeadScreen.PAGE_SIZE
                ? ""
                : found.get(DeadScreen.PAGE_SIZE - 1).id().toString();
    }
}
