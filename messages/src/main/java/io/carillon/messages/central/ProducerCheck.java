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
package io.carillon.messages.central;

import io.carillon.messages.model.MessageId;
import java.util.List;
import java.util.Map;

/** The port to producers: asks them what became of their transactions. Thread-safe. */
public interface ProducerCheck {

    /**
     * Asks one producer about a page of messages. The producer answers from {@link TransactionMarks#settle}.
     *
     * @param checkUrl where the producer is asked, as it was given when the message was prepared
     * @param ids at most 100
     * @return an outcome for each id; an id without one counts as UNKNOWN, an outcome for another id is ignored
     * @throws Exception when the producer cannot be asked: every id of the page counts as UNKNOWN
     */
    Map<MessageId, Outcome> ask(String checkUrl, List<MessageId> ids) throws Exception;
}
