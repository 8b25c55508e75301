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
package io.carillon.it.browser;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** No screen keeps anybody out: axe-core finds nothing against WCAG 2.2 A and AA, in both themes and languages. */
@Tag("story")
class AccessibleStoryTest {

    @TempDir
    private static Path folder;

    private static Browser browser;
    private static ShopWorld shop;

    @BeforeAll
    static void openTheShop() throws Exception {
        browser = Browser.start();
        shop = new ShopWorld(folder).openWithStaging();
    }

    @AfterAll
    static void closeTheShop() throws Exception {
        try (ShopWorld ignored = shop;
                Browser closedFirst = browser) {
            // both are closed, even if one cannot be
        }
    }

    @ParameterizedTest
    @CsvSource({"ENGLISH,light", "CHINESE,dark", "ENGLISH,dark", "CHINESE,light"})
    void noScreenHasABarrier(Language in, String theme) {
        List<String> barriers = new ArrayList<>();
        String session = shop.session();
        for (Tour.Stop stop : Tour.of(shop)) {
            browser.at(shop.address(), in.texts, stop.nobody() ? "" : session);
            browser.cookie("carillon-theme", theme);
            stop.visit(browser, in);
            browser.barriers().forEach(barrier -> barriers.add(stop + ": " + barrier));
        }
        assertThat(barriers).isEmpty();
    }

    @Test
    void onATelephoneNoScreenIsWiderThanItAndNoneHasABarrier() {
        List<String> found = new ArrayList<>();
        String session = shop.session();
        for (Tour.Stop stop : Tour.of(shop)) {
            browser.at(shop.address(), Language.ENGLISH.texts, stop.nobody() ? "" : session)
                    .narrow();
            stop.visit(browser, Language.ENGLISH);
            browser.barriers().forEach(barrier -> found.add(stop + ": " + barrier));
        }
        assertThat(found).isEmpty();
    }

    @Test
    void aBarrierIsFound() {
        browser.at(shop.address(), Language.ENGLISH.texts, "").open("/login");
        browser.ask("""
                document.querySelector('label').remove();
                document.querySelector('h1').style.color = document.documentElement.dataset.theme = '#999';
                document.querySelector('h1').style.background = '#aaa';
                """);
        assertThat(browser.barriers())
                .anyMatch(barrier -> barrier.startsWith("label: "))
                .anyMatch(barrier -> barrier.startsWith("color-contrast: "));
    }
}
