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

import io.carillon.jobs.model.FiringLife.Event;
import io.carillon.jobs.model.FiringLife.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class FiringLifeTest {

    private static final Path PAGE = Path.of("..", "docs", "states", "firing.md");

    /** {@code -Dcarillon.write-diagrams=true} writes the page anew. */
    @Test
    void theCommittedDiagramIsThatOfTheTable() throws IOException {
        String page = "# A firing on one instance\n\nPrinted from `FiringLife`; a test compares.\n\n```mermaid\n"
                + FiringLife.mermaid() + "```\n";
        if (Boolean.getBoolean("carillon.write-diagrams")) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, page);
        }
        assertThat(Files.readString(PAGE)).isEqualTo(page);
    }

    @Test
    void nothingRunsBeforeItsClaimIsGrantedAndNothingEndsWithoutARelease() {
        FiringLife.table()
                .forEach((from, row) -> row.forEach((event, to) -> {
                    assertThat(to == State.RUNNING).isEqualTo(event == Event.GRANT);
                    assertThat(from == State.RUNNING && to != State.RELEASING).isFalse();
                }));
        for (Event event : Event.values()) {
            assertThat(FiringLife.after(State.ENDED, event)).isEmpty();
        }
        assertThat(State.ENDED.isEnd()).isTrue();
        assertThat(State.DUE.isEnd()).isFalse();
    }
}
