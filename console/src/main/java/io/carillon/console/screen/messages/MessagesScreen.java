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
package io.carillon.console.screen.messages;

import io.carillon.console.ConsoleMessages;
import io.carillon.console.PayloadRedaction;
import io.carillon.console.access.Role;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.Answer;
import io.carillon.console.ask.Ask.Question;
import io.carillon.console.ask.MessageWords;
import io.carillon.console.ask.Payload;
import io.carillon.console.ask.Questions;
import io.carillon.console.ask.Questions.Counts;
import io.carillon.console.command.Commands;
import io.carillon.console.command.RefusedException;
import io.carillon.console.screen.messages.MessageView.Confirmed;
import io.carillon.console.screen.messages.MessageView.Content;
import io.carillon.console.screen.messages.MessageView.State;
import io.carillon.console.screen.messages.MessagesView.Part;
import io.carillon.console.web.Page;
import io.carillon.console.web.Pages;
import io.carillon.console.web.Scope;
import io.carillon.messages.Message;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.operations.GroupLags;
import io.carillon.messages.operations.MessageSearch;
import io.carillon.messages.operations.MessageSearch.Confirmation;
import io.carillon.messages.operations.MessageSearch.Found;
import io.carillon.messages.recovery.ParkedCommands;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;

/** Did the order's event arrive, and who has not consumed it? Thread-safe. */
@Controller
public final class MessagesScreen {
    private static final Logger log = LoggerFactory.getLogger(MessagesScreen.class);

    /** How many messages a page holds. */
    static final int PAGE_SIZE = 50;
    /** How long a page looks for messages before it shows what it has. */
    private static final Duration LOOK = Duration.ofMillis(800);

    private final Scope scope;
    private final Questions questions;
    private final Commands commands;
    private final PayloadRedaction redaction;
    private final Pages pages;
    private final InstantSource time;

    public MessagesScreen(
            Scope scope,
            Questions questions,
            Commands commands,
            PayloadRedaction redaction,
            Pages pages,
            InstantSource time) {
        this.scope = scope;
        this.questions = questions;
        this.commands = commands;
        this.redaction = redaction;
        this.pages = pages;
        this.time = time;
    }

    @GetMapping("/messages")
    void list(HttpServletRequest request, HttpServletResponse response) throws IOException {
        ConsoleMessages store = scope.messages(request);
        MessageWords words = MessageWords.of(request.getParameter("q"), time.instant());
        MessageId before = id(Scope.text(request, "before"));
        Question<Counts> counts = questions.counts(store.operations().queries());
        Question<Part> part = words.unknown().isEmpty()
                ? questions.of(
                        store,
                        "messages " + before + " " + words.text(),
                        () -> part(store.operations().search(), words, before))
                : null;
        MessagesView view = new MessagesView(
                store.store(),
                scope.sources().messages().stream().map(ConsoleMessages::store).toList(),
                words,
                before,
                counts.answer(),
                part == null ? null : part.answer(),
                isCommanded(request, store));
        String self = Page.messagesAddress(
                "", "store", store.store(), "q", words.text(), "before", before == null ? "" : before.toString());
        pages.show(request, response, 200, "messages", page(request, self), view);
    }

    private Page page(HttpServletRequest request, String self) {
        return pages.page(request, scope.onlyCluster(request), self);
    }

    private boolean isCommanded(HttpServletRequest request, ConsoleMessages store) {
        return store.operations().commands() != null && commands.isOffered(Visitor.of(request), Role.OPERATOR);
    }

    /** One step of a search may find nothing and not be the last: it goes on for a while. */
    private Part part(MessageSearch search, MessageWords words, @Nullable MessageId before) {
        if (words.id() != null) {
            return new Part(
                    search.find(words.id()).filter(found -> words.filter().matches(found.message())).stream()
                            .toList(),
                    null);
        }
        Instant end = time.instant().plus(LOOK);
        List<Found> rows = new ArrayList<>();
        MessageId next = before;
        do {
            MessageSearch.Page page = search.search(words.filter(), next, PAGE_SIZE - rows.size());
            rows.addAll(page.found());
            next = page.next();
        } while (next != null && rows.size() < PAGE_SIZE && time.instant().isBefore(end));
        return new Part(rows, next);
    }

    private static @Nullable MessageId id(String text) {
        try {
            return text.isEmpty() ? null : MessageId.parse(text);
        } catch (IllegalArgumentException malformed) {
            throw new RefusedException(404, "problem.unknownMessage", text);
        }
    }

    @GetMapping("/messages/stores/{store}/{id}")
    void message(
            @PathVariable("store") String name,
            @PathVariable("id") String text,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        ConsoleMessages store = scope.messages(request, name);
        MessageId id = id(text);
        if (id == null) {
            throw new RefusedException(404, "problem.unknownMessage", text);
        }
        Question<Optional<Found>> asked = questions.of(
                store, "message " + id, () -> store.operations().search().find(id));
        Question<List<Confirmation>> confirmed = questions.of(
                store, "confirmations " + id, () -> store.operations().search().confirmations(id));
        Answer<Optional<Found>> found = asked.answer();
        if (found.isKnown() && found.or(Optional.empty()).isEmpty()) {
            throw new RefusedException(404, "problem.unknownMessage", id);
        }
        Optional<Found> message = found.or(Optional.empty());
        Answer<List<Confirmation>> confirmations = confirmed.answer();
        Map<String, Held> parked = parked(id, confirmations.or(List.of()));
        MessageView view = new MessageView(
                name,
                id.toString(),
                found,
                message.map(each -> content(name, each.message().message())).orElse(null),
                confirmations.map(all -> all.stream()
                        .map(each -> confirmed(each, message.orElse(null), parked))
                        .toList()),
                isCommanded(request, store));
        String self = "/messages/stores/" + Page.segment(name) + "/" + id;
        pages.show(request, response, 200, "message", page(request, self), view);
    }

    private Content content(String store, Message message) {
        try {
            Message shown = redaction.shown(store, message);
            if (shown == null) {
                return new Content(Payload.of(new byte[0], ""), "", Map.of(), true, false);
            }
            return new Content(
                    Payload.of(shown.payload(), shown.contentType()),
                    shown.contentType(),
                    new TreeMap<>(shown.headers()),
                    false,
                    false);
        } catch (RuntimeException e) {
            log.warn("payload redaction: failed for a message of store {}. Its payload is not shown.", store, e);
            return new Content(Payload.of(new byte[0], ""), "", Map.of(), false, true);
        }
    }

    /** Where a group holds a message that it could not handle. */
    private record Held(String store, String reason) {}

    /** Asks the stores whose parked messages are known for groups that have not confirmed; a store that does not answer knows none. */
    private Map<String, Held> parked(MessageId id, List<Confirmation> confirmations) {
        Map<String, Question<Optional<Held>>> asked = new TreeMap<>();
        for (Confirmation each : confirmations) {
            if (each.confirmedAt() == null) {
                String group = each.group();
                for (ConsoleMessages other : scope.sources().messages()) {
                    ParkedCommands held = other.parked();
                    if (held != null) {
                        asked.put(
                                group + "\n" + other.store(),
                                questions.of(other, "parked " + id + " " + group, () -> held.find(
                                                new ParkedCommands.Key(id, group))
                                        .map(ParkedCommands.Waiting::reason)
                                        .map(reason -> new Held(other.store(), reason))));
                    }
                }
            }
        }
        Map<String, Held> found = new TreeMap<>();
        asked.forEach((key, question) -> question.answer()
                .or(Optional.empty())
                .ifPresent(held -> found.put(key.substring(0, key.indexOf('\n')), held)));
        return found;
    }

    private Confirmed confirmed(Confirmation each, @Nullable Found message, Map<String, Held> parked) {
        if (each.confirmedAt() != null) {
            boolean waived = each.waivedBy() != null;
            return new Confirmed(
                    each.group(),
                    waived ? State.WAIVED : State.CONSUMED,
                    each.confirmedAt(),
                    waived ? String.valueOf(each.waivedBy()) : "",
                    "",
                    "");
        }
        Held held = parked.get(each.group());
        if (held != null) {
            return new Confirmed(each.group(), State.RECEIVED, null, "", held.reason(), held.store());
        }
        Instant sent = message == null ? null : message.sentAt();
        boolean late = sent != null && sent.plus(GroupLags.OVERDUE).isBefore(time.instant());
        return new Confirmed(each.group(), late ? State.OVERDUE : State.PENDING, null, "", "", "");
    }
}
