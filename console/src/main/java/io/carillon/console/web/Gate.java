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

import io.carillon.console.access.Callers;
import io.carillon.console.access.Visitor;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.util.UriUtils;

/**
 * Each request to the console passes here: who is it, does it come from our own pages, is it small enough. What somebody may do
 * with which object is decided where it is done. Thread-safe.
 *
 * <p>Unsafe verbs need {@code Sec-Fetch-Site: same-origin} (browsers on plain http do not send it: then an {@code Origin} of our
 * own) and the token of the visitor's pages; a token of the API needs neither, since no browser sends it by itself.
 */
public final class Gate implements HandlerInterceptor {
    /** The attribute by which a filter tells that it refused the body: 408 or 413. */
    public static final String BODY_REFUSED = "io.carillon.body-refused";

    private static final String OURS = "io.carillon.console.";
    private static final int MOST_BODY = 512 * 1_024;

    private final Callers callers;
    private final Pages pages;
    private final String path;

    /** @param path what comes before all addresses of the console, within the application */
    public Gate(Callers callers, Pages pages, String path) {
        this.callers = callers;
        this.pages = pages;
        this.path = path;
    }

    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler)
            throws IOException {
        if (handler instanceof HandlerMethod method
                && !method.getBeanType().getName().startsWith(OURS)) {
            // handlers of others at the same addresses guard themselves
            return true;
        }
        SecureHeaders.write(response);
        String address =
                request.getRequestURI().substring(request.getContextPath().length() + path.length());
        if (address.startsWith("/assets/")) {
            return true;
        }
        boolean api = address.startsWith("/api/");
        boolean safe = Callers.isSafe(request);
        Visitor visitor;
        try {
            visitor = callers.visitor(request, response);
        } catch (RuntimeException down) {
            refuse(request, response, api, 503, "problem.accounts");
            return false;
        }
        visitor.attach(request);
        if (!safe && request.getContentLengthLong() > MOST_BODY) {
            refuse(request, response, api, 413, "problem.tooLarge");
            return false;
        }
        if (!safe) {
            // reads a form to its end; what a filter refused of it is said here, and not what its absence would mean
            request.getParameter(Callers.CSRF_FIELD);
            Integer refused = bodyRefused(request);
            if (refused != null) {
                refuse(request, response, api, refused, refused == 408 ? "problem.tooSlow" : "problem.tooLarge");
                return false;
            }
        }
        if (!safe && visitor.kind() != Visitor.Kind.TOKEN && !Callers.isFromOurPage(request, visitor)) {
            refuse(request, response, api, 403, "problem.foreign");
            return false;
        }
        boolean open = address.equals("/login") || address.equals("/welcome") || address.equals("/preferences");
        if (visitor.kind() != Visitor.Kind.NOBODY || open) {
            return true;
        }
        if (api || !callers.hasLogin() || Callers.isByToken(request)) {
            response.setHeader("WWW-Authenticate", "Bearer");
            refuse(request, response, api, 401, "problem.noLogin");
        } else if (Pages.isLive(request)) {
            // an open page whose session has ended: htmx leads it to the login
            response.setHeader("HX-Redirect", loginAddress(request, "/"));
            response.setStatus(401);
        } else {
            String query = request.getQueryString();
            response.sendRedirect(loginAddress(request, safe ? address + (query == null ? "" : "?" + query) : "/"));
        }
        return false;
    }

    /** With which status a filter refused the body, or null; see {@link #BODY_REFUSED}. */
    static @Nullable Integer bodyRefused(HttpServletRequest request) {
        return request.getAttribute(BODY_REFUSED) instanceof Integer status ? status : null;
    }

    private String loginAddress(HttpServletRequest request, String back) {
        return request.getContextPath() + path + "/login?back=" + UriUtils.encode(back, StandardCharsets.UTF_8);
    }

    private void refuse(HttpServletRequest request, HttpServletResponse response, boolean api, int status, String key)
            throws IOException {
        if (api) {
            pages.problemJson(request, response, status, key);
        } else {
            pages.problem(request, response, status, key);
        }
    }
}
