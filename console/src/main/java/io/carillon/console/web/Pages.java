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
import io.carillon.console.ConsoleCluster;
import io.carillon.console.ConsoleOptions;
import io.carillon.console.ConsoleSources;
import io.carillon.console.access.Cookies;
import io.carillon.console.access.Visitor;
import io.carillon.console.text.Formats;
import io.carillon.console.text.Texts;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Renders pages for the reader who asks: language, theme, zone, rights, whole page or live part. Thread-safe. */
public final class Pages {
    private static final Logger log = LoggerFactory.getLogger(Pages.class);
    static final String LANGUAGE_COOKIE = "carillon-lang";
    static final String THEME_COOKIE = "carillon-theme";
    static final String ZONE_COOKIE = "carillon-zone";
    static final String KEYS_COOKIE = "carillon-keys";
    static final Set<String> THEMES = Set.of("light", "dark", "system");
    private static final int ONE_YEAR_SECONDS = 365 * 24 * 3_600;

    private final TemplateEngine templates = TemplateEngine.createPrecompiled(
            null, ContentType.Html, Pages.class.getClassLoader(), "io.carillon.console.templates");
    private final ConsoleOptions options;
    private final ConsoleSources sources;
    private final Assets assets;
    private final boolean ownLogin;

    /** @param ownLogin whether the console has a login of its own */
    public Pages(ConsoleOptions options, ConsoleSources sources, Assets assets, boolean ownLogin) {
        this.options = options;
        this.sources = sources;
        this.assets = assets;
        this.ownLogin = ownLogin;
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
        Visitor visitor = Visitor.of(request);
        String theme = theme(request.getParameter("theme"), Cookies.value(request, THEME_COOKIE));
        return new Page(
                texts,
                new Formats(texts, zone(request), options.time().instant()),
                base(request),
                sources.clusters().stream()
                        .map(c -> c.name())
                        .filter(visitor::sees)
                        .toList(),
                cluster,
                self,
                theme,
                !"off".equals(Cookies.value(request, KEYS_COOKIE)),
                options.refresh().toSeconds(),
                visitor,
                options.readOnly()
                        || sources.cluster(cluster)
                                .map(ConsoleCluster::readOnly)
                                .orElse(false),
                ownLogin && visitor.kind() == Visitor.Kind.USER,
                options.environment(),
                assets);
    }

    /** What comes before all addresses of the console. */
    public String base(HttpServletRequest request) {
        return request.getContextPath() + options.path();
    }

    /** An address that somebody gave, if it is one of the console's own; else its start. */
    public static String back(@Nullable String address) {
        // a second slash or a backslash would lead to another server
        return address != null && address.matches("/(?![/\\\\])[^\\\\\\s]*") && address.length() < 2_000
                ? address
                : "/";
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

    /** Writes a page, or the part to be put into an open one, that says what is wrong and where to go on. */
    public void problem(
            HttpServletRequest request, HttpServletResponse response, int status, String key, Object... values)
            throws IOException {
        SecureHeaders.write(response);
        Page page = page(request, "", "/");
        Map<String, Object> parameters = new HashMap<>();
        parameters.put("page", page);
        parameters.put("title", page.t(key + ".title"));
        parameters.put("text", page.t(key + ".text", values));
        boolean live = isLive(request);
        write(response, live ? 200 : status, live ? "problemPart" : "problem", Collections.unmodifiableMap(parameters));
    }

    /** Writes the same for a program, in English. */
    public void problemJson(
            HttpServletRequest request, HttpServletResponse response, int status, String key, Object... values)
            throws IOException {
        SecureHeaders.write(response);
        String json = "{\"type\":\"about:blank\",\"title\":" + quoted(Texts.ENGLISH.get(key + ".title"))
                + ",\"status\":" + status
                + ",\"detail\":" + quoted(Texts.ENGLISH.get(key + ".text", values))
                + ",\"instance\":" + quoted(request.getRequestURI())
                + ",\"code\":" + quoted(key.substring(key.indexOf('.') + 1)) + "}";
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        response.setStatus(status);
        response.setContentType("application/problem+json");
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }

    private static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        text.chars().forEach(c -> {
            if (c == '"' || c == '\\') {
                json.append('\\').append((char) c);
            } else if (c < ' ') {
                json.append(String.format("\\u%04x", c));
            } else {
                json.append((char) c);
            }
        });
        return json.append('"').toString();
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

    /** The language of who asks: the address's, the cookie's, the browser's. */
    public static Texts texts(HttpServletRequest request) {
        Texts asked = Texts.ofTag(request.getParameter("lang"));
        if (asked != null) {
            return asked;
        }
        Texts chosen = Texts.ofTag(Cookies.value(request, LANGUAGE_COOKIE));
        return chosen != null ? chosen : Texts.firstOf(Collections.list(request.getLocales()));
    }

    private ZoneId zone(HttpServletRequest request) {
        ZoneId chosen = zoneOf(Cookies.value(request, ZONE_COOKIE));
        return chosen == null ? options.zone() : chosen;
    }

    /** A zone by name, or null. Cookies hold {@code /} as {@code .}, which no zone has. */
    static @Nullable ZoneId zoneOf(@Nullable String name) {
        try {
            return name == null || name.isBlank() || name.length() > 60 ? null : ZoneId.of(name.replace('.', '/'));
        } catch (DateTimeException unknown) {
            return null;
        }
    }

    private static void remember(HttpServletRequest request, HttpServletResponse response, Page page) {
        if (Texts.ofTag(request.getParameter("lang")) != null) {
            prefer(request, response, LANGUAGE_COOKIE, page.texts().language());
        }
        if (request.getParameter("theme") != null) {
            prefer(request, response, THEME_COOKIE, page.theme());
        }
    }

    static void prefer(HttpServletRequest request, HttpServletResponse response, String name, String value) {
        Cookies.set(request, response, name, value, value.isEmpty() ? 0 : ONE_YEAR_SECONDS, "Lax");
    }

    private static String theme(@Nullable String... values) {
        for (String value : values) {
            if (value != null && THEMES.contains(value)) {
                return value;
            }
        }
        return "system";
    }
}
