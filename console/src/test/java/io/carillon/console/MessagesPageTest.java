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
import io.carillon.messages.Message;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletResponse;

/** The message centre: search, state flow, one message, and commands from there. */
class MessagesPageTest {
    private static final String ADMIN = "admin";

    private static ConsolePages pages(MessageShop... shops) {
        return pages(ADMIN, shops);
    }

    private static ConsolePages pages(String anyone, MessageShop... shops) {
        ConsoleMessages[] stores = new ConsoleMessages[shops.length];
        for (int i = 0; i < shops.length; i++) {
            stores[i] = shops[i].messages();
        }
        return new ConsolePages(anyone, PayloadRedaction.NONE, stores);
    }

    private static List<String> trail(ConsolePages console) {
        return console.bean(ConsoleConfiguration.Remembered.class).trail().latest("", "", null, 10).stream()
                .map(Trail.Entry::toString)
                .toList();
    }

    private static String message(MessageId id) {
        return "/messages/stores/orders/" + id;
    }

    @Test
    void anOrdersMessageIsFoundByItsKeyAndSaysWhoHasNotConsumedIt() throws Exception {
        MessageShop shop = new MessageShop("orders");
        shop.finished("4710");
        MessageId sent = shop.sent("4711");
        shop.store.confirm(
                List.of(new io.carillon.messages.outbox.MessageStore.ConfirmedBy(sent, "mail")), Samples.NOW);
        try (ConsolePages console = pages(shop)) {
            Document list = console.page("/messages?q=4711");
            assertThat(list.select("#rows tbody tr")).hasSize(1);
            String link = list.select("#rows tbody th a").attr("href");
            assertThat(link).isEqualTo(message(sent));
            Document page = console.page(link);
            assertThat(page.select("h1").text()).contains(sent.toString());
            assertThat(page.select("section:has(#confirmations-title) tbody tr").eachText())
                    .anySatisfy(row -> assertThat(row).contains("mail", "Consumed"))
                    .anySatisfy(row -> assertThat(row).contains("points", "Pending"));
            assertThat(page.select("#payload").text()).contains("\"order\": \"4711\"");
        }
    }

    @Test
    void aMessageThatAGroupCouldNotHandleSaysWhereItIsParkedAndWhy() throws Exception {
        MessageShop shop = new MessageShop("orders");
        MessageId sent = shop.sent("4711");
        shop.park(sent, "points", "java.lang.IllegalStateException: no such customer");
        try (ConsolePages console = pages(shop)) {
            Document page = console.page(message(sent));
            String row = page.select("section:has(#confirmations-title) tr:has(th:contains(points))")
                    .text();
            assertThat(row).contains("Received, parked", "no such customer");
            assertThat(page.select("a:contains(parked messages)").attr("href"))
                    .isEqualTo("/messages/consumers/parked?store=orders&group=points");
        }
    }

    @Test
    void theStateFlowIsDrawnWithLinksAndHasATableOfTheSameCounts() throws Exception {
        MessageShop shop = new MessageShop("orders");
        shop.finished("1");
        shop.finished("2");
        shop.dead("3", "no route");
        try (ConsolePages console = pages(shop)) {
            Document page = console.page("/messages");
            assertThat(page.select("svg a[aria-label='Finished: 2'] .count").text())
                    .isEqualTo("2");
            assertThat(page.select("svg a[aria-label='Dead: 1']").attr("href"))
                    .isEqualTo("/messages?store=orders&q=state%3Adead");
            assertThat(page.select("svg path.way").size())
                    .as("ways between states")
                    .isGreaterThan(8);
            assertThat(page.select("#flow-table tr:has(a:contains(Finished)) td")
                            .text())
                    .isEqualTo("2");
            assertThat(page.select("#flow-table tbody tr")).hasSize(6);
            Document dead = console.page("/messages?store=orders&q=state%3Adead");
            assertThat(dead.select("#rows tbody tr")).hasSize(1);
            assertThat(dead.select("svg a[aria-current]").attr("aria-label")).isEqualTo("Dead: 1");
        }
    }

    @Test
    void eachWordOfTheFilterNarrowsAndOneThatMeansNothingIsSaid() throws Exception {
        MessageShop shop = new MessageShop("orders");
        MessageId one = shop.sending(
                Message.to("orders", "placed").key("A 1").json("{}").build());
        shop.sending(Message.to("payments", "made").key("B").json("{}").build());
        MessageId dead = shop.dead("C", "no route");
        try (ConsolePages console = pages(shop)) {
            assertThat(console.page("/messages?q=topic:payments").select("#rows tbody tr"))
                    .hasSize(1);
            assertThat(console.page("/messages?q=key:%22A%201%22")
                            .select("#rows tbody th a")
                            .attr("href"))
                    .isEqualTo(message(one));
            assertThat(console.page("/messages?q=tag:made%20producer:shop").select("#rows tbody tr"))
                    .hasSize(1);
            assertThat(console.page("/messages?q=attempts:2").select("#rows tbody tr"))
                    .isEmpty();
            assertThat(console.page("/messages?q=age:%3E1h").select("#rows tbody tr"))
                    .hasSize(3);
            assertThat(console.page("/messages?q=age:%3C1h").select("#rows tbody tr"))
                    .isEmpty();
            assertThat(console.page("/messages?q=" + dead).select("#rows tbody tr"))
                    .hasSize(1);
            Document nothing = console.page("/messages?q=state:deed%20colour:red");
            assertThat(nothing.select("[role=alert]").text()).contains("state:deed colour:red");
            assertThat(nothing.select("#rows")).isEmpty();
        }
    }

    @Test
    void pagesGoOnByTheLastMessageAndLeadBackToTheNewest() throws Exception {
        MessageShop shop = new MessageShop("orders");
        for (int i = 0; i < 60; i++) {
            shop.sending("k" + i);
        }
        try (ConsolePages console = pages(shop)) {
            Document first = console.page("/messages?q=topic%3Aorders");
            assertThat(first.select("#rows tbody tr")).hasSize(50);
            Document second = console.page(first.select("a[rel=next]").attr("href"));
            assertThat(second.select("#rows tbody tr")).hasSize(10);
            assertThat(second.select("a[rel=next]")).isEmpty();
            assertThat(second.select("a[rel=first]").attr("href")).isEqualTo("/messages?store=orders&q=topic%3Aorders");
            assertThat(console.status("/messages?before=nonsense")).isEqualTo(404);
        }
    }

    @Test
    void severalStoresAreChosenInTheAddressAndOneThatIsDownIsSaidWithWhatStillWorks() throws Exception {
        MessageShop orders = new MessageShop("orders");
        MessageShop points = new MessageShop("points");
        points.sending("77");
        orders.broken = new IllegalStateException("Connection refused: 127.0.0.1:3306");
        try (ConsolePages console = pages(orders, points)) {
            Document down = console.page("/messages?q=state%3Asending");
            assertThat(down.select(".notice.bad").text()).contains("orders", "Connection refused");
            String other = down.select("nav a:contains(points)").attr("href");
            assertThat(other).isEqualTo("/messages?store=points&q=state%3Asending");
            assertThat(console.page(other).select("#rows tbody tr")).hasSize(1);
            assertThat(console.status("/messages?store=none")).isEqualTo(404);
            assertThat(console.page("/messages/dead").select(".notice.bad").text())
                    .contains("orders");
            assertThat(console.page("/messages/consumers").select(".notice.bad").text())
                    .contains("orders");
            assertThat(console.page("/messages/stores/orders/" + MessageId.of(Samples.NOW, 1, 1))
                            .select(".notice.bad")
                            .text())
                    .contains("orders");
        }
    }

    @Test
    void aStoreThatHangsIsSaidAndTheOtherPartsAreThere() throws Exception {
        MessageShop orders = new MessageShop("orders").declared();
        MessageId id = orders.dead("1", "no route");
        orders.hangs = new CountDownLatch(1);
        try (ConsolePages console = pages(orders)) {
            for (String address : List.of("/messages", "/messages/dead", "/messages/consumers", message(id))) {
                Document page = console.page(address);
                assertThat(page.select(".notice.bad").text())
                        .as(address)
                        .contains("has not answered within the time limit");
                assertThat(page.select("h1")).as(address).hasSize(1);
            }
            assertThat(console.page("/messages/commands/replay?id=" + id)
                            .select("main")
                            .text())
                    .contains("What would happen is not known");
        } finally {
            orders.hangs.countDown();
        }
    }

    @Test
    void withoutAStoreOrAMessageThePageSaysWhatToDoNext() throws Exception {
        try (ConsolePages console = new ConsolePages(ADMIN, PayloadRedaction.NONE)) {
            assertThat(console.page("/messages").select("main").text()).contains("carillon.messages.enabled");
        }
        try (ConsolePages console = pages(new MessageShop("orders"))) {
            assertThat(console.page("/messages").select(".empty").text()).contains("ReliableMessages.send");
            assertThat(console.page("/messages/dead").select(".empty").text()).contains("No message is dead");
            assertThat(console.page("/messages?q=state:dead").select(".empty").text())
                    .contains("No message matches");
        }
    }

    @Test
    void payloadsAreShownByWhatTheyAreAndACutIsSaid() throws Exception {
        MessageShop shop = new MessageShop("orders");
        MessageId json = shop.sending(
                Message.to("t", "").json("{\"a\":[1,{}],\"b\":\"x\"}").build());
        MessageId bytes = shop.sending(Message.to("t", "")
                .payload(new byte[] {0, 1, 2, (byte) 0xff, 'C'}, "application/octet-stream")
                .build());
        MessageId large = shop.sending(Message.to("t", "")
                .payload("y".repeat(70_000).getBytes(StandardCharsets.UTF_8), "text/plain")
                .build());
        try (ConsolePages console = pages(shop)) {
            assertThat(console.page(message(json)).select("#payload").first().wholeText())
                    .isEqualTo("{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": \"x\"\n}");
            assertThat(console.page(message(bytes)).select("#payload").first().wholeText())
                    .startsWith("00000000  00 01 02 ff 43")
                    .contains("....C");
            Document cut = console.page(message(large));
            assertThat(cut.select("#payload").text()).hasSize(65_536);
            assertThat(cut.select("section:has(#payload-title)").text()).contains("65,536 of 70,000 bytes");
        }
    }

    @Test
    void theHostDecidesWhatOfAPayloadIsShownAndWhenItCannotNothingIs() throws Exception {
        MessageShop shop = new MessageShop("orders");
        MessageId id = shop.sending(Message.to("orders", "placed")
                .key("1")
                .json("{\"card\":\"4111\"}")
                .header("session", "secret")
                .build());
        PayloadRedaction masked = (store, message) ->
                Message.to("x", "").json(message.text().replace("4111", "****")).build();
        try (ConsolePages console = new ConsolePages(ADMIN, masked, shop.messages())) {
            String page = ConsolePages.text(console.answer(ConsolePages.get(message(id))));
            assertThat(page).contains("****").doesNotContain("4111").doesNotContain("secret");
        }
        try (ConsolePages console = new ConsolePages(ADMIN, (store, message) -> null, shop.messages())) {
            String page = ConsolePages.text(console.answer(ConsolePages.get(message(id))));
            assertThat(page)
                    .contains("does not show payload")
                    .doesNotContain("4111")
                    .doesNotContain("secret");
        }
        PayloadRedaction failing = (store, message) -> {
            throw new IllegalStateException("the rules are gone");
        };
        try (ConsolePages console = new ConsolePages(ADMIN, failing, shop.messages())) {
            String page = ConsolePages.text(console.answer(ConsolePages.get(message(id))));
            assertThat(page)
                    .contains("could not be found out")
                    .doesNotContain("4111")
                    .doesNotContain("secret");
        }
    }

    @Test
    void hostileTextIsShownAndNeverRun() throws Exception {
        for (String hostile : List.of(
                "<script>alert(1)</script>",
                "\"><img src=x onerror=alert(1)>",
                "' onmouseover='alert(1)",
                "</pre><svg/onload=alert(1)>",
                "${7*7}{{7*7}}",
                "\u202Egnp.exe",
                "javascript:alert(1)")) {
            MessageShop shop = new MessageShop("orders");
            MessageId id = shop.sending(Message.to("orders", "placed")
                    .key(hostile)
                    .payload(hostile.getBytes(StandardCharsets.UTF_8), "text/html")
                    .header("x-note", hostile)
                    .build());
            MessageId dead = shop.dead(hostile, hostile);
            shop.park(dead, "points", hostile);
            try (ConsolePages console = pages(shop)) {
                for (String address : List.of(
                        "/messages?q=topic:orders",
                        message(id),
                        message(dead),
                        "/messages/dead",
                        "/messages/dead?topic=orders",
                        "/messages/consumers/parked",
                        "/messages/commands/replay?id=" + dead,
                        "/messages/commands/release-parked?parked=" + dead + "%20points",
                        "/messages/commands/pause-entry?kind=pause&name="
                                + io.carillon.console.ask.MessageWords.encoded(hostile))) {
                    Document page = console.page(address);
                    assertThat(page.select("main script, main img, [onerror], [onload], [onmouseover]"))
                            .as(address + " " + hostile)
                            .isEmpty();
                    assertThat(page.select("a[href^=javascript]")).as(address).isEmpty();
                    assertThat(page.text()).as(address).doesNotContain("\u202E").doesNotContain("4949");
                }
                assertThat(console.page(message(id)).select("#payload").text())
                        .isEqualTo(hostile.replace("\u202E", "\\u202e"));
            }
        }
    }

    @Test
    void deadMessagesAreReplayedAfterADryRunThatChangesNothing() throws Exception {
        MessageShop shop = new MessageShop("orders");
        MessageId one = shop.dead("1", "no route");
        MessageId two = shop.dead("2", "no route");
        MessageId done = shop.finished("3");
        try (ConsolePages console = pages(shop)) {
            String address = "/messages/commands/replay?store=orders&id=" + one + "&id=" + done;
            Document dialog = console.page(address);
            assertThat(dialog.select("#dry-run").text())
                    .contains("1 would be sent again", "1 would be skipped: every group has consumed them");
            assertThat(shop.state(one)).isEqualTo(MessageState.DEAD);
            assertThat(shop.audit.latest(null, 10)).isEmpty();

            MockHttpServletResponse answer = console.answer(console.post(
                    "/messages/commands/replay", "store", "orders", "id", one.toString(), "reason", "route is there"));
            assertThat(ConsolePages.text(answer)).contains("will be sent again");
            assertThat(answer.getHeader("HX-Trigger")).isEqualTo("carillon-done");
            assertThat(shop.state(one)).isEqualTo(MessageState.SENDING);
            assertThat(shop.state(two)).isEqualTo(MessageState.DEAD);
            assertThat(trail(console))
                    .anySatisfy(entry -> assertThat(entry).contains("replay", "orders: " + one, "route is there"));
            assertThat(shop.audit.latest(null, 10)).hasSize(1);
        }
    }

    @Test
    void everythingThatMatchesIsReplayedWithinALimitAndTheRestIsSaid() throws Exception {
        MessageShop shop = new MessageShop("orders");
        for (int i = 0; i < 30; i++) {
            shop.dead("k" + i, "no route");
        }
        try (ConsolePages console = pages(shop)) {
            Document dialog = console.page("/messages/commands/replay?store=orders&q=state:dead&limit=10");
            assertThat(dialog.select("#dry-run").text()).contains("10 would be sent again", "There are more");
            String until = dialog.select("input[name=until]").attr("value");
            MockHttpServletResponse answer = console.answer(console.post(
                    "/messages/commands/replay",
                    "store",
                    "orders",
                    "q",
                    "state:dead",
                    "until",
                    until,
                    "limit",
                    "10",
                    "rate",
                    "2",
                    "reason",
                    "route is there"));
            assertThat(ConsolePages.text(answer)).contains("There were more than the limit allows");
            assertThat(shop.store.countByState().get(MessageState.SENDING)).isEqualTo(10L);

            // many: the number is typed
            String[] all = {"store", "orders", "q", "state:dead", "until", until, "reason", "all"};
            assertThat(console.answer(console.post("/messages/commands/replay", all))
                            .getStatus())
                    .isEqualTo(200);
            assertThat(shop.store.countByState().get(MessageState.DEAD))
                    .as("20 need no number")
                    .isNull();
        }
    }

    @Test
    void fromTwentyOneMessagesOnTheirNumberIsTyped() throws Exception {
        MessageShop shop = new MessageShop("orders");
        for (int i = 0; i < 25; i++) {
            shop.dead("k" + i, "no route");
        }
        try (ConsolePages console = pages(shop)) {
            MockHttpServletResponse refused = console.answer(console.post(
                    "/messages/commands/discard",
                    "store",
                    "orders",
                    "q",
                    "state:dead",
                    "reason",
                    "old",
                    "count",
                    "24"));
            assertThat(refused.getStatus()).isEqualTo(400);
            assertThat(ConsolePages.text(refused)).contains("The number typed is not 25");
            assertThat(shop.store.countByState().get(MessageState.DEAD)).isEqualTo(25L);
            assertThat(console.answer(console.post(
                                    "/messages/commands/discard",
                                    "store",
                                    "orders",
                                    "q",
                                    "state:dead",
                                    "reason",
                                    "old",
                                    "count",
                                    "25"))
                            .getStatus())
                    .isEqualTo(200);
            assertThat(shop.store.countByState().get(MessageState.CANCELLED)).isEqualTo(25L);
        }
    }

    @Test
    void aConfirmationIsWaivedWithAReasonAndByWhomIsShown() throws Exception {
        MessageShop shop = new MessageShop("orders");
        MessageId id = shop.sent("1");
        try (ConsolePages console = pages(shop)) {
            MockHttpServletResponse noReason = console.answer(console.post(
                    "/messages/commands/waive", "store", "orders", "id", id.toString(), "group", "points"));
            assertThat(noReason.getStatus()).isEqualTo(400);
            assertThat(ConsolePages.text(noReason)).contains("Say in at most 500 characters why");
            console.answer(console.post(
                    "/messages/commands/waive",
                    "store",
                    "orders",
                    "id",
                    id.toString(),
                    "group",
                    "points",
                    "reason",
                    "points is retired"));
            Document page = console.page(message(id));
            assertThat(page.select("tr:has(th:contains(points))").text()).contains("Waived", "anyone");
        }
    }

    @Test
    void whoMayOnlyLookIsOfferedNothingAndRefusedWhatIsAskedForAnyway() throws Exception {
        MessageShop shop = new MessageShop("orders").declared();
        MessageId dead = shop.dead("1", "no route");
        shop.park(dead, "points", "no such customer");
        try (ConsolePages console = pages("viewer@shop", shop)) {
            for (String address : List.of(
                    "/messages",
                    message(dead),
                    "/messages/dead",
                    "/messages/dead?topic=orders",
                    "/messages/consumers",
                    "/messages/consumers/parked")) {
                Document page = console.page(address);
                assertThat(page.select("main a[href*=/commands/], main button[formaction]"))
                        .as(address)
                        .isEmpty();
                assertThat(page.select("h1")).as(address).hasSize(1);
            }
            assertThat(console.status("/messages/commands/replay?id=" + dead)).isEqualTo(403);
            for (String[] fields : new String[][] {
                {"/messages/commands/replay", "id", dead.toString(), "reason", "x"},
                {"/messages/commands/discard", "q", "state:dead", "reason", "x"},
                {"/messages/commands/release-parked", "parked", dead + " points", "reason", "x"},
                {"/messages/commands/pause-entry", "kind", "pause", "name", "points", "reason", "x"},
            }) {
                String[] form = List.of(fields).subList(1, fields.length).toArray(String[]::new);
                assertThat(console.answer(console.post(fields[0], form)).getStatus())
                        .as(fields[0])
                        .isEqualTo(403);
            }
            assertThat(shop.state(dead)).isEqualTo(MessageState.DEAD);
            assertThat(shop.parked).hasSize(1);
        }
        try (ConsolePages console = pages("operator@shop/billing", shop)) {
            assertThat(console.status("/messages"))
                    .as("messages belong to no group")
                    .isEqualTo(403);
            assertThat(console.page("/clusters/shop").select(".tabs a[href^=/messages]"))
                    .isEmpty();
        }
        try (ConsolePages console = pages("operator@shop", shop)) {
            assertThat(console.status("/messages/commands/disable-entry?kind=topic&name=orders"))
                    .as("the directory is for editors")
                    .isEqualTo(403);
            assertThat(console.status("/messages/commands/replay?id=" + dead)).isEqualTo(200);
        }
    }

    @Test
    void aStoreThatIsOnlyReadOffersNoCommands() throws Exception {
        MessageShop shop = new MessageShop("orders");
        MessageId dead = shop.dead("1", "no route");
        try (ConsolePages console = new ConsolePages(ADMIN, PayloadRedaction.NONE, shop.readOnly())) {
            assertThat(console.page(message(dead)).select("main a[href*=/commands/]"))
                    .isEmpty();
            MockHttpServletResponse answer =
                    console.answer(console.post("/messages/commands/replay", "id", dead.toString(), "reason", "x"));
            assertThat(answer.getStatus()).isEqualTo(403);
            assertThat(ConsolePages.text(answer)).contains("only read here");
            assertThat(console.page("/messages/consumers").select("main").text())
                    .contains("is not known here of orders");
            assertThat(console.page("/messages/consumers/parked")
                            .select(".empty")
                            .text())
                    .contains("is not known here");
        }
    }

    @Test
    void pagesAreWholeInChineseToo() throws Exception {
        MessageShop shop = new MessageShop("orders").declared();
        MessageId dead = shop.dead("1", "no route");
        shop.park(dead, "points", "boom");
        try (ConsolePages console = pages(shop)) {
            for (String address : List.of(
                    "/messages",
                    message(dead),
                    "/messages/dead",
                    "/messages/consumers",
                    "/messages/consumers/parked")) {
                Document page = console.page(address, Locale.SIMPLIFIED_CHINESE);
                page.select(
                                "code, time, pre, tbody th, .sub, .cause, kbd, a, nav, .brand, title, h1, option, footer, .as-of, svg")
                        .remove();
                page.select("th, p, h2, label, button").forEach(element -> assertThat(element.ownText())
                        .as(address + " " + element)
                        .doesNotContainPattern("[A-Za-z]{5,}"));
            }
        }
    }

    @Test
    void thePlacesOfTheNavigationAreReachedByLettersAndTheInnermostIsCurrent() throws Exception {
        try (ConsolePages console = pages(new MessageShop("orders"))) {
            Document dead = console.page("/messages/dead");
            assertThat(dead.select(".tabs a[aria-current=page]").text()).isEqualTo("Dead letters");
            assertThat(dead.select(".tabs a[aria-keyshortcuts='g m']").attr("href"))
                    .isEqualTo("/messages");
            assertThat(dead.select(".tabs a[aria-keyshortcuts='g c']").attr("href"))
                    .isEqualTo("/messages/consumers");
            assertThat(dead.select("#live").attr("data-stream")).isEqualTo("/stream?topics=messages");
        }
    }
}
