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
package io.carillon.console.web;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.Utf8ByteOutput;
import io.carillon.console.ConsoleOptions;
import io.carillon.console.ConsoleSources;
import io.carillon.console.text.Formats;
import io.carillon.console.text.Texts;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Renders pages for the reader who asks: language, theme, whole page or live part. Thread-safe. */
public final class Pages {
    private static final Logger log = LoggerFactory.getLogger(Pages.class);
    private static final String LANGUAGE_COOKIE = "carillon-lang";
    private static final String THEME_COOKIE = "carillon-theme";
    private static final Set<String> THEMES = Set.of("light", "dark", "system");
    private static final int ONE_YEAR_SECONDS = 365 * 24 * 3_600;

    private final TemplateEngine templates = TemplateEngine.createPrecompiled(
            null, ContentType.Html, Pages.class.getClassLoader(), "io.carillon.console.templates");
    private final ConsoleOptions options;
    private final ConsoleSources sources;
    private final Assets assets;

    public Pages(ConsoleOptions options, ConsoleSources sources, Assets assets) {
        this.options = options;
        this.sources = sources;
        this.assets = assets;
    }

    /** Whether only the live part is wanted, to be put into a page that is open. */
    public static boolean isLive(HttpServletRequest request) {
        return "true".equals(request.getHeader("HX-Request"));
    }

    /**
     * Describes the page that is being asked for. Call it after the sources have answered, so that "now" is not older than
     * they are.
     *
     * @param cluster empty where the page belongs to none
     * @param self its address without the base, with its filters
     */
    public Page page(HttpServletRequest request, String cluster, String self) {
        Texts texts = texts(request);
        String theme = firstAllowed(THEMES, request.getParameter("theme"), cookie(request, THEME_COOKIE));
        return new Page(
                texts,
                new Formats(texts, options.zone(), options.time().instant()),
                request.getContextPath(),
                sources.clusters().stream().map(c -> c.name()).toList(),
                cluster,
                self,
                theme,
                options.refresh().toSeconds(),
                assets);
    }

    /**
     * Writes a page, or its live part when that is what the reader asks for: {@code <screen>/page} and
     * {@code <screen>/live}, both with the parameters {@code page} and {@code view}.
     */
    public void show(
            HttpServletRequest request, HttpServletResponse response, int status, String screen, Page page, Object view)
            throws IOException {
        boolean live = isLive(request);
        if (!live) {
            remember(request, response, page);
        }
        response.setHeader("Vary", "HX-Request, Accept-Language, Cookie");
        // a live part is put into the page whatever it says
        write(response, live ? 200 : status, screen + (live ? "/live" : "/page"), Map.of("page", page, "view", view));
    }

    /** Writes a page that says what is wrong and where to go on. */
    public void problem(
            HttpServletRequest request, HttpServletResponse response, int status, String key, Object... values)
            throws IOException {
        SecureHeaders.write(response);
        Page page = page(request, "", "/");
        Map<String, Object> parameters = new HashMap<>();
        parameters.put("page", page);
        parameters.put("title", page.t(key + ".title"));
        parameters.put("text", page.t(key + ".text", values));
        write(response, status, "problem", Collections.unmodifiableMap(parameters));
    }

    private void write(HttpServletResponse response, int status, String template, Map<String, Object> parameters)
            throws IOException {
        Utf8ByteOutput output = new Utf8ByteOutput();
        templates.render(template + ".jte", parameters, output);
        response.setStatus(status);
        response.setContentType("text/html;charset=UTF-8");
        response.setContentLength(output.getContentLength());
        output.writeTo(response.getOutputStream());
        log.trace("{} {}", status, template);
    }

    private static Texts texts(HttpServletRequest request) {
        Texts asked = Texts.ofTag(request.getParameter("lang"));
        if (asked != null) {
            return asked;
        }
        Texts chosen = Texts.ofTag(cookie(request, LANGUAGE_COOKIE));
        return chosen != null ? chosen : Texts.firstOf(Collections.list(request.getLocales()));
    }

    private static void remember(HttpServletRequest request, HttpServletResponse response, Page page) {
        if (Texts.ofTag(request.getParameter("lang")) != null) {
            response.addCookie(preference(request, LANGUAGE_COOKIE, page.texts().language()));
        }
        if (request.getParameter("theme") != null) {
            response.addCookie(preference(request, THEME_COOKIE, page.theme()));
        }
    }

    private static Cookie preference(HttpServletRequest request, String name, String value) {
        Cookie cookie = new Cookie(name, value);
        cookie.setPath(request.getContextPath() + "/");
        cookie.setMaxAge(ONE_YEAR_SECONDS);
        cookie.setHttpOnly(true);
        cookie.setSecure(request.isSecure());
        cookie.setAttribute("SameSite", "Lax");
        return cookie;
    }

    private static String firstAllowed(Set<String> allowed, @Nullable String... values) {
        for (String value : values) {
            if (value != null && allowed.contains(value)) {
                return value;
            }
        }
        return "system";
    }

    private static @Nullable String cookie(HttpServletRequest request, String name) {
        Cookie[] cookies = request.getCookies();
        for (Cookie cookie : cookies == null ? List.<Cookie>of() : List.of(cookies)) {
            if (cookie.getName().equals(name)) {
                return cookie.getValue();
            }
        }
        return null;
    }
}
