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

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.messages.model.MessageLife.Event;
import io.carillon.messages.model.MessageLife.Transition;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MessageLifeTest {

    private static final Path DIAGRAM =
            Path.of(System.getProperty("basedir", "."), "..", "docs", "states", "message.md");

    /** Run with {@code -Dcarillon.write-docs=true} to write the file anew. */
    @Test
    void theDiagramInTheDocumentationIsTheTable() throws Exception {
        String expected = "# The life of a message\n\n"
                + "Drawn from `MessageLife` by `MessageLifeTest`; do not edit.\n\n"
                + "```mermaid\n" + MessageLife.toMermaid() + "```\n";
        if (Boolean.getBoolean("carillon.write-docs")) {
            Files.createDirectories(DIAGRAM.getParent());
            Files.writeString(DIAGRAM, expected);
        }
        assertThat(DIAGRAM).content().isEqualTo(expected);
    }

    @Test
    void anEventHasAtMostOneEffectInAState() {
        Set<Object> seen = new HashSet<>();
        for (Transition row : MessageLife.transitions()) {
            assertThat(seen.add(row.from() + " " + row.event()))
                    .as(row.toString())
                    .isTrue();
            assertThat(MessageLife.after(row.from(), row.event())).contains(row.to());
        }
    }

    @Test
    void everyEventAndEveryKnownStateIsInTheTable() {
        for (Event event : Event.values()) {
            assertThat(MessageLife.transitions()).anyMatch(row -> row.event() == event);
        }
        for (MessageState state : MessageState.values()) {
            assertThat(MessageLife.transitions().stream().anyMatch(row -> row.to() == state))
                    .isEqualTo(state != MessageState.UNKNOWN);
        }
    }

    @Test
    void aCancelledMessageNeverMoves() {
        for (Event event : Event.values()) {
            assertThat(MessageLife.after(MessageState.CANCELLED, event)).isEmpty();
            assertThat(MessageLife.after(MessageState.UNKNOWN, event)).isEmpty();
        }
    }

    @Test
    void nothingLeavesFinished() {
        assertThat(MessageLife.transitions())
                .filteredOn(row -> row.from() == MessageState.FINISHED)
                .allMatch(row -> row.to() == MessageState.FINISHED);
    }
}
