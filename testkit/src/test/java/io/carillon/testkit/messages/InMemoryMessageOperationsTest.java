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
package io.carillon.testkit.messages;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.messages.model.MessageLife;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;

class InMemoryMessageOperationsTest extends MessageOperationsContract {

    private static final Set<MessageLife.Transition> VISITED = new HashSet<>();

    private InMemoryMessageStore store = new InMemoryMessageStore(new ManualTransactions());

    @Override
    protected Ports empty() {
        store = new InMemoryMessageStore(new ManualTransactions());
        return new Ports(store, store.search(), store, new InMemoryAudit());
    }

    @AfterEach
    void remember() {
        VISITED.addAll(store.visited());
    }

    @AfterAll
    static void everyTransitionOfPeopleWasVisited() {
        assertThat(VISITED)
                .containsAll(MessageLife.transitions().stream()
                        .filter(row -> EVENTS.contains(row.event()))
                        .toList());
    }
}
