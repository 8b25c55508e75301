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

import io.carillon.console.access.Callers;
import io.carillon.console.text.Texts;
import io.carillon.launcher.SystemTime;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.openqa.selenium.Cookie;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebDriverException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;

/**
 * Debian's Chromium, used as people use it: by the names of what they see, by hand or by keys alone. Everything waits for what
 * it names, up to half a minute. One thread at a time.
 */
final class Browser implements AutoCloseable {
    private static final File CHROMIUM = new File("/usr/bin/chromium");
    private static final File DRIVER = new File("/usr/bin/chromedriver");
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int MOST_TABS = 600;

    /** What is meant: the open dialog or else the page; texts as people see them. */
    private static final String LOOK = """
            const scope = document.querySelector('dialog[open]') ?? document.body;
            const seen = (element) => (element?.innerText ?? '').replace(/\\s+/g, ' ').trim();
            const near = (element, place) => !place
              || seen(element.closest('tr, li, fieldset, form, section')).includes(place);
            """;

    private static final String CONTROL = LOOK + """
            const [name, place] = arguments;
            return [...scope.querySelectorAll('a[href], button, summary, label.check')]
              .find((one) => one.checkVisibility() && seen(one) === name && near(one, place)) ?? null;
            """;

    private static final String FIELD = LOOK + """
            const [name, place] = arguments;
            return [...scope.querySelectorAll('label')]
              .find((one) => one.checkVisibility() && seen(one) === name && near(one, place))?.control ?? null;
            """;

    private static final String TEXT = LOOK + "return seen(scope);";

    private static final String ROW = LOOK + """
            const parts = arguments[0];
            return [...scope.querySelectorAll('tr')]
              .find((one) => one.checkVisibility() && parts.every((part) => seen(one).includes(part))) != null;
            """;

    private final ChromeDriver driver;
    private String address = "";
    private boolean keysOnly;
    private boolean narrow;

    private Browser(ChromeDriver driver) {
        this.driver = driver;
    }

    /** Starts it; without it a developer's test is skipped with a sentence, and a build's fails with the same. */
    static Browser start() {
        if (!CHROMIUM.canExecute() || !DRIVER.canExecute()) {
            String sentence =
                    CHROMIUM + " and " + DRIVER + " (expected: both there). The console was not looked at in a"
                            + " browser; install Debian's packages chromium, chromium-driver and fonts-noto-cjk.";
            assertThat(System.getenv("CARILLON_BROWSER")).as(sentence).isNotEqualTo("required");
            Assumptions.abort(sentence);
        }
        ChromeOptions options = new ChromeOptions();
        options.setBinary(CHROMIUM);
        options.addArguments(
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-extensions",
                "--disable-background-networking",
                "--hide-scrollbars",
                "--force-color-profile=srgb",
                "--lang=en-US",
                "--window-size=1280,900");
        // a driver that is named is not looked for anywhere else
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(DRIVER)
                .usingAnyFreePort()
                .build();
        return new Browser(new ChromeDriver(service, options));
    }

    // ---- how it is used -----------------------------------------------------------------------------------------

    /** Goes to a console, with the cookies of a reader who has chosen a language and is logged in; session empty: is not. */
    Browser at(String console, Texts texts, String session) {
        address = console;
        driver.get(address + "/assets/icon.svg");
        driver.manage().deleteAllCookies();
        cookie("carillon-lang", texts.language());
        if (!session.isEmpty()) {
            cookie(Callers.SESSION_COOKIE, session);
        }
        keysOnly = false;
        wide();
        return this;
    }

    /** Sets a cookie of the console. */
    void cookie(String name, String value) {
        driver.manage().addCookie(new Cookie.Builder(name, value).path("/").build());
    }

    /** From now on everything is done by keys. */
    Browser byKeysOnly() {
        keysOnly = true;
        return this;
    }

    /** A telephone, held upright. */
    Browser narrow() {
        narrow = true;
        size(360, 740, true);
        return this;
    }

    /** A desk's screen. */
    Browser wide() {
        narrow = false;
        size(1280, 900, false);
        return this;
    }

    void size(int width, int height, boolean mobile) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", mobile));
    }

    // ---- what people do -----------------------------------------------------------------------------------------

    /** Opens an address of the console, as from a bookmark. */
    Browser open(String path) {
        driver.get(address + path);
        return this;
    }

    /** Follows a link, pushes a button, opens a summary or sets a tick, by its name. */
    Browser press(String name) {
        return press(name, "");
    }

    /** As {@link #press(String)}, of those the one in a row, an entry or a section that also says something. */
    Browser press(String name, String place) {
        // a page may be replaced between two looks at it: then it is looked at again
        until("press '" + name + "'" + (place.isEmpty() ? "" : " of '" + place + "'"), () -> {
            WebElement control = keysOnly ? focus(name, () -> find(CONTROL, name, place)) : find(CONTROL, name, place);
            if (control != null && keysOnly) {
                control.sendKeys(Keys.ENTER);
            } else if (control != null) {
                control.click();
            }
            return control;
        });
        checkWidth();
        return this;
    }

    /** Replaces the text of a field, by its label. */
    Browser type(String label, CharSequence... keys) {
        until("type into '" + label + "'", () -> {
            WebElement field = keysOnly ? focus(label, () -> find(FIELD, label, "")) : find(FIELD, label, "");
            if (field == null) {
                return null;
            }
            if (!isTime(field)) {
                if (!keysOnly) {
                    field.click();
                }
                field.sendKeys(Keys.chord(Keys.CONTROL, "a"));
            }
            field.sendKeys(keys);
            return field;
        });
        return this;
    }

    /** A time has parts of its own: keys begin at the first, a click does not. */
    private static boolean isTime(WebElement field) {
        return "datetime-local".equals(field.getDomAttribute("type"));
    }

    /** Chooses an entry of a list, by its label and the entry's text. */
    Browser choose(String label, String entry) {
        until("choose '" + entry + "' of '" + label + "'", () -> {
            WebElement list = find(FIELD, label, "");
            if (list == null) {
                return null;
            }
            list.click();
            list.sendKeys(entry);
            list.sendKeys(Keys.ENTER);
            return list;
        });
        return this;
    }

    /** Strikes keys where the focus is. */
    Browser strike(CharSequence... keys) {
        until("strike keys", () -> {
            WebElement focused = driver.switchTo().activeElement();
            focused.sendKeys(keys);
            return focused;
        });
        return this;
    }

    /** Goes to something by the tabulator; null as long as it is not there. */
    private @Nullable WebElement focus(String name, Supplier<@Nullable WebElement> wanted) {
        for (int i = 0; i < MOST_TABS; i++) {
            WebElement target = wanted.get();
            if (target == null) {
                return null;
            }
            if (Objects.equals(true, driver.executeScript("return document.activeElement === arguments[0]", target))) {
                assertThat(driver.executeScript(
                                "const style = getComputedStyle(arguments[0]);"
                                        + "return style.outlineStyle !== 'none' || style.boxShadow !== 'none'",
                                target))
                        .as("the focus on '%s' can be seen", name)
                        .isEqualTo(true);
                return target;
            }
            driver.switchTo().activeElement().sendKeys(Keys.TAB);
        }
        throw new AssertionError("'" + name + "' is not reached by " + MOST_TABS + " tabulators");
    }

    // ---- what people see ----------------------------------------------------------------------------------------

    /** All that can be read, or all of the open dialog. */
    String text() {
        return String.valueOf(driver.executeScript(TEXT));
    }

    /** Waits until texts can be read. */
    Browser see(String... texts) {
        for (String text : texts) {
            until("see '" + text + "'", () -> text().contains(flat(text)) ? text : null);
        }
        checkWidth();
        return this;
    }

    /** Waits until a text cannot be read any more. */
    Browser seeNoMore(String text) {
        until("see '" + text + "' no more", () -> text().contains(flat(text)) ? null : text);
        return this;
    }

    /** Waits until one row of a table says all of these. */
    Browser seeRow(String... parts) {
        List<String> wanted = Arrays.stream(parts).map(Browser::flat).toList();
        until(
                "see a row with " + wanted,
                () -> driver.executeScript(ROW, wanted).equals(true) ? wanted : null);
        return this;
    }

    /** Whether something that can be pressed has a name. */
    boolean offers(String name) {
        return find(CONTROL, name, "") != null;
    }

    /** Waits until a dialog is open. */
    Browser seeDialog() {
        until(
                "see a dialog",
                () -> driver.executeScript("return document.querySelector('dialog[open]') !== null")
                                .equals(true)
                        ? ""
                        : null);
        return this;
    }

    /** Waits until no dialog is open. */
    Browser seeNoDialog() {
        until(
                "see no dialog",
                () -> driver.executeScript("return document.querySelector('dialog[open]') === null")
                                .equals(true)
                        ? ""
                        : null);
        return this;
    }

    /** The address within the console. */
    String path() {
        return Objects.requireNonNull(driver.getCurrentUrl()).substring(address.length());
    }

    /** Asks the page; for what people see but texts do not say. */
    @Nullable
    Object ask(String script, Object... arguments) {
        return driver.executeScript(script, arguments);
    }

    /** Waits for an answer of the page. */
    void until(String what, String script, Object... arguments) {
        until(what, () -> Objects.equals(true, driver.executeScript(script, arguments)) ? what : null);
    }

    private static String flat(String text) {
        return text.replaceAll("\\s+", " ").strip();
    }

    private @Nullable WebElement find(String script, String name, String place) {
        return (WebElement) driver.executeScript(script, flat(name), flat(place));
    }

    private <T> T until(String what, Supplier<@Nullable T> wanted) {
        long began = SystemTime.startNanos();
        String last = "";
        while (SystemTime.elapsedSince(began).compareTo(PATIENCE) < 0) {
            try {
                T found = wanted.get();
                if (found != null) {
                    return found;
                }
            } catch (WebDriverException movedMeanwhile) {
                last = movedMeanwhile.getRawMessage();
            }
            pause();
        }
        throw new AssertionError("waited in vain to " + what + " at " + driver.getCurrentUrl() + "; " + last
                + "\nThe page says: " + text());
    }

    private static void pause() {
        try {
            SystemTime.pause(Duration.ofMillis(50));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** On a telephone nothing may need to be pushed sideways. */
    private void checkWidth() {
        if (narrow) {
            assertThat((Long) driver.executeScript("return document.documentElement.scrollWidth"))
                    .as("the width of %s on a screen of 360 pixels", driver.getCurrentUrl())
                    .isLessThanOrEqualTo(360);
        }
    }

    // ---- what machines see --------------------------------------------------------------------------------------

    /** What axe-core finds against WCAG 2.2 A and AA: one line each, with what it is about. */
    @SuppressWarnings("unchecked")
    List<String> barriers() {
        driver.executeScript(AXE);
        return (List<String>) driver.executeAsyncScript("""
                const done = arguments[arguments.length - 1];
                axe.run(document, {
                  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa'],
                  resultTypes: ['violations'],
                }).then((result) => done(result.violations.flatMap((rule) => rule.nodes.map((node) =>
                  `${rule.id}: ${node.target.join(' ')} — ${node.failureSummary.replace(/\\s+/g, ' ')}`))),
                (error) => done([String(error)]));
                """);
    }

    private static final String AXE = axe();

    private static String axe() {
        try (InputStream script = Objects.requireNonNull(Browser.class.getResourceAsStream("/axe.min.js"))) {
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** A picture of the whole page, at most so high, as a PNG; of the window where a dialog is open. */
    byte[] picture(int mostHeight) {
        // what lies beside an open dialog ends with the window
        Object height = driver.executeScript("return document.querySelector('dialog[open]') ? window.innerHeight"
                + " : document.documentElement.scrollHeight");
        Map<String, Object> answer = driver.executeCdpCommand(
                "Page.captureScreenshot",
                Map.of(
                        "format",
                        "png",
                        "captureBeyondViewport",
                        true,
                        "clip",
                        Map.of(
                                "x",
                                0,
                                "y",
                                0,
                                "width",
                                narrow ? 360 : 1280,
                                "height",
                                Math.min(mostHeight, ((Number) Objects.requireNonNull(height)).intValue()),
                                "scale",
                                1)));
        return Base64.getDecoder().decode((String) answer.get("data"));
    }

    @Override
    public void close() {
        driver.quit();
    }
}
