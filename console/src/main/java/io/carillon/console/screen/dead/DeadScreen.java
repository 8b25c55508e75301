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
package io.carillon.console.screen.dead;

import io.carillon.console.ConsoleMessages;
import io.carillon.console.access.Role;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.Answer;
import io.carillon.console.ask.Ask.Question;
import io.carillon.console.ask.DeadWords;
import io.carillon.console.ask.Questions;
import io.carillon.console.command.Commands;
import io.carillon.console.command.RefusedException;
import io.carillon.console.web.Page;
import io.carillon.console.web.Pages;
import io.carillon.console.web.Scope;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.operations.DeadLetters;
import io.carillon.messages.operations.DeadLetters.By;
import io.carillon.messages.operations.DeadLetters.Choice;
import io.carillon.messages.operations.MessageSearch;
import io.carillon.messages.operations.MessageSearch.DeadLetter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;

/** Which messages were given up, of which cause: replay them, fix first, or drop them? Thread-safe. */
@Controller
public final class DeadScreen {
    static final int PAGE_SIZE = 100;
    private static final int MOST_LOOKED = 10_000;
    private static final int MOST_EXPORTED = 10_000;
    /** What a spreadsheet takes for the beginning of a formula. */
    private static final String FORMULA = "=+-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20|%";

    private final Scope scope;
    private final Questions questions;
    private final Commands commands;
    private final Pages pages;

    public DeadScreen(Scope scope, Questions questions, Commands commands, Pages pages) {
        this.scope = scope;
        this.questions = questions;
        this.commands = commands;
        this.pages = pages;
    }

    @GetMapping("/messages/dead")
    void show(HttpServletRequest request, HttpServletResponse response) throws IOException {
        ConsoleMessages store = scope.messages(request);
        MessageSearch search = store.operations().search();
        By by = by(request);
        Choice choice = choice(request);
        MessageId before = before(request);
        Question<DeadLetters> groups = choice != null
                ? null
                : questions.of(store, "dead by " + by, () -> DeadLetters.of(search, by, MOST_LOOKED));
        Question<List<DeadLetter>> letters = choice == null
                ? null
                : questions.of(
                        store,
                        "dead " + choice + " " + before,
                        () -> DeadLetters.letters(search, choice, before, PAGE_SIZE + 1));
        DeadView view = new DeadView(
                store.store(),
                scope.sources().messages().stream().map(ConsoleMessages::store).toList(),
                by,
                choice,
                groups == null ? null : groups.answer(),
                letters == null ? null : letters.answer(),
                before,
                store.operations().commands() != null && commands.isOffered(Visitor.of(request), Role.OPERATOR));
        String self = Page.messagesAddress(
                "/dead",
                "store",
                store.store(),
                "by",
                by.name().toLowerCase(Locale.ROOT),
                "topic",
                Scope.text(request, "topic"),
                "cause",
                Scope.text(request, "cause"),
                "consumer",
                Scope.text(request, "consumer"),
                "before",
                before == null ? "" : before.toString());
        pages.show(request, response, 200, "dead", pages.page(request, scope.onlyCluster(request), self), view);
    }

    private static By by(HttpServletRequest request) {
        for (By by : By.values()) {
            if (by.name().equalsIgnoreCase(Scope.text(request, "by"))) {
                return by;
            }
        }
        return By.CAUSE;
    }

    /** The group that an address chooses, or null for none. */
    private static @Nullable Choice choice(HttpServletRequest request) {
        return DeadWords.choice(
                Scope.text(request, "topic"), Scope.text(request, "cause"), Scope.text(request, "consumer"));
    }

    private static @Nullable MessageId before(HttpServletRequest request) {
        String text = Scope.text(request, "before");
        try {
            return text.isEmpty() ? null : MessageId.parse(text);
        } catch (IllegalArgumentException malformed) {
            throw new RefusedException(404, "problem.unknownMessage", text);
        }
    }

    /** The dead messages, or those of a group, for a spreadsheet; what it would take for a formula begins with an apostrophe. */
    @GetMapping("/messages/dead/export")
    void export(HttpServletRequest request, HttpServletResponse response) throws IOException {
        ConsoleMessages store = scope.messages(request);
        Choice given = choice(request);
        Choice choice = given == null ? new Choice(null, null, null) : given;
        Answer<List<DeadLetter>> answer = questions
                .of(
                        store,
                        "export dead " + choice,
                        () -> DeadLetters.letters(store.operations().search(), choice, null, MOST_EXPORTED + 1))
                .answer();
        if (!answer.isKnown()) {
            throw new RefusedException(503, "problem.storeSilent", store.store());
        }
        List<DeadLetter> letters = answer.or(List.of());
        StringBuilder csv = new StringBuilder("\uFEFF");
        row(csv, "store", "id", "made", "topic", "tag", "attempts", "waiting for", "last error");
        for (DeadLetter letter : letters.subList(0, Math.min(MOST_EXPORTED, letters.size()))) {
            String error = letter.cause();
            row(
                    csv,
                    store.store(),
                    letter.id().toString(),
                    letter.id().time().toString(),
                    letter.topic(),
                    letter.tag(),
                    String.valueOf(letter.attempt()),
                    String.join(" ", letter.waiting()),
                    error == null ? "" : error);
        }
        if (letters.size() > MOST_EXPORTED) {
            row(csv, Pages.texts(request).get("dead.exportCut", MOST_EXPORTED));
        }
        byte[] body = csv.toString().getBytes(StandardCharsets.UTF_8);
        response.setContentType("text/csv;charset=UTF-8");
        response.setHeader("Content-Disposition", "attachment; filename=\"dead-messages.csv\"");
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }

    private static void row(StringBuilder csv, String... cells) {
        for (int i = 0; i < cells.length; i++) {
            csv.append(i == 0 ? "" : ",").append(cell(cells[i]));
        }
        csv.append("\r\n");
    }

    static String cell(String text) {
        boolean formula = !text.isEmpty() && FORMULA.indexOf(text.charAt(0)) >= 0;
        return '"' + (formula ? "'" : "") + text.replace("\"", "\"\"") + '"';
    }
}
