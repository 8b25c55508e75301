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
package io.carillon.messages.relay;

import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.relay.Broker.PublishResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A message on its way into a broker, and whom to tell what became of it. Thread-safe. */
public record Outgoing(StoredMessage message, Consumer<PublishResult> results) {

    private static final Logger log = LoggerFactory.getLogger(Outgoing.class);

    /** Those of the messages that the broker has nothing against; the others are answered as refused. */
    public static List<Outgoing> acceptable(
            Broker broker, List<StoredMessage> messages, Consumer<PublishResult> results) {
        List<Outgoing> acceptable = new ArrayList<>(messages.size());
        for (StoredMessage message : messages) {
            Outgoing outgoing = new Outgoing(message, results);
            String reason = broker.reasonToRefuse(message);
            if (reason == null) {
                acceptable.add(outgoing);
            } else {
                outgoing.tell(new PublishResult.Refused(message, reason));
            }
        }
        return acceptable;
    }

    /** Waits for places for some messages; false, and they are answered as unavailable, when the thread is interrupted. */
    public static boolean takePlaces(Semaphore places, List<Outgoing> messages) {
        try {
            places.acquire(messages.size());
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            messages.forEach(each ->
                    each.tell(new PublishResult.Unavailable(each.message(), "interrupted before a place was free")));
            return false;
        }
    }

    /** Tells the result; whoever hears it cannot harm the broker. */
    public void tell(PublishResult result) {
        try {
            results.accept(result);
        } catch (RuntimeException | Error e) {
            log.error("the result of message {} was not taken: {}", message.id(), e.toString(), e);
        }
    }
}
