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

import io.carillon.console.access.Grant;
import io.carillon.console.access.Role;
import io.carillon.console.text.Texts;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.operations.JobCommands.Stored;
import io.carillon.messages.model.MessageId;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.TextNode;
import org.junit.jupiter.api.Test;

/**
 * Every page in a language that does not exist, whose texts stand in ⟦ ⟧: what people read without them comes out of a template or
 * of Java, and nobody can translate it.
 */
class PseudoLocaleTest {
    private static final List<String> PAGES = List.of(
            "/clusters",
            "/clusters/shop",
            "/clusters/shop/jobs",
            "/clusters/shop/jobs?q=health:bad",
            "/clusters/shop/jobs/credit-points",
            "/clusters/shop/jobs/credit-points/edit",
            "/clusters/shop/jobs/credit-points/trigger",
            "/clusters/shop/jobs/expire-tokens/trigger",
            "/clusters/shop/jobs/credit-points/timeline",
            "/clusters/shop/commands/disable?job=check-back",
            "/clusters/shop/instances",
            "/clusters/shop/instances/" + Samples.ONE,
            "/clusters/shop/compare",
            "/clusters/shop/import",
            "/clusters/shop/registry",
            "/audit",
            "/access",
            "/preferences",
            "/login",
            "/clusters/404");

    private static final MessageShop ORDERS = new MessageShop("orders");
    private static final MessageId DEAD = ORDERS.dead("4711", "down");
    private static final List<String> MESSAGES = List.of(
            "/messages",
            "/messages/stores/orders/" + DEAD,
            "/messages/dead",
            "/messages/consumers",
            "/messages/commands/replay?store=orders&id=" + DEAD);

    /** What elements and attributes hold data, or names that are the same in every language. */
    private static final String DATA =
            "script, style, code, pre, kbd, time, textarea, .brand, .cause, option:not([value]), datalist, select[name=zone], a[hreflang], [lang]:not(html)";

    private static final Pattern MARKED = Pattern.compile("⟦[^⟦⟧]*⟧");
    private static final Pattern WORD = Pattern.compile("\\p{L}{2,}");

    /** Of the samples, and proper names. */
    private static final Pattern KNOWN =
            Pattern.compile("10\\.0\\.0\\.[78]@-@\\d+|UTC|Carillon|English|中文|Europe/Berlin|Asia/Shanghai"
                    + "|orders-resend|orders-clean-sent|check-back|credit-points|expire-tokens|export-ledger"
                    + "|com\\.example\\.[A-Za-z.-]+|\\bshop\\b|\\borders\\b|Beijing|Shanghai|Chengdu|ORDER_CREATED|\\bvip\\b"
                    + "|Credits points for yesterday's orders|Deletes closed messages older than 7 days|Sends again what is stuck in sending"
                    + "|web-\\d+|java\\.lang\\.IllegalStateException: points of customer 77 are locked since 10:02"
                    // values of properties, as they are written in a file
                    + "|^(true|false|points|down|placed)$");

    @Test
    void whateverPeopleReadComesFromTheBundlesOrIsData() throws Exception {
        Map<String, String> pseudo = new HashMap<>();
        Field patterns = Texts.class.getDeclaredField("patterns");
        patterns.setAccessible(true);
        Object english = patterns.get(Texts.ENGLISH);
        Object chinese = patterns.get(Texts.CHINESE);
        ((Map<?, ?>) english).forEach((key, pattern) -> pseudo.put(String.valueOf(key), "⟦" + pattern + "⟧"));
        FakeCluster cluster = Samples.fullCluster();
        JobConfiguration stored = JobConfiguration.newBuilder("credit-points", 3)
                .cron("0 0 1 * * ?")
                .build();
        cluster.stored.put("credit-points", new Stored(stored, 7));
        cluster.declared.put(
                "credit-points", stored.toBuilder().cron("0 0 3 * * ?").build());
        TreeSet<String> unmarked = new TreeSet<>();
        patterns.set(Texts.CHINESE, Map.copyOf(pseudo));
        try (ConsolePages console = new ConsolePages(cluster, Samples.fullStore())) {
            PAGES.forEach(address -> look(console, address, unmarked));
            try (ConsolePages messages = new ConsolePages(
                    Grant.everywhere(Role.ADMIN).toString(), PayloadRedaction.NONE, ORDERS.messages())) {
                MESSAGES.forEach(address -> look(messages, address, unmarked));
            }
        } finally {
            patterns.set(Texts.CHINESE, chinese);
        }
        assertThat(unmarked).isEmpty();
    }

    private static void look(ConsolePages console, String address, TreeSet<String> unmarked) {
        Document page;
        try {
            page = console.page(address + (address.contains("?") ? "&" : "?") + "lang=zh-CN");
        } catch (Exception e) {
            throw new AssertionError(address, e);
        }
        assertThat(page.text()).as(address).contains("⟦");
        page.select(DATA).remove();
        for (String text : texts(page)) {
            Matcher word = WORD.matcher(left(text));
            if (word.find()) {
                unmarked.add(address + ": " + text);
            }
        }
    }

    private static List<String> texts(Document page) {
        List<String> texts = new ArrayList<>();
        for (Element element : page.getAllElements()) {
            for (TextNode text : element.textNodes()) {
                texts.add(text.text());
            }
            for (String attribute : List.of("title", "aria-label", "placeholder", "alt", "data-label")) {
                texts.add(element.attr(attribute));
            }
            if (element.is("input[type=submit], input[type=button]")) {
                texts.add(element.attr("value"));
            }
        }
        return texts;
    }

    private static String left(String text) {
        String left = text;
        for (String before = ""; !before.equals(left); ) {
            before = left;
            left = MARKED.matcher(left).replaceAll(" ");
        }
        return KNOWN.matcher(left).replaceAll(" ");
    }
}
