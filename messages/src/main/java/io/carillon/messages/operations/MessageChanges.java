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

import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The port by which people change messages of one store; use {@link MessageCommands}, which keeps an audit. Every change
 * follows {@code MessageLife}, by itself for each message. Messages that are not there are missing in the answers. Short
 * transactions of their own. Thread-safe.
 */
public interface MessageChanges {

    /**
     * Has messages sent again, with all their attempts before them: DEAD becomes SENDING, or SENT when the broker had
     * acknowledged it and only confirmations were missing; SENT stays. The id stays the same, so consumers who have applied
     * it do not apply it again.
     *
     * @param dueAt by message: when to send it
     */
    Map<MessageId, Change> replay(Map<MessageId, Instant> dueAt);

    /** Gives dead messages up for good: DEAD becomes CANCELLED. */
    Map<MessageId, Change> discard(Collection<MessageId> ids, Instant now);

    /**
     * Does without a group's outstanding confirmation of messages in SENT or DEAD. Where it was the last one outstanding,
     * the message becomes FINISHED.
     *
     * @param who is kept with the confirmation
     */
    Map<MessageId, Change> waive(Collection<MessageId> ids, String group, String who, Instant now);

    /**
     * What became of a message. Immutable.
     *
     * @param after null when it was left as it was, because its state does not allow the change
     */
    record Change(MessageState before, @Nullable MessageState after) {}
}
