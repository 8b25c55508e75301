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

import java.util.List;
import java.util.Locale;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletResponse;

/** What all pages share: headers, assets, language, theme. */
class FrameTest {
    @Test
    void onlyOwnScriptsAndStylesMayRun() throws Exception {
        try (ConsolePages console = new ConsolePages(Samples.fullCluster())) {
            for (String address : List.of(
                    "/",
                    "/clusters/shop",
                    "/clusters/none",
                    "/clusters/shop/jobs/check-back",
                    "/api/v1/clusters/shop/jobs")) {
                MockHttpServletResponse response = console.answer(ConsolePages.get(address));
                assertThat(response.getHeader("Content-Security-Policy"))
                        .as(address)
                        .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
                        .doesNotContain("unsafe", "http", "*");
                assertThat(response.getHeader("X-Content-Type-Options")).isEqualTo("nosniff");
                assertThat(response.getHeader("Cache-Control")).isEqualTo("no-store");
            }
            Document page = console.page("/clusters/shop");
            assertThat(page.select("meta[name=htmx-config]").attr("content")).contains("\"allowEval\":false");
        }
    }

    @Test
    void assetsComeFromTheJarUnderTheirHashAndFitTheBudget() throws Exception {
        try (ConsolePages console = new ConsolePages(Samples.fullCluster())) {
            Document page = console.page("/clusters/shop");
            long sum = 0;
            for (String address : List.of(
                    page.select("link[rel=stylesheet]").attr("href"),
                    page.select("link[rel=icon]").attr("href"),
                    page.select("script").get(0).attr("src"),
                    page.select("script").get(1).attr("src"),
                    page.select("script").get(2).attr("src"))) {
                MockHttpServletResponse response =
                        console.answer(ConsolePages.get(address).header("Accept-Encoding", "gzip"));
                assertThat(response.getHeader("Cache-Control")).contains("immutable");
                assertThat(response.getContentAsByteArray().length).as(address).isPositive();
                sum += response.getContentAsByteArray().length;
                assertThat(console.answer(ConsolePages.get(address)).getHeader("Content-Encoding"))
                        .isNull();
            }
            assertThat(sum).as("bytes on first load").isLessThan(60_000);
            try (var css = FrameTest.class.getResourceAsStream("/io/carillon/console/assets/console.css")) {
                assertThat(css.readAllBytes().length).isLessThan(20_000);
            }
            assertThat(console.answer(ConsolePages.get("/assets/0/passwd")).getStatus())
                    .isEqualTo(404);
        }
    }

    @Test
    void theStartPageLeadsOnWithTheLanguageThatWasAskedForByItsShortNameToo() throws Exception {
        try (ConsolePages console = new ConsolePages(Samples.fullCluster())) {
            String address = console.answer(ConsolePages.get("/?lang=zh")).getRedirectedUrl();
            assertThat(address).isEqualTo("/clusters/shop?lang=zh");
            assertThat(console.page(address).select("html").attr("lang")).isEqualTo("zh-CN");
        }
    }

    @Test
    void theLanguageIsTheLinksThenTheCookiesThenTheBrowsers() throws Exception {
        try (ConsolePages console = new ConsolePages(Samples.fullCluster())) {
            assertThat(console.page("/clusters/shop", Locale.SIMPLIFIED_CHINESE)
                            .select("html")
                            .attr("lang"))
                    .isEqualTo("zh-CN");
            assertThat(console.page("/clusters/shop", Locale.FRENCH)
                            .select("html")
                            .attr("lang"))
                    .isEqualTo("en");
            MockHttpServletResponse chosen = console.answer(
                    ConsolePages.get("/clusters/shop?lang=zh-CN&theme=dark").locale(Locale.ENGLISH));
            assertThat(chosen.getContentAsString()).contains("lang=\"zh-CN\"", "data-theme=\"dark\"");
            assertThat(chosen.getCookie("carillon-lang").isHttpOnly()).isTrue();
            String later = console.answer(ConsolePages.get("/clusters/shop")
                            .locale(Locale.ENGLISH)
                            .cookie(chosen.getCookies()))
                    .getContentAsString();
            assertThat(later).contains("lang=\"zh-CN\"", "data-theme=\"dark\"");
            assertThat(console.page("/clusters/shop?lang=%22%3E%3Cscript%3E&theme=%22x")
                            .select("html")
                            .attr("data-theme"))
                    .isEqualTo("system");
        }
    }

    @Test
    void everyTextOfATemplateComesFromTheBundles() throws Exception {
        FakeCluster cluster = Samples.fullCluster();
        try (ConsolePages console = new ConsolePages(cluster, Samples.fullStore())) {
            for (String address : List.of("/clusters/shop", "/clusters/shop/jobs/credit-points", "/clusters/404")) {
                // what is data in the samples is written in Latin letters; what the console says in Chinese is not
                Document page = console.page(address + "?lang=zh-CN");
                page.select(
                                "code, time, pre, kbd, summary, nav, .brand, tbody th, .sub, .cause, title, h1, a, footer, .as-of")
                        .remove();
                page.select(
                                "td[data-label=参数], td[data-label=消息库], dd, thead th, .views, .hint, td[data-label^=10.], .targets")
                        .remove();
                assertThat(page.body().text().replaceAll("UTC|Carillon|shop|ORDER_CREATED", ""))
                        .as(address)
                        .doesNotContainPattern("[A-Za-z]{2,}");
            }
        }
    }
}
