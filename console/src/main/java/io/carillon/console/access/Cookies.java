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
package io.carillon.console.access;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The console's cookies: no script reads them, and they are sent over https only where it came by https. */
public final class Cookies {
    private Cookies() {}

    /** A cookie's value, or null. */
    public static @Nullable String value(HttpServletRequest request, String name) {
        Cookie[] cookies = request.getCookies();
        for (Cookie cookie : cookies == null ? List.<Cookie>of() : List.of(cookies)) {
            if (cookie.getName().equals(name)) {
                return cookie.getValue();
            }
        }
        return null;
    }

    /**
     * Sets a cookie.
     *
     * @param seconds how long it is kept; -1 until the browser is closed, 0 to forget it
     * @param sameSite {@code Lax} or {@code Strict}
     */
    public static void set(
            HttpServletRequest request,
            HttpServletResponse response,
            String name,
            String value,
            int seconds,
            String sameSite) {
        Cookie cookie = new Cookie(name, value);
        cookie.setPath(request.getContextPath() + "/");
        cookie.setMaxAge(seconds);
        cookie.setHttpOnly(true);
        cookie.setSecure(request.isSecure());
        cookie.setAttribute("SameSite", sameSite);
        response.addCookie(cookie);
    }
}
