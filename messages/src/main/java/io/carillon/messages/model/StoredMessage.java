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
package io.carillon.messages.model;

import io.carillon.messages.Message;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A message as the outbox holds it. Immutable.
 *
 * @param producer the producer group it belongs to
 * @param state where it stands
 * @param attempt how many times it was claimed for sending; the fence of its completion
 * @param dueAt when somebody must look at it: end of the lease while it is being sent, next attempt after a failure, time
 *     to send again while confirmations are outstanding, time of the next check back while it waits for confirm
 * @param owner the node that holds the lease, or null
 * @param checkUrl central mode: where the producer is asked, or null
 */
public record StoredMessage(
        MessageId id,
        Message message,
        String producer,
        MessageState state,
        int attempt,
        Instant dueAt,
        @Nullable String owner,
        @Nullable String lastError,
        @Nullable String checkUrl) {

    /** When it is of no use any more; {@link Instant#MAX} for never. */
    public Instant expiresAt() {
        return message.expireAfter().isZero() ? Instant.MAX : id.time().plus(message.expireAfter());
    }
}
