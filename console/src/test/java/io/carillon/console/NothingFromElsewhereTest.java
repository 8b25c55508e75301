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

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.operations.JobCommands.Stored;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletResponse;

/** A console in a network without a way out works: no page and no asset of it asks another server for anything. */
class NothingFromElsewhereTest {
    /** What makes a browser load something. */
    private static final String LOADED =
            "script[src], link[href], img, iframe, source, object, embed, video, audio, use";

    private static final Pattern IN_ASSETS = Pattern.compile(
            "url\\(\\s*['\"]?([^)'\"]+)|@import\\s+['\"]([^'\"]+)|\\bfrom\\s+['\"]([^'\"]+)['\"]|\\bimport\\(?\\s*['\"]([^'\"]+)"
                    + "|(?:fetch|EventSource|importScripts|Worker)\\(\\s*['\"]([^'\"]+)");

    private static final List<String> PAGES = List.of(
            "/clusters",
            "/clusters/shop",
            "/clusters/shop/jobs",
            "/clusters/shop/jobs/credit-points",
            "/clusters/shop/jobs/credit-points/edit",
            "/clusters/shop/jobs/credit-points/trigger",
            "/clusters/shop/jobs/credit-points/timeline",
            "/clusters/shop/instances",
            "/clusters/shop/instances/" + Samples.ONE,
            "/clusters/shop/compare",
            "/clusters/shop/import",
            "/clusters/shop/registry",
            "/messages",
            "/messages/dead",
            "/messages/consumers",
            "/audit",
            "/access",
            "/preferences",
            "/login");

    private static boolean isOwn(String address) {
        return address.startsWith("data:") || !address.matches("(?i)\\s*([a-z][a-z0-9+.-]*:)?//.*");
    }

    @Test
    void everyPageLoadsItsPartsFromTheConsoleAlone() throws Exception {
        FakeCluster cluster = Samples.fullCluster();
        cluster.stored.put(
                "credit-points",
                new Stored(
                        JobConfiguration.newBuilder("credit-points", 3)
                                .cron("0 0 1 * * ?")
                                .build(),
                        7));
        Set<String> assets = new LinkedHashSet<>();
        try (ConsolePages console = new ConsolePages(cluster, Samples.fullStore())) {
            for (String address : PAGES) {
                Document page = console.page(address);
                assertThat(page.select("link[rel=stylesheet]")).as(address).isNotEmpty();
                for (Element loaded : page.select(LOADED)) {
                    for (String attribute : List.of("src", "href", "srcset", "data", "poster", "xlink:href")) {
                        if (loaded.hasAttr(attribute)) {
                            assertThat(isOwn(loaded.attr(attribute)))
                                    .as(address + " " + loaded)
                                    .isTrue();
                        }
                    }
                    if (loaded.hasAttr("src")) {
                        assets.add(loaded.attr("src"));
                    } else if (loaded.is("link[rel=stylesheet]")) {
                        assets.add(loaded.attr("href"));
                    }
                }
                for (Element asks : page.select("[hx-get], [hx-post], [action], [formaction]")) {
                    for (String attribute : List.of("hx-get", "hx-post", "action", "formaction")) {
                        assertThat(isOwn(asks.attr(attribute)))
                                .as(address + " " + asks)
                                .isTrue();
                    }
                }
            }
            assertThat(assets).as("scripts and styles").hasSizeGreaterThan(4);
            for (String asset : assets) {
                MockHttpServletResponse answer = console.answer(ConsolePages.get(asset));
                assertThat(answer.getStatus()).as(asset).isEqualTo(200);
                Matcher asked = IN_ASSETS.matcher(ConsolePages.text(answer));
                while (asked.find()) {
                    assertThat(isOwn(asked.group().replaceFirst("^[^'\"(]*[('\"\\s]+", "")))
                            .as(asset + ": " + asked.group())
                            .isTrue();
                }
            }
        }
    }

    @Test
    void whatComesFromElsewhereWouldBeSeen() {
        assertThat(isOwn("https://cdn.example/htmx.js")).isFalse();
        assertThat(isOwn("//cdn.example/htmx.js")).isFalse();
        assertThat(isOwn("/assets/1/htmx.js")).isTrue();
        Matcher asked = IN_ASSETS.matcher("@font-face { src: url('https://fonts.example/a.woff2') }");
        assertThat(asked.find()).isTrue();
        assertThat(isOwn(asked.group().replaceFirst("^[^'\"(]*[('\"\\s]+", ""))).isFalse();
    }
}
