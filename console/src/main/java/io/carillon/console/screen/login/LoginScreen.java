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
package io.carillon.console.screen.login;

import io.carillon.console.access.Accounts;
import io.carillon.console.access.Accounts.AccountException;
import io.carillon.console.access.Callers;
import io.carillon.console.access.Cookies;
import io.carillon.console.web.Pages;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;

/** Login, logout, and the link by which a password is chosen. Thread-safe. */
@Controller
public final class LoginScreen {
    private final Accounts accounts;
    private final Pages pages;

    public LoginScreen(Accounts accounts, Pages pages) {
        this.accounts = accounts;
        this.pages = pages;
    }

    /**
     * What the login shows.
     *
     * @param back where to go on
     * @param name what was typed
     * @param problem what was wrong, or empty
     * @param empty whether nobody can log in yet
     */
    public record LoginView(String back, String name, String problem, boolean empty) {}

    /**
     * What the page behind a link shows.
     *
     * @param name whose password is chosen; empty: the first administrator chooses a name, too
     * @param over whether the link cannot be used any more
     */
    public record WelcomeView(String link, String name, String typed, String problem, boolean over) {}

    @GetMapping("/login")
    void login(HttpServletRequest request, HttpServletResponse response) throws IOException {
        showLogin(request, response, 200, "", "");
    }

    private void showLogin(
            HttpServletRequest request, HttpServletResponse response, int status, String name, String problem)
            throws IOException {
        LoginView view = new LoginView(Pages.back(request.getParameter("back")), name, problem, accounts.isEmpty());
        pages.show(request, response, status, "login", pages.page(request, "", "/login"), view);
    }

    @PostMapping("/login")
    void logIn(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String name = text(request, "name").strip();
        String session;
        try {
            session = accounts.logIn(name, text(request, "password"), request.getRemoteAddr());
        } catch (AccountException wrong) {
            String problem = pages.page(request, "", "/login").t(wrong.key(), wrong.values());
            showLogin(request, response, wrong.key().equals("account.wait") ? 429 : 403, name, problem);
            return;
        }
        Cookies.set(request, response, Callers.SESSION_COOKIE, session, -1, "Lax");
        response.sendRedirect(pages.base(request) + Pages.back(request.getParameter("back")));
    }

    @PostMapping("/logout")
    void logOut(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String session = Cookies.value(request, Callers.SESSION_COOKIE);
        if (session != null) {
            accounts.logOut(session);
        }
        Cookies.set(request, response, Callers.SESSION_COOKIE, "", 0, "Lax");
        response.sendRedirect(pages.base(request) + "/login");
    }

    @GetMapping("/welcome")
    void welcome(HttpServletRequest request, HttpServletResponse response) throws IOException {
        showWelcome(request, response, 200, "", "");
    }

    private void showWelcome(
            HttpServletRequest request, HttpServletResponse response, int status, String typed, String problem)
            throws IOException {
        String link = text(request, "link");
        Optional<String> name = accounts.linkFor(link);
        pages.show(
                request,
                response,
                name.isEmpty() ? 404 : status,
                "welcome",
                pages.page(request, "", "/welcome"),
                new WelcomeView(link, name.orElse(""), typed, problem, name.isEmpty()));
    }

    @PostMapping("/welcome")
    void redeem(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String link = text(request, "link");
        String typed = text(request, "name").strip();
        String password = text(request, "password");
        String who = accounts.linkFor(link).filter(name -> !name.isEmpty()).orElse(typed);
        try {
            if (!password.equals(text(request, "again"))) {
                String problem = pages.page(request, "", "/welcome").t("account.notTheSame");
                showWelcome(request, response, 422, typed, problem);
                return;
            }
            accounts.redeem(link, typed, password);
        } catch (AccountException wrong) {
            showWelcome(
                    request,
                    response,
                    422,
                    typed,
                    pages.page(request, "", "/welcome").t(wrong.key(), wrong.values()));
            return;
        }
        String session = accounts.logIn(who, password, request.getRemoteAddr());
        Cookies.set(request, response, Callers.SESSION_COOKIE, session, -1, "Lax");
        response.sendRedirect(pages.base(request) + "/");
    }

    private static String text(HttpServletRequest request, String name) {
        String value = request.getParameter(name);
        return value == null ? "" : value;
    }
}
