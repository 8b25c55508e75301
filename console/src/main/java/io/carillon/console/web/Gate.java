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

import io.carillon.console.access.Accounts;
import io.carillon.console.access.Grant;
import io.carillon.console.access.HostAccess;
import io.carillon.console.access.Secrets;
import io.carillon.console.access.Visitor;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
    /** The session's cookie. */
    public static final String SESSION_COOKIE = "carillon-session";
    /** The form field with the token of our own pages. */
    public static final String CSRF_FIELD = "_csrf";
    /** The header with it. */
    public static final String CSRF_HEADER = "X-Carillon-Csrf";

    private static final String OURS = "io.carillon.console.";
    private static final String VISIT_COOKIE = "carillon-visit";
    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");
    private static final int MOST_BODY = 512 * 1_024;

    private final @Nullable Accounts accounts;
    private final @Nullable HostAccess host;
    private final List<Grant> anyone;
    private final Pages pages;
    private final String path;

    /**
     * @param accounts null where the host says who is there
     * @param host null where the console has a login of its own
     * @param anyone what may be done without a login; usually nothing
     * @param path what comes before all addresses of the console, within the application
     */
    public Gate(@Nullable Accounts accounts, @Nullable HostAccess host, List<Grant> anyone, Pages pages, String path) {
        this.accounts = accounts;
        this.host = host;
        this.anyone = List.copyOf(anyone);
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
        boolean safe = SAFE.contains(request.getMethod());
        String authorization = request.getHeader("Authorization");
        boolean byToken = accounts != null && authorization != null && authorization.startsWith("Bearer ");
        Visitor visitor;
        try {
            visitor = visitor(request, response, byToken ? authorization.substring("Bearer ".length()) : null);
        } catch (RuntimeException down) {
            refuse(request, response, api, 503, "problem.accounts");
            return false;
        }
        visitor.attach(request);
        if (!safe && request.getContentLengthLong() > MOST_BODY) {
            refuse(request, response, api, 413, "problem.tooLarge");
            return false;
        }
        if (!safe && visitor.kind() != Visitor.Kind.TOKEN && !isOurs(request, visitor)) {
            refuse(request, response, api, 403, "problem.foreign");
            return false;
        }
        boolean open = address.equals("/login") || address.equals("/welcome") || address.equals("/preferences");
        if (visitor.kind() != Visitor.Kind.NOBODY || open) {
            return true;
        }
        if (api || accounts == null || byToken) {
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

    private String loginAddress(HttpServletRequest request, String back) {
        return request.getContextPath() + path + "/login?back=" + UriUtils.encode(back, StandardCharsets.UTF_8);
    }

    private Visitor visitor(HttpServletRequest request, HttpServletResponse response, @Nullable String token) {
        String from = request.getRemoteAddr();
        if (accounts != null && token != null) {
            return accounts.byToken(token)
                    .map(known -> new Visitor(known.name(), Visitor.Kind.TOKEN, known.grants(), from, ""))
                    .orElseGet(() -> Visitor.nobody(from, ""));
        }
        if (host != null) {
            String csrf = csrf(visit(request, response));
            return host.person(request)
                    .map(person -> new Visitor(person.name(), Visitor.Kind.HOST, person.grants(), from, csrf))
                    .orElseGet(() -> Visitor.nobody(from, csrf));
        }
        String session = Cookies.value(request, SESSION_COOKIE);
        if (accounts != null && session != null) {
            Optional<Accounts.Known> known = accounts.bySession(session);
            if (known.isPresent()) {
                return new Visitor(
                        known.get().name(), Visitor.Kind.USER, known.get().grants(), from, csrf(session));
            }
        }
        String csrf = csrf(visit(request, response));
        return anyone.isEmpty()
                ? Visitor.nobody(from, csrf)
                : new Visitor("anyone", Visitor.Kind.ANYONE, anyone, from, csrf);
    }

    /** A random text of the browser's, for the token of pages that are shown without a session. */
    private static String visit(HttpServletRequest request, HttpServletResponse response) {
        String known = Cookies.value(request, VISIT_COOKIE);
        if (known != null && known.length() >= 40) {
            return known;
        }
        String visit = Secrets.random();
        Cookies.set(request, response, VISIT_COOKIE, visit, -1, "Strict");
        return visit;
    }

    private static String csrf(String secret) {
        return Secrets.hash("csrf " + secret).substring(0, 32);
    }

    private static boolean isOurs(HttpServletRequest request, Visitor visitor) {
        String site = request.getHeader("Sec-Fetch-Site");
        boolean sameOrigin = site != null ? site.equals("same-origin") : isOwnOrigin(request);
        String header = request.getHeader(CSRF_HEADER);
        String sent = header != null ? header : request.getParameter(CSRF_FIELD);
        return sameOrigin && sent != null && !visitor.csrf().isEmpty() && Secrets.equal(sent, visitor.csrf());
    }

    private static boolean isOwnOrigin(HttpServletRequest request) {
        String origin = request.getHeader("Origin");
        String hostName = request.getHeader("Host");
        if (origin == null || hostName == null) {
            return false;
        }
        try {
            return hostName.equalsIgnoreCase(URI.create(origin).getAuthority());
        } catch (IllegalArgumentException malformed) {
            return false;
        }
    }

    private void refuse(
            HttpServletRequest request,
            HttpServletResponse response,
            boolean api,
            int status,
            String key,
            Object... values)
            throws IOException {
        if (api) {
            pages.problemJson(request, response, status, key, values);
        } else {
            pages.problem(request, response, status, key, values);
        }
    }
}
