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

import io.carillon.console.access.Cookies;
import io.carillon.console.text.Texts;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.ZoneId;
import java.util.List;
import java.util.TreeSet;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;

/** What a reader likes: language, theme, zone, keys. Kept in cookies, so that no page flashes. Thread-safe. */
@Controller
public final class Preferences {
    private final Pages pages;

    public Preferences(Pages pages) {
        this.pages = pages;
    }

    /**
     * What the page shows.
     *
     * @param back where to go on
     * @param zones all that can be chosen, by name
     * @param zone the chosen one, or empty
     */
    public record View(String back, List<String> zones, String zone) {}

    @GetMapping("/preferences")
    void show(HttpServletRequest request, HttpServletResponse response) throws IOException {
        ZoneId chosen = Pages.zoneOf(Cookies.value(request, Pages.ZONE_COOKIE));
        List<String> zones = new TreeSet<>(ZoneId.getAvailableZoneIds())
                .stream()
                        .filter(id -> id.matches(
                                "(Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific)/.*|UTC"))
                        .toList();
        pages.show(
                request,
                response,
                200,
                "preferences",
                pages.page(request, "", "/preferences"),
                new View(Pages.back(request.getParameter("back")), zones, chosen == null ? "" : chosen.getId()));
    }

    @PostMapping("/preferences")
    void keep(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Texts language = Texts.ofTag(request.getParameter("language"));
        if (language != null) {
            Pages.prefer(request, response, Pages.LANGUAGE_COOKIE, language.language());
        }
        String theme = request.getParameter("colours");
        if (theme != null && Pages.THEMES.contains(theme)) {
            Pages.prefer(request, response, Pages.THEME_COOKIE, theme);
        }
        String zone = request.getParameter("zone");
        if (zone != null && (zone.isEmpty() || Pages.zoneOf(zone) != null)) {
            Pages.prefer(request, response, Pages.ZONE_COOKIE, zone.replace('/', '.'));
        }
        Pages.prefer(request, response, Pages.KEYS_COOKIE, request.getParameter("keys") == null ? "off" : "on");
        response.sendRedirect(pages.base(request) + Pages.back(request.getParameter("back")));
    }
}
