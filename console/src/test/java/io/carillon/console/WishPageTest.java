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
package io.carillon.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.console.command.Trail;
import io.carillon.jobs.operations.NotNowException;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletResponse;

/** A shard is moved, a run is skipped, and how far a shard is can be seen. */
class WishPageTest {
    private static final String MOVE = "/clusters/shop/commands/move-item";
    private static final String SKIP = "/clusters/shop/commands/skip-next";

    private static Document page(MockHttpServletResponse answer) throws Exception {
        return Jsoup.parse(ConsolePages.text(answer));
    }

    @Test
    void aShardIsMovedToAnInstanceThatIsChosenAmongTheOthersAndThatIsOnRecord() throws Exception {
        FakeCluster cluster = MovingJob.cluster();
        try (ConsolePages console = new ConsolePages(cluster)) {
            Document job = console.page("/clusters/shop/jobs/" + MovingJob.NAME);
            assertThat(job.select("tr[data-item=0] a[href*=move-item]").text()).isEqualTo("Move…");
            Document dialog = console.page(MOVE + "?job=" + MovingJob.NAME + "&item=0");
            assertThat(dialog.select("select[name=to] option").eachText())
                    .as("all but the owner")
                    .containsExactly(Samples.TWO, MovingJob.NEW);
            MockHttpServletResponse moved = console.answer(console.post(
                    MOVE, "job", MovingJob.NAME, "item", "0", "to", MovingJob.NEW, "reason", "more memory there"));
            assertThat(page(moved).select(".notice.good").text())
                    .isEqualTo("Shard 0 of job " + MovingJob.NAME + " goes to " + MovingJob.NEW + " at the next run.");
            assertThat(cluster.done).containsExactly("moveItem " + MovingJob.NAME + " 0 to " + MovingJob.NEW);
            Trail.Entry entry = console.bean(ConsoleConfiguration.Remembered.class)
                    .trail()
                    .latest(Trail.Question.ofJob("shop", MovingJob.NAME), null, 1)
                    .get(0);
            assertThat(entry.before()).isEqualTo("owner: " + Samples.ONE);
            assertThat(entry.after()).isEqualTo("owner from the next firing on: " + MovingJob.NEW);
            assertThat(entry.reason()).isEqualTo("more memory there");
        }
    }

    @Test
    void theNextRunIsSkippedWithAReasonAndTheAnswerSaysWhichOne() throws Exception {
        FakeCluster cluster = Samples.fullCluster();
        try (ConsolePages console = new ConsolePages(cluster)) {
            assertThat(console.answer(console.post(SKIP, "job", "credit-points"))
                            .getStatus())
                    .as("without a reason")
                    .isEqualTo(400);
            MockHttpServletResponse skipped =
                    console.answer(console.post(SKIP, "job", "credit-points", "reason", "the bank is closed"));
            assertThat(page(skipped).select(".notice.good").text())
                    .matches(
                            "The run of [0-9:-]+( [0-9:]+)? UTC[+0-9:]* of job credit-points is skipped; the one after it runs.");
            assertThat(cluster.done).containsExactly("skipNext credit-points");
        }
    }

    @Test
    void whatCannotBeDoneNowIsRefusedWithTheEnginesWordsAndNotAsAnOutage() throws Exception {
        FakeCluster cluster = Samples.fullCluster();
        cluster.notNow = new NotNowException(
                "skipNext: the firing of 10:00 of job 'credit-points' has begun (expected: one that no"
                        + " instance can have begun). It is not skipped, and none after it; repeat the command.");
        try (ConsolePages console = new ConsolePages(cluster)) {
            MockHttpServletResponse refused =
                    console.answer(console.post(SKIP, "job", "credit-points", "reason", "the bank is closed"));
            assertThat(refused.getStatus()).isEqualTo(409);
            assertThat(page(refused).select("[role=alert]").text()).contains("has begun");
        }
    }

    @Test
    void howFarARunningShardIsCanBeSeenAsABarAndInWords() throws Exception {
        FakeCluster cluster = MovingJob.cluster();
        try (ConsolePages console = new ConsolePages(cluster)) {
            Document job = console.page("/clusters/shop/jobs/" + MovingJob.NAME);
            assertThat(job.select("tr[data-item=0] progress").attr("max")).isEqualTo("5000");
            assertThat(job.select("tr[data-item=0] progress").attr("aria-label"))
                    .isEqualTo("1,200 of 5,000");
            assertThat(job.select("tr[data-item=0]").text()).contains("1,200 of 5,000");
            assertThat(job.select("tr[data-item=1] progress")).isEmpty();
        }
    }
}
