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
package io.carillon.spring.central;

import io.carillon.messages.central.Outcome;
import io.carillon.messages.central.ProducerCheck;
import io.carillon.messages.model.MessageId;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.boot.json.JsonParserFactory;

/**
 * Asks producers over HTTP, at the address that they gave with the message; {@link MessageCheckController} is what answers in
 * a Carillon service. An answer that is none of the three words counts as UNKNOWN. Thread-safe.
 */
public final class HttpProducerCheck implements ProducerCheck {

    private final JsonCalls calls;

    /**
     * @param timeout how long a producer has for its answer
     */
    public HttpProducerCheck(Duration timeout) {
        this(timeout, "");
    }

    /**
     * @param timeout how long a producer has for its answer
     * @param token what producers expect of who asks; empty where they expect nothing
     */
    public HttpProducerCheck(Duration timeout, String token) {
        this.calls = new JsonCalls(timeout, token);
    }

    @Override
    public Map<MessageId, Outcome> ask(String checkUrl, List<MessageId> ids) throws Exception {
        JsonCalls.Answer answer = calls.post(
                checkUrl, Map.of("ids", ids.stream().map(MessageId::toString).toList()));
        if (answer.status() != 200) {
            throw new IOException(checkUrl + ": status " + answer.status()
                    + " (expected: 200). The messages stay as they" + " are and their producer is asked again later.");
        }
        Map<String, Object> outcomes = JsonParserFactory.getJsonParser().parseMap(answer.body());
        Map<MessageId, Outcome> known = new LinkedHashMap<>();
        for (MessageId id : ids) {
            Object said = outcomes.get(id.toString());
            known.put(
                    id,
                    "COMMITTED".equals(said)
                            ? Outcome.COMMITTED
                            : "ROLLED_BACK".equals(said) ? Outcome.ROLLED_BACK : Outcome.UNKNOWN);
        }
        return known;
    }
}
