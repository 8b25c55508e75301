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
package io.carillon.messages.operations;

import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What can be asked about the messages of one store. Thread-safe. */
public interface MessageQueries {

    /** Where counting of overdue confirmations ends. */
    int MOST_OVERDUE = 10_000;

    /** A short name of the store, such as the service it belongs to. */
    String store();

    /** How many messages are in each state; every state but UNKNOWN has an entry. */
    Map<MessageState, Long> countByState();

    /** How old the oldest message is that is neither closed nor dead; zero when there is none. */
    Duration oldestOpenAge();

    /**
     * How many messages were made longer ago than {@code age} and sent, but are not confirmed by all who should; counted up to
     * {@link #MOST_OVERDUE}.
     */
    long overdueConfirmations(Duration age);

    /** The latest messages, newest first; of one state, or of all when it is null. */
    List<StoredMessage> latest(@Nullable MessageState state, int limit);
}
