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
package io.carillon.console.screen.access;

import io.carillon.console.ShownSettings;
import io.carillon.console.access.Accounts;
import io.carillon.console.access.Accounts.AccountException;
import io.carillon.console.access.Grant;
import io.carillon.console.access.Role;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.Answer;
import io.carillon.console.ask.Questions;
import io.carillon.console.command.AccessCommand;
import io.carillon.console.command.AccessCommand.GiveRole;
import io.carillon.console.command.AccessCommand.MakeToken;
import io.carillon.console.command.AccessCommand.NewLink;
import io.carillon.console.command.AccessCommand.RemoveToken;
import io.carillon.console.command.AccessCommand.RemoveUser;
import io.carillon.console.command.AccessCommand.TakeRole;
import io.carillon.console.command.Command.Done;
import io.carillon.console.command.Commands;
import io.carillon.console.command.ConsoleCommand;
import io.carillon.console.command.RefusedException;
import io.carillon.console.command.ThresholdCommand;
import io.carillon.console.command.Thresholds;
import io.carillon.console.screen.access.AccessView.Field;
import io.carillon.console.screen.access.AccessView.People;
import io.carillon.console.screen.access.AccessView.Step;
import io.carillon.console.screen.access.AccessView.Typed;
import io.carillon.console.web.Page;
import io.carillon.console.web.Pages;
import io.carillon.console.web.Scope;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;

/**
 * Who may do what? Users, their roles, tokens of the API; and the settings that the application has. Only who administers
 * everywhere sees and changes users and tokens. Thread-safe.
 */
@Controller
public final class AccessScreen {
    private static final Set<String> FROM_A_FORM = Set.of("give-role", "make-token", "set-thresholds");

    private final Scope scope;
    private final Accounts accounts;
    private final boolean ownLogin;
    private final Questions questions;
    private final Commands commands;
    private final Thresholds thresholds;
    private final List<ShownSettings> settings;
    private final Pages pages;

    /** @param ownLogin whether the console has users of its own */
    public AccessScreen(
            Scope scope,
            Accounts accounts,
            boolean ownLogin,
            Questions questions,
            Commands commands,
            Thresholds thresholds,
            List<ShownSettings> settings,
            Pages pages) {
        this.scope = scope;
        this.accounts = accounts;
        this.ownLogin = ownLogin;
        this.questions = questions;
        this.commands = commands;
        this.thresholds = thresholds;
        this.settings = List.copyOf(settings);
        this.pages = pages;
    }

    @GetMapping("/access")
    void show(HttpServletRequest request, HttpServletResponse response) throws IOException {
        showAll(request, response, 200, Typed.NOTHING, "");
    }

    private void showAll(
            HttpServletRequest request, HttpServletResponse response, int status, Typed typed, String problem)
            throws IOException {
        boolean administers = Visitor.of(request).mayEverywhere(Role.ADMIN);
        Answer<People> people = administers
                ? questions
                        .records("people", () -> new People(ownLogin ? accounts.users() : List.of(), accounts.tokens()))
                        .answer()
                : new Answer.Known<>(
                        new People(List.of(), List.of()),
                        pages.page(request, scope.onlyCluster(request), "/access")
                                .formats()
                                .now());
        pages.show(
                request,
                response,
                status,
                "access",
                pages.page(request, scope.onlyCluster(request), "/access"),
                new AccessView(administers, ownLogin, people, health(request, typed), settings, typed, problem));
    }

    /** The thresholds as they hold; where some were just refused, as they were typed. */
    private Answer<AccessView.Health> health(HttpServletRequest request, Typed typed) {
        return questions
                .records("thresholds", thresholds::look)
                .answer()
                .map(known -> new AccessView.Health(
                        thresholds.list(known.now()).stream()
                                .map(one -> new AccessView.Limit(
                                        one,
                                        typed.command().equals("set-thresholds")
                                                ? Scope.text(request, one.name())
                                                : one.value()))
                                .toList(),
                        known.version()));
    }

    @GetMapping("/access/{command}")
    void ask(@PathVariable("command") String name, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        administrator(request, name);
        showStep(request, response, 200, command(name, request), "", "", "");
    }

    /** Also looking at a user or a token is the administrators'. */
    private static void administrator(HttpServletRequest request, String what) {
        if (!Visitor.of(request).mayEverywhere(Role.ADMIN)) {
            throw new RefusedException(403, "problem.role", Role.ADMIN.key(), what);
        }
    }

    @PostMapping("/access/{command}")
    void run(@PathVariable("command") String name, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        administrator(request, name);
        Page page = pages.page(request, scope.onlyCluster(request), "/access");
        ConsoleCommand command;
        try {
            command = command(name, request);
            Done done = commands.run(Visitor.of(request), command, Scope.text(request, "reason"));
            response.setHeader("HX-Trigger", "carillon-done");
            String secret =
                    done.values().size() < 2 ? "" : String.valueOf(done.values().get(1));
            showStep(
                    request,
                    response,
                    200,
                    command,
                    "",
                    page.t(done.key(), done.values().toArray()),
                    secret.isEmpty() || name.equals("make-token") ? secret : linkAddress(request, secret));
        } catch (AccountException refused) {
            again(request, response, 422, name, page.t(refused.key(), refused.values()));
        } catch (RefusedException refused) {
            if (refused.status() == 403 || refused.status() == 404) {
                throw refused;
            }
            again(request, response, refused.status(), name, page.t(refused.key() + ".text", refused.values()));
        }
    }

    private String linkAddress(HttpServletRequest request, String link) {
        String url = request.getRequestURL().toString();
        String here = url.substring(0, url.length() - request.getRequestURI().length());
        return here + pages.base(request) + "/welcome?link=" + link;
    }

    /** What was refused, to be corrected where it was typed. */
    private void again(
            HttpServletRequest request, HttpServletResponse response, int status, String name, String problem)
            throws IOException {
        if (FROM_A_FORM.contains(name)) {
            Typed typed = new Typed(
                    name,
                    Scope.text(request, "user"),
                    Scope.text(request, "role"),
                    Scope.text(request, "cluster"),
                    Scope.text(request, "group"),
                    Scope.text(request, "grants"),
                    Scope.text(request, "days"));
            showAll(request, response, status, typed, problem);
        } else {
            showStep(request, response, status, command(name, request), problem, "", "");
        }
    }

    private void showStep(
            HttpServletRequest request,
            HttpServletResponse response,
            int status,
            ConsoleCommand command,
            String problem,
            String done,
            String secret)
            throws IOException {
        List<Field> fields = new ArrayList<>();
        for (String field : new String[] {"user", "grant", "id"}) {
            if (!Scope.text(request, field).isEmpty()) {
                fields.add(new Field(field, Scope.text(request, field)));
            }
        }
        Step step = new Step(
                command.name(),
                command.target(),
                command instanceof TakeRole take ? take.grant().toString() : "",
                fields,
                command.needsReason(),
                Scope.text(request, "reason"),
                problem,
                done,
                secret);
        pages.show(
                request,
                response,
                status,
                "accessstep",
                pages.page(request, scope.onlyCluster(request), "/access/" + Page.segment(command.name())),
                step);
    }

    private ConsoleCommand command(String name, HttpServletRequest request) {
        String user = Scope.text(request, "user");
        if (!ownLogin && !name.endsWith("-token") && !name.endsWith("-thresholds")) {
            throw new RefusedException(404, "problem.unknownCommand", name);
        }
        return switch (name) {
            case "give-role" -> new GiveRole(accounts, user, grant(request));
            case "take-role" -> new TakeRole(accounts, user, only(grants(Scope.text(request, "grant"))));
            case "new-link" -> new NewLink(accounts, user);
            case "remove-user" -> new RemoveUser(accounts, user);
            case "make-token" ->
                new MakeToken(accounts, user, some(grants(Scope.text(request, "grants"))), lasts(request));
            case "remove-token" -> new RemoveToken(accounts, Scope.text(request, "id"));
            case "set-thresholds" -> new ThresholdCommand.Change(thresholds, limits(request), version(request));
            case "reset-thresholds" -> new ThresholdCommand.Reset(thresholds);
            default -> throw new RefusedException(404, "problem.unknownCommand", name);
        };
    }

    /** Those of the form's fields that are named like a threshold. */
    private Map<String, String> limits(HttpServletRequest request) {
        Map<String, String> wanted = new LinkedHashMap<>();
        thresholds.list(thresholds.get()).forEach(one -> {
            if (request.getParameter(one.name()) != null) {
                wanted.put(one.name(), Scope.text(request, one.name()));
            }
        });
        return wanted;
    }

    private static int version(HttpServletRequest request) {
        Integer version = Scope.number(request, "version");
        return version == null ? -1 : version;
    }

    private static Grant grant(HttpServletRequest request) {
        Role role = Role.of(Scope.text(request, "role"));
        if (role == null) {
            throw new RefusedException(422, "problem.grant", Scope.text(request, "role"));
        }
        try {
            return new Grant(role, orAll(Scope.text(request, "cluster")), orAll(Scope.text(request, "group")));
        } catch (IllegalArgumentException unreadable) {
            throw new RefusedException(
                    422, "problem.grant", Scope.text(request, "cluster") + "/" + Scope.text(request, "group"));
        }
    }

    private static String orAll(String text) {
        return text.isEmpty() ? Grant.ALL : text;
    }

    private static List<Grant> grants(String text) {
        try {
            return Grant.parse(text);
        } catch (IllegalArgumentException unreadable) {
            throw new RefusedException(422, "problem.grant", text);
        }
    }

    private static Grant only(List<Grant> grants) {
        if (grants.size() != 1) {
            throw new RefusedException(422, "problem.grant", grants);
        }
        return grants.get(0);
    }

    private static List<Grant> some(List<Grant> grants) {
        if (grants.isEmpty()) {
            throw new RefusedException(422, "problem.grant", "");
        }
        return grants;
    }

    private static @Nullable Duration lasts(HttpServletRequest request) {
        if (Scope.text(request, "days").isEmpty()) {
            return null;
        }
        Integer days = Scope.number(request, "days");
        if (days == null || days < 1 || days > AccessCommand.MOST_DAYS) {
            throw new RefusedException(422, "problem.days", Scope.text(request, "days"), AccessCommand.MOST_DAYS);
        }
        return Duration.ofDays(days);
    }
}
