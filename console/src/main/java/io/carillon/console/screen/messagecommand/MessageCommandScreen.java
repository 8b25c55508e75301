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
package io.carillon.console.screen.messagecommand;

import io.carillon.console.ConsoleMessages;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.Answer;
import io.carillon.console.ask.DeadWords;
import io.carillon.console.ask.MessageWords;
import io.carillon.console.ask.Questions;
import io.carillon.console.command.Commands;
import io.carillon.console.command.MessageCommand;
import io.carillon.console.command.MessageCommand.Chosen;
import io.carillon.console.command.MessageCommand.Report;
import io.carillon.console.command.MessageCommand.Wish;
import io.carillon.console.command.RefusedException;
import io.carillon.console.screen.messagecommand.MessageCommandView.Field;
import io.carillon.console.web.Page;
import io.carillon.console.web.Pages;
import io.carillon.console.web.Scope;
import io.carillon.messages.directory.Directory;
import io.carillon.messages.directory.Directory.Name;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.operations.DeadLetters.Choice;
import io.carillon.messages.operations.MessageFilter;
import io.carillon.messages.recovery.ParkedCommands;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;

/**
 * One dialog for all commands on messages. It says first what would become of how many, which changes nothing; then it is done,
 * and each message's outcome is said. From {@value Commands#TYPED_FROM} messages on their number is typed. Thread-safe.
 *
 * <p>What matches the words of a list is what was made before the dialog was opened: what comes later was seen by nobody.
 */
@Controller
public final class MessageCommandScreen {
    private static final List<String> CARRIED = List.of(
            "store",
            "id",
            "q",
            "until",
            "topic",
            "cause",
            "consumer",
            "group",
            "parked",
            "kind",
            "name",
            "entryTopic",
            "tag",
            "back");

    private final Scope scope;
    private final Questions questions;
    private final Commands commands;
    private final Pages pages;
    private final InstantSource time;

    public MessageCommandScreen(Scope scope, Questions questions, Commands commands, Pages pages, InstantSource time) {
        this.scope = scope;
        this.questions = questions;
        this.commands = commands;
        this.pages = pages;
        this.time = time;
    }

    @GetMapping("/messages/commands/{command}")
    void ask(@PathVariable("command") String name, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        ConsoleMessages store = scope.messages(request);
        MessageCommand command = command(store, name, request);
        if (!commands.isOffered(Visitor.of(request), command.role())) {
            throw commands.isReadOnly()
                    ? new RefusedException(403, "problem.readOnly")
                    : new RefusedException(403, "problem.role", command.role().key(), store.store());
        }
        show(request, response, 200, command, foretold(store, command), "", null);
    }

    @PostMapping("/messages/commands/{command}")
    void run(@PathVariable("command") String name, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        ConsoleMessages store = scope.messages(request);
        MessageCommand command = command(store, name, request);
        if (Scope.text(request, "dry").equals("true")) {
            ask(name, request, response);
            return;
        }
        Page page = page(request, name);
        int most = typed(command, null);
        if (most > 0) {
            Answer<Report> foretold = foretold(store, command);
            int typed = typed(command, foretold);
            if (typed > 0 && !String.valueOf(typed).equals(Scope.text(request, "count"))) {
                show(request, response, 400, command, foretold, page.t("confirm.wrongCount", typed), null);
                return;
            }
        }
        Report done;
        try {
            done = commands.run(Visitor.of(request), command, Scope.text(request, "reason"));
        } catch (RefusedException refused) {
            if (refused.status() == 404) {
                throw refused;
            }
            show(
                    request,
                    response,
                    refused.status(),
                    command,
                    null,
                    page.t(refused.key() + ".text", refused.values()),
                    null);
            return;
        }
        response.setHeader("HX-Trigger", "carillon-done");
        show(request, response, 200, command, null, "", done);
    }

    private Page page(HttpServletRequest request, String name) {
        return pages.page(request, scope.onlyCluster(request), "/messages/commands/" + Page.segment(name));
    }

    /** What it would do; null where that cannot be told. */
    private @Nullable Answer<Report> foretold(ConsoleMessages store, MessageCommand command) {
        return command instanceof MessageCommand.OnMessages messages
                ? questions
                        .of(store, "dry run " + command, () -> messages.foretell(store))
                        .answer()
                : null;
    }

    /** The number to be typed; 0 for few messages. Where it is not known how many there are, the limit. */
    private static int typed(MessageCommand command, @Nullable Answer<Report> foretold) {
        int most = command instanceof MessageCommand.OnMessages messages
                ? messages.chosen().ids().isEmpty()
                        ? messages.chosen().limit()
                        : messages.chosen().ids().size()
                : command instanceof MessageCommand.OnParked parked
                        ? parked.keys().size()
                        : 1;
        int touched = foretold instanceof Answer.Known<Report> known
                ? (int) known.value().changed()
                : most;
        return touched >= Commands.TYPED_FROM ? touched : 0;
    }

    private void show(
            HttpServletRequest request,
            HttpServletResponse response,
            int status,
            MessageCommand command,
            @Nullable Answer<Report> foretold,
            String problem,
            @Nullable Report done)
            throws IOException {
        List<Field> hidden = new ArrayList<>();
        for (String field : CARRIED) {
            for (String value : Scope.values(request, field)) {
                hidden.add(new Field(field, value));
            }
        }
        boolean many = command instanceof MessageCommand.OnMessages messages
                && messages.chosen().ids().isEmpty();
        if (many && Scope.values(request, "until").isEmpty()) {
            hidden.add(new Field("until", time.instant().toString()));
        }
        String back = Scope.text(request, "back");
        MessageCommandView view = new MessageCommandView(
                command.name(),
                command.target(),
                hidden,
                many,
                command instanceof MessageCommand.Replay,
                limit(request),
                rate(request),
                command instanceof MessageCommand.Waive waive ? List.of(waive.group()) : List.of(),
                Scope.text(request, "reason"),
                foretold,
                done == null ? typed(command, foretold) : 0,
                problem,
                done,
                Pages.back(back.isEmpty() ? Page.messagesAddress("", "store", command.store()) : back));
        pages.show(request, response, status, "messagecommand", page(request, command.name()), view);
    }

    private MessageCommand command(ConsoleMessages store, String name, HttpServletRequest request) {
        return switch (name) {
            case "replay" -> new MessageCommand.Replay(store.store(), chosen(request), rate(request));
            case "discard" -> new MessageCommand.Discard(store.store(), chosen(request));
            case "waive" ->
                new MessageCommand.Waive(store.store(), chosen(request), needed(request, "group", "problem.group"));
            case "release-parked", "discard-parked" ->
                new MessageCommand.OnParked(store.store(), keys(request), name.equals("release-parked"));
            default -> directory(store, name, request);
        };
    }

    private static MessageCommand directory(ConsoleMessages store, String name, HttpServletRequest request) {
        for (Wish wish : Wish.values()) {
            if (name.equals(wish.name().toLowerCase(Locale.ROOT) + "-entry")) {
                return new MessageCommand.EditDirectory(store.store(), entry(request), wish);
            }
        }
        throw new RefusedException(404, "problem.unknownCommand", name);
    }

    private static Name entry(HttpServletRequest request) {
        String name = needed(request, "name", "problem.entry");
        String topic = Scope.text(request, "entryTopic");
        String tag = Scope.text(request, "tag");
        return switch (Scope.text(request, "kind")) {
            case "topic" -> Name.topic(name);
            case "tag" -> Name.tag(name, needed(request, "tag", "problem.entry"));
            case "producer" -> Name.producer(name);
            case "group" -> Name.group(name);
            case "subscription" ->
                Name.subscription(
                        name, needed(request, "entryTopic", "problem.entry"), tag.isEmpty() ? Directory.ALL : tag);
            case "pause" -> Name.pause(name, topic.isEmpty() ? Directory.ALL : topic);
            default -> throw new RefusedException(400, "problem.entry");
        };
    }

    private static String needed(HttpServletRequest request, String field, String problem) {
        String value = Scope.text(request, field);
        if (value.isEmpty() || value.length() > 200) {
            throw new RefusedException(400, problem);
        }
        return value;
    }

    private static List<ParkedCommands.Key> keys(HttpServletRequest request) {
        List<ParkedCommands.Key> keys = new ArrayList<>();
        for (String value : Scope.values(request, "parked")) {
            try {
                keys.add(ParkedCommands.Key.parse(value));
            } catch (IllegalArgumentException malformed) {
                throw new RefusedException(404, "problem.unknownMessage", value);
            }
        }
        if (keys.isEmpty() || keys.size() > Commands.MOST_TARGETS) {
            throw new RefusedException(400, "problem.targets", keys.size(), Commands.MOST_TARGETS);
        }
        return keys;
    }

    private static MessageId id(String text) {
        try {
            return MessageId.parse(text);
        } catch (IllegalArgumentException malformed) {
            throw new RefusedException(404, "problem.unknownMessage", text);
        }
    }

    /** Given ids; or a group of dead messages; or what matches words. */
    private Chosen chosen(HttpServletRequest request) {
        List<MessageId> ids = Scope.values(request, "id").stream()
                .map(MessageCommandScreen::id)
                .toList();
        if (!ids.isEmpty()) {
            if (ids.size() > Commands.MOST_TARGETS) {
                throw new RefusedException(400, "problem.targets", ids.size(), Commands.MOST_TARGETS);
            }
            return new Chosen(ids, null, null, Commands.MOST_TARGETS);
        }
        Choice choice = DeadWords.choice(
                Scope.text(request, "topic"), Scope.text(request, "cause"), Scope.text(request, "consumer"));
        if (choice != null) {
            return new Chosen(List.of(), null, choice, limit(request));
        }
        if (request.getParameter("q") == null) {
            throw new RefusedException(400, "problem.targets", 0, Commands.MOST_TARGETS);
        }
        Instant opened = until(request);
        MessageWords words = MessageWords.of(request.getParameter("q"), opened);
        if (!words.unknown().isEmpty()) {
            throw new RefusedException(400, "problem.words", String.join(" ", words.unknown()));
        }
        if (words.id() != null) {
            return new Chosen(List.of(words.id()), null, null, Commands.MOST_TARGETS);
        }
        MessageFilter filter = words.filter();
        Instant end = filter.to() == null || filter.to().isAfter(opened) ? opened.plusMillis(1) : filter.to();
        return new Chosen(List.of(), filter.made(filter.from(), end), null, limit(request));
    }

    /** When the dialog was opened. */
    private Instant until(HttpServletRequest request) {
        String text = Scope.text(request, "until");
        try {
            return text.isEmpty() ? time.instant() : Instant.parse(text);
        } catch (DateTimeException malformed) {
            throw new RefusedException(400, "problem.time", text);
        }
    }

    private static int limit(HttpServletRequest request) {
        return number(request, "limit", Commands.MOST_TARGETS);
    }

    private static int rate(HttpServletRequest request) {
        return number(request, "rate", 0);
    }

    private static int number(HttpServletRequest request, String name, int otherwise) {
        if (Scope.text(request, name).isEmpty()) {
            return otherwise;
        }
        Integer number = Scope.number(request, name);
        if (number == null) {
            throw new RefusedException(400, "problem.number", Scope.text(request, name));
        }
        return number;
    }
}
