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

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who makes a request, and does it come from our own pages: the one place for the console, its API, and what else an application
 * guards with the console's users. Thread-safe.
 *
 * <p>A token of the API comes first; then whom the application knows, where it says so; then the console's own session; then what
 * anyone may.
 */
public final class Callers {
    /** The session's cookie. */
    public static final String SESSION_COOKIE = "carillon-session";
    /** The form field with the token of our own pages. */
    public static final String CSRF_FIELD = "_csrf";
    /** The header with it. */
    public static final String CSRF_HEADER = "X-Carillon-Csrf";

    private static final String VISIT_COOKIE = "carillon-visit";
    private static final String BEARER = "Bearer ";
    private static final int SHORTEST_VISIT = 40;
    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");

    private final Accounts accounts;
    private final @Nullable HostAccess host;
    private final List<Grant> anyone;

    /**
     * @param host null where the console has a login of its own
     * @param anyone what may be done without a login; usually nothing
     */
    public Callers(Accounts accounts, @Nullable HostAccess host, List<Grant> anyone) {
        this.accounts = accounts;
        this.host = host;
        this.anyone = List.copyOf(anyone);
    }

    /** Whether the console has a login of its own. */
    public boolean hasLogin() {
        return host == null;
    }

    /** Whether a request says that it comes with a token of the API. */
    public static boolean isByToken(HttpServletRequest request) {
        String authorization = request.getHeader("Authorization");
        return authorization != null && authorization.startsWith(BEARER);
    }

    /** Whether a request only looks. */
    public static boolean isSafe(HttpServletRequest request) {
        return SAFE.contains(request.getMethod());
    }

    /**
     * Who makes a request.
     *
     * @param response where a browser without a session is given a text for its forms; null: it is not, and cannot send any
     * @throws RuntimeException the store's, when it does not answer and the caller is not known from before
     */
    public Visitor visitor(HttpServletRequest request, @Nullable HttpServletResponse response) {
        String from = String.valueOf(request.getRemoteAddr());
        if (isByToken(request)) {
            return accounts.byToken(request.getHeader("Authorization").substring(BEARER.length()))
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
        if (session != null && !session.isEmpty()) {
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

    /** A random text of the browser's, for the token of pages that are shown without a session; empty for none. */
    private static String visit(HttpServletRequest request, @Nullable HttpServletResponse response) {
        String known = Cookies.value(request, VISIT_COOKIE);
        if (known != null && known.length() >= SHORTEST_VISIT) {
            return known;
        }
        if (response == null) {
            return "";
        }
        String visit = Secrets.random();
        Cookies.set(request, response, VISIT_COOKIE, visit, -1, "Strict");
        return visit;
    }

    private static String csrf(String secret) {
        return secret.isEmpty() ? "" : Secrets.hash("csrf " + secret).substring(0, 32);
    }

    /** Whether a request comes from one of our own pages: from this origin, with the token of the visitor's pages. */
    public static boolean isFromOurPage(HttpServletRequest request, Visitor visitor) {
        String site = request.getHeader("Sec-Fetch-Site");
        boolean sameOrigin = site != null ? site.equals("same-origin") : isOwnOrigin(request);
        String header = request.getHeader(CSRF_HEADER);
        String sent = header != null ? header : request.getParameter(CSRF_FIELD);
        return sameOrigin && sent != null && !visitor.csrf().isEmpty() && Secrets.equal(sent, visitor.csrf());
    }

    /**
     * Whether a browser sent a request from a page that is not ours. Programs that are no browsers say nothing of where they come
     * from; browsers cannot help it.
     */
    public static boolean isFromOtherPage(HttpServletRequest request) {
        String site = request.getHeader("Sec-Fetch-Site");
        if (site != null) {
            return !site.equals("same-origin");
        }
        return request.getHeader("Origin") != null && !isOwnOrigin(request);
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
}
