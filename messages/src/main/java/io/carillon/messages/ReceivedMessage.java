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
package io.carillon.messages;

import io.carillon.messages.model.MessageId;

/**
 * A message as it arrived. Immutable.
 *
 * @param id the same for every delivery of the message
 * @param producer the producer group that sent it
 * @param group the consumer group that receives it
 * @param deliveryAttempt 1 for the first delivery as far as the broker knows
 */
public record ReceivedMessage(MessageId id, Message message, String producer, String group, int deliveryAttempt) {

    /** A header on a message whose parts, as the broker delivered them, cannot be those of a message: why not. */
    public static final String UNREADABLE = "carillon-unreadable";

    /**
     * For brokers: a message of the parts that arrived. Parts that cannot be those of a message are no failure, because what
     * is delivered must be dealt with: the message is as near to them as possible and says why in {@link #UNREADABLE}; it is
     * parked, not handled.
     */
    public static ReceivedMessage of(
            MessageId id, Message.Builder parts, String producer, String group, int deliveryAttempt) {
        Message message;
        try {
            message = parts.build();
        } catch (InvalidMessageException e) {
            message = parts.unreadable(String.valueOf(e.getMessage()));
        }
        return new ReceivedMessage(id, message, producer, group, deliveryAttempt);
    }
}
