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
package io.carillon.jobs.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.jobs.model.ItemRunLife.Event;
import io.carillon.jobs.model.ItemRunLife.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ItemRunLifeTest {

    private static final Path PAGE = Path.of("..", "docs", "states", "item-run.md");

    /** {@code -Dcarillon.write-diagrams=true} writes the page anew. */
    @Test
    void theCommittedDiagramIsThatOfTheTable() throws IOException {
        String page = "# The run of one item\n\nPrinted from `ItemRunLife`; a test compares.\n\n```mermaid\n"
                + ItemRunLife.mermaid() + "```\n";
        if (Boolean.getBoolean("carillon.write-diagrams")) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, page);
        }
        assertThat(Files.readString(PAGE)).isEqualTo(page);
    }

    @Test
    void aRunThatIsStoppedWhileUserCodeRunsEndsAsInterruptedHoweverItReturns() {
        assertThat(ItemRunLife.after(State.RUNNING, Event.STOP)).contains(State.STOPPING);
        assertThat(ItemRunLife.after(State.STOPPING, Event.RETURN)).contains(State.INTERRUPTED);
        assertThat(ItemRunLife.after(State.STOPPING, Event.THROW)).contains(State.INTERRUPTED);
    }

    @Test
    void nothingHappensAfterAnEnd() {
        for (State state : State.values()) {
            for (Event event : Event.values()) {
                if (state.isEnd()) {
                    assertThat(ItemRunLife.after(state, event)).isEmpty();
                }
            }
        }
        assertThat(ItemRunLife.after(State.CLAIMED, Event.RETURN)).isEmpty();
    }
}
