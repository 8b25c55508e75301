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

import io.carillon.messages.directory.Directory.Name;
import io.carillon.messages.directory.Directory.Status;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.outbox.MessageStore.Attempt;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletResponse;

/** Dead letters in groups, and who is behind or could not handle what it received. */
class DeadAndConsumersPageTest {
    private static ConsolePages pages(MessageShop shop) {
        return new ConsolePages("admin", PayloadRedaction.NONE, shop.messages());
    }

    @Test
    void deadLettersAreGroupedByCauseTopicOrConsumerAndEachGroupIsReplayedWhole() throws Exception {
        MessageShop shop = new MessageShop("orders");
        MessageId one = shop.dead("1", "no route, 3 tries");
        shop.dead("2", "no route, 12 tries");
        MessageId other = shop.dead("3", "too large");
        MessageId waiting = shop.sent("4");
        shop.store.bury(java.util.List.of(new Attempt(waiting, 1)), "no confirmation");
        try (ConsolePages console = pages(shop)) {
            Document byCause = console.page("/messages/dead");
            assertThat(byCause.select("tbody tr").eachText())
                    .hasSize(3)
                    .first()
                    .asString()
                    .contains("no route, # tries", "orders", "2");
            Document group = console.page(
                    byCause.select("tbody tr").first().select("th a").attr("href"));
            assertThat(group.select("#rows tbody tr")).hasSize(2);
            assertThat(console.page("/messages/dead?by=topic")
                            .select("tbody tr")
                            .eachText())
                    .hasSize(1);
            Document byConsumer = console.page("/messages/dead?by=consumer");
            assertThat(byConsumer.select("tbody th").eachText())
                    .containsExactlyInAnyOrder("Never at the broker", "points", "mail");
            Document never = console.page(
                    byConsumer.select("tbody tr:contains(Never) th a").attr("href"));
            assertThat(never.select("#rows tbody tr")).hasSize(3);

            String replay = byCause.select("tbody tr")
                    .first()
                    .select("a:contains(Send again)")
                    .attr("href");
            assertThat(console.page(replay).select("#dry-run").text()).contains("2 would be sent again");
            console.answer(console.post(
                    "/messages/commands/replay",
                    "store",
                    "orders",
                    "topic",
                    "orders",
                    "cause",
                    "no route, # tries",
                    "reason",
                    "there is a route"));
            assertThat(shop.state(one)).isEqualTo(MessageState.SENDING);
            assertThat(shop.state(other)).isEqualTo(MessageState.DEAD);
        }
    }

    @Test
    void anExportIsSafeInSpreadsheets() throws Exception {
        MessageShop shop = new MessageShop("orders");
        for (String hostile : new String[] {"=HYPERLINK(\"http://x\")", "+1", "-1", "@SUM(A1)", "\t=1", "a \"b\", c"}) {
            shop.dead("k", hostile);
        }
        try (ConsolePages console = pages(shop)) {
            MockHttpServletResponse answer = console.answer(ConsolePages.get("/messages/dead/export?store=orders"));
            assertThat(answer.getContentType()).startsWith("text/csv");
            assertThat(answer.getHeader("Content-Disposition")).contains("attachment");
            String csv = ConsolePages.text(answer);
            assertThat(csv.lines().skip(1).toList()).hasSize(6);
            assertThat(csv)
                    .contains("\"'=HYPERLINK(\"\"http://x\"\")\"", "\"'+1\"", "\"'-1\"", "\"'@SUM(A1)\"", "\"'\t=1\"")
                    .contains("\"a \"\"b\"\", c\"");
        }
    }

    @Test
    void aConsumersLagPausesAndSubscriptionsAreShownAndPausedWithAReason() throws Exception {
        MessageShop shop = new MessageShop("orders").declared();
        try (ConsolePages console = pages(shop)) {
            Document page = console.page("/messages/consumers");
            String points = page.select("section:has(#groups-title) tbody tr:has(th:contains(points))")
                    .text();
            assertThat(points).contains("orders:*", "1,234", "7", "Declared by points 1.4");
            assertThat(page.select("section:has(#groups-title) tbody tr:has(th:contains(mail))")
                            .text())
                    .contains("30 s ago");
            assertThat(page.select("section:has(#kind-topic)").text()).contains("orders", "On");
            assertThat(page.select("section:has(#kind-producer)").text()).contains("http://shop:8080/check");

            String pause = page.select("tbody tr:has(th:contains(points)) li a:contains(Pause)")
                    .attr("href");
            assertThat(console.page(pause).select("main").text()).contains("receives nothing", "pause points orders");
            console.answer(console.post(
                    "/messages/commands/pause-entry",
                    "store",
                    "orders",
                    "kind",
                    "pause",
                    "name",
                    "points",
                    "entryTopic",
                    "orders",
                    "reason",
                    "its database moves"));
            assertThat(shop.isPaused("points", "orders")).isTrue();
            Document paused = console.page("/messages/consumers");
            assertThat(paused.select("li:has(a:contains(Resume))").text())
                    .contains("Paused", "its database moves", "anyone");
            console.answer(console.post(
                    "/messages/commands/resume-entry",
                    "store",
                    "orders",
                    "kind",
                    "pause",
                    "name",
                    "points",
                    "entryTopic",
                    "orders",
                    "reason",
                    "moved"));
            console.answer(console.post(
                    "/messages/commands/disable-entry",
                    "store",
                    "orders",
                    "kind",
                    "group",
                    "name",
                    "mail",
                    "reason",
                    "retired"));
            assertThat(shop.status(Name.group("mail"))).isEqualTo(Status.DISABLED);
            assertThat(console.page("/messages/consumers")
                            .select("tbody tr:has(th:contains(mail))")
                            .text())
                    .contains("Switched off", "retired");
            assertThat(console.answer(console.post(
                                    "/messages/commands/disable-entry", "store", "orders", "kind", "x", "reason", "y"))
                            .getStatus())
                    .isEqualTo(400);
        }
    }

    @Test
    void parkedMessagesAreHandledAgainOrGivenUpAndEachOutcomeIsSaid() throws Exception {
        MessageShop shop = new MessageShop("orders");
        MessageId good = shop.sent("1");
        MessageId bad = shop.sent("2");
        shop.park(good, "points", "no such customer");
        shop.park(bad, "points", "never works");
        try (ConsolePages console = pages(shop)) {
            assertThat(console.page("/messages/consumers")
                            .select("tbody tr:has(th:contains(points)) a.alarm")
                            .text())
                    .isEqualTo("2");
            Document page = console.page("/messages/consumers/parked?store=orders&group=points");
            assertThat(page.select("#rows tbody tr")).hasSize(2);
            assertThat(page.select("#rows tbody").text()).contains("no such customer", "16", "Key 77");
            String answer = ConsolePages.text(console.answer(console.post(
                    "/messages/commands/release-parked",
                    "store",
                    "orders",
                    "parked",
                    good + " points",
                    "parked",
                    bad + " points",
                    "parked",
                    good + " gone",
                    "reason",
                    "the customer is there")));
            assertThat(answer).contains("handled", "failed again: never works", "not there any more");
            assertThat(shop.handled).containsExactly(good + " points");
            assertThat(shop.audit.latest(null, 10)).singleElement().satisfies(entry -> assertThat(entry.result())
                    .startsWith("done 1, failed 1"));
            console.answer(console.post(
                    "/messages/commands/discard-parked",
                    "store",
                    "orders",
                    "parked",
                    bad + " points",
                    "reason",
                    "a test order"));
            assertThat(shop.parked).isEmpty();
            assertThat(console.page("/messages/consumers/parked")
                            .select(".empty")
                            .text())
                    .contains("No message is parked");
        }
    }
}
