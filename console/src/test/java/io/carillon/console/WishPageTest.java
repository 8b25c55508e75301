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
import static org.assertj.core.api.Assertions.catchThrowable;

import io.carillon.console.command.Trail;
import io.carillon.console.text.Texts;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.operations.By;
import io.carillon.jobs.operations.JobCommands;
import io.carillon.jobs.operations.NotNowException;
import io.carillon.jobs.operations.RegistryOperations;
import io.carillon.testkit.jobs.InMemoryRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;
import org.springframework.http.MediaType;
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

    private static MockHttpServletResponse order(ConsolePages console, String verb, String part, String body)
            throws Exception {
        return console.answer(console.request(verb, "/api/v1/clusters/shop/jobs/" + MovingJob.NAME + part)
                .contentType(MediaType.APPLICATION_JSON)
                .content(body));
    }

    @Test
    void theApiMovesAndSkipsAndTellsHowFarAShardIs() throws Exception {
        FakeCluster cluster = MovingJob.cluster();
        try (ConsolePages console = new ConsolePages(cluster)) {
            assertThat(order(console, "PUT", "/shards/0/owner", "{\"reason\":\"x\"}")
                            .getStatus())
                    .as("nobody is named")
                    .isEqualTo(400);
            assertThat(order(console, "PUT", "/shards/0/owner", "{\"instance\":\"" + MovingJob.NEW + "\"}")
                            .getStatus())
                    .as("without a reason")
                    .isEqualTo(400);
            assertThat(cluster.done).isEmpty();
            assertThat(ConsolePages.text(order(
                            console,
                            "PUT",
                            "/shards/0/owner",
                            "{\"instance\":\"" + MovingJob.NEW + "\",\"reason\":\"x\"}")))
                    .contains("\"after\":\"owner from the next firing on: " + MovingJob.NEW + "\"");
            assertThat(ConsolePages.text(order(console, "POST", "/skips", "{\"reason\":\"x\"}")))
                    .contains("\"after\":\"skips " + Samples.NOW.plusSeconds(30) + "\"");
            assertThat(cluster.done)
                    .containsExactly(
                            "moveItem " + MovingJob.NAME + " 0 to " + MovingJob.NEW, "skipNext " + MovingJob.NAME);
            assertThat(ConsolePages.text(console.answer(
                            ConsolePages.get("/api/v1/clusters/shop/jobs/" + MovingJob.NAME + "/shards"))))
                    .contains("\"progress\":{\"done\":1200,\"total\":5000,\"at\":\"" + Samples.NOW + "\"}");
        }
    }

    @Test
    void whereNobodyElseIsOnlineTheDialogSaysSoAndHasNoButton() throws Exception {
        FakeCluster cluster = Samples.fullCluster();
        try (ConsolePages console = new ConsolePages(cluster)) {
            Document dialog = console.page(MOVE + "?job=credit-points&item=0");
            assertThat(dialog.select(".command .notice").text()).contains("No other instance is online");
            assertThat(dialog.select(".command button[type=submit]")).isEmpty();
            MockHttpServletResponse nobody =
                    console.answer(console.post(MOVE, "job", "credit-points", "item", "0", "reason", "x"));
            assertThat(nobody.getStatus()).isEqualTo(400);
            assertThat(cluster.done).isEmpty();
            cluster.broken = new IllegalStateException("registry: no connection");
            assertThat(console.status(MOVE + "?job=check-back&item=0"))
                    .as("it is not said where it is not known")
                    .isEqualTo(503);
        }
    }

    @Test
    void theDialogTellsNothingOfAJobThatTheVisitorMayNotSee() throws Exception {
        try (ConsolePages console = new ConsolePages(
                new ConsoleOptions(
                        InstantSource.fixed(Samples.NOW),
                        ZoneId.of("Europe/Berlin"),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(5)),
                "operator@shop/billing",
                MovingJob.cluster())) {
            MockHttpServletResponse answer =
                    console.answer(ConsolePages.get(MOVE + "?job=" + MovingJob.NAME + "&item=0"));
            assertThat(answer.getStatus()).isEqualTo(404);
            assertThat(ConsolePages.text(answer)).doesNotContain(MovingJob.NEW, Samples.TWO);
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
                "skipNext: the firing of 2026-11-22T10:15:30Z of job 'credit-points' is nearer than a second (expected: one"
                        + " that no instance can have begun). It is not skipped, and none after it; repeat the command"
                        + " for the one after it, or interrupt what runs.");
        try (ConsolePages console = new ConsolePages(cluster)) {
            MockHttpServletResponse refused =
                    console.answer(console.post(SKIP, "job", "credit-points", "reason", "the bank is closed"));
            assertThat(refused.getStatus()).isEqualTo(409);
            assertThat(page(refused).select("[role=alert]").text()).contains("nearer than a second");
            MockHttpServletResponse chinese = console.answer(
                    console.post(SKIP + "?lang=zh-CN", "job", "credit-points", "reason", "the bank is closed"));
            assertThat(page(chinese).select("[role=alert]").text())
                    .startsWith("距作业“credit-points”在 2026-11-22T10:15:30Z 的执行不足一秒");
        }
    }

    private static final JobPaths A = new JobPaths("ns", "a");
    private static final String OURS = "10.0.0.1@-@1";
    private static final String OTHER = "10.0.0.2@-@1";

    private final AtomicReference<Instant> now = new AtomicReference<>(Samples.NOW);
    private final Registry registry = new InMemoryRegistry(now::get, Duration.ofSeconds(4), Runnable::run).connect();

    private void write(Write... writes) {
        registry.commit(
                List.of(writes), result -> assertThat(result).isInstanceOf(Registry.CommitResult.Committed.class));
    }

    private static Write created(String path, String text) {
        return new Write.Create(path, text, CreateMode.PERSISTENT);
    }

    private static Write changed(String path, String text) {
        return new Write.SetData(path, text, -1);
    }

    private static void isSaidInChinese(String what, ThrowingCallable call) {
        String english = String.valueOf(catchThrowable(call).getMessage());
        assertThat(english).contains(what, "(expected: ");
        assertThat(Texts.ENGLISH.said(english)).isEqualTo(english);
        assertThat(Texts.CHINESE.said(english))
                .as(english)
                .contains("作业“a”", "未")
                .doesNotContain("expected")
                .doesNotContainPattern("[a-z]+ [a-z]+ [a-z]+ [a-z]+ [a-z]+");
    }

    /** What the engine really says of a job, put up as it would stand in the registry. */
    @Test
    void allThatTheEngineRefusesIsSaidInTheReadersLanguage() {
        JobConfiguration often = JobConfiguration.newBuilder("a", 2)
                .cron("0/40 * * * * ?")
                .timeZone("GMT")
                .build();
        try (RegistryOperations operations =
                RegistryOperations.open(registry, "ns", RegistryOperations.Settings.of(now::get))) {
            JobCommands commands = operations.commands().as(new By("li", "one disk is full", "console"));
            commands.add(JobConfiguration.newBuilder("a", 2).build(), "SCRIPT");
            isSaidInChinese("has no schedule", () -> commands.skipNext("a"));
            isSaidInChinese("not drained", () -> commands.moveItem("a", 0, OURS));
            commands.update(often.toBuilder().cron("0 0 0 1 1 ? 2001").build());
            isSaidInChinese("names no time from now on", () -> commands.skipNext("a"));
            commands.update(often);

            write(
                    created(A.servers(), ""),
                    created(A.server("10.0.0.1"), "ENABLED"),
                    created(A.server("10.0.0.2"), "DISABLED"),
                    created(A.instances(), ""),
                    created(A.instance(OURS), ""),
                    created(A.instance(OTHER), ""));
            isSaidInChinese("are ElasticJob's", () -> commands.skipNext("a"));
            write(changed(A.instance(OURS), ""), changed(A.instance(OTHER), ""));
            isSaidInChinese("takes part", () -> commands.moveItem("a", 0, OTHER));
            write(
                    changed(A.server("10.0.0.2"), "ENABLED"),
                    created(A.sharding(), ""),
                    created(A.item(0), ""),
                    created(A.owner(0), OURS));
            isSaidInChinese("already", () -> commands.moveItem("a", 0, OURS));
            commands.update(often.toBuilder()
                    .jobShardingStrategyType("SINGLE_SHARDING_BALANCE")
                    .build());
            isSaidInChinese("after each run", () -> commands.moveItem("a", 0, OTHER));
            commands.update(often);
            write(created(A.leader(), ""), created(A.election(), ""), created(A.leaderInstance(), OTHER));
            isSaidInChinese("is led by", () -> commands.moveItem("a", 0, OTHER));

            now.set(Instant.parse("2026-11-22T10:15:10Z"));
            assertThat(commands.skipNext("a")).isEqualTo("2026-11-22T10:15:40Z");
            isSaidInChinese("skipped already", () -> commands.skipNext("a"));
            now.set(Instant.parse("2026-11-22T10:15:59.500Z"));
            isSaidInChinese("nearer than a second", () -> commands.skipNext("a"));
            commands.pauseUntil("a", now.get().plusSeconds(3_600));
            isSaidInChinese("is paused until", () -> commands.skipNext("a"));
            commands.enable("a");
            commands.disable("a");
            isSaidInChinese("is switched off, since", () -> commands.skipNext("a"));
            commands.enable("a");
            write(changed(A.server("10.0.0.1"), "DISABLED"), changed(A.server("10.0.0.2"), "DISABLED"));
            isSaidInChinese("on all its servers", () -> commands.skipNext("a"));
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
            assertThat(console.page("/clusters/shop/jobs/" + MovingJob.NAME + "?lang=zh-CN")
                            .select("tr[data-item=0] progress")
                            .attr("aria-label"))
                    .isEqualTo("1,200 / 5,000");
        }
    }
}
