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
package io.carillon.console.screen.consumers;

import io.carillon.console.ConsoleMessages;
import io.carillon.console.access.Role;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.Ask.Question;
import io.carillon.console.ask.Questions;
import io.carillon.console.command.Commands;
import io.carillon.console.command.RefusedException;
import io.carillon.console.screen.consumers.ConsumersView.Parks;
import io.carillon.console.web.Page;
import io.carillon.console.web.Pages;
import io.carillon.console.web.Scope;
import io.carillon.messages.directory.Directory;
import io.carillon.messages.directory.DirectoryView;
import io.carillon.messages.operations.GroupLags;
import io.carillon.messages.operations.GroupLags.Lag;
import io.carillon.messages.recovery.ParkedCommands;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;

/** Which consumer is behind; pause it? And what could it not handle? Thread-safe. */
@Controller
public final class ConsumersScreen {
    private static final int MOST_COUNTED = 200;

    private final Scope scope;
    private final Questions questions;
    private final Commands commands;
    private final Pages pages;
    private final InstantSource time;

    public ConsumersScreen(Scope scope, Questions questions, Commands commands, Pages pages, InstantSource time) {
        this.scope = scope;
        this.questions = questions;
        this.commands = commands;
        this.pages = pages;
        this.time = time;
    }

    private List<String> stores() {
        return scope.sources().messages().stream().map(ConsoleMessages::store).toList();
    }

    @GetMapping("/messages/consumers")
    void show(HttpServletRequest request, HttpServletResponse response) throws IOException {
        ConsoleMessages store = scope.messages(request);
        Directory directory = store.directory();
        ParkedCommands parked = store.parked();
        GroupLags groups = store.operations().lags();
        Question<DirectoryView> entries = directory == null ? null : questions.of(store, "directory", directory::read);
        Question<Map<String, Lag>> lags =
                questions.of(store, "lags", () -> groups.lags(time.instant().minus(GroupLags.OVERDUE)).stream()
                        .collect(Collectors.toMap(Lag::group, lag -> lag)));
        Question<Map<String, Instant>> confirmed = questions.of(store, "last confirmed", groups::lastConfirmed);
        Question<Parks> parks = parked == null ? null : questions.of(store, "parked counts", () -> count(parked));
        Visitor visitor = Visitor.of(request);
        boolean editable = store.edits() != null;
        ConsumersView view = new ConsumersView(
                store.store(),
                stores(),
                entries == null ? null : entries.answer(),
                lags.answer(),
                confirmed.answer(),
                parks == null ? null : parks.answer(),
                editable && commands.isOffered(visitor, Role.OPERATOR),
                editable && commands.isOffered(visitor, Role.EDITOR));
        String self = Page.messagesAddress("/consumers", "store", store.store());
        pages.show(request, response, 200, "consumers", pages.page(request, scope.onlyCluster(request), self), view);
    }

    private static Parks count(ParkedCommands parked) {
        List<ParkedCommands.Waiting> found = parked.list(null, null, MOST_COUNTED);
        Map<String, Integer> counts = new TreeMap<>();
        found.forEach(each -> counts.merge(each.message().group(), 1, Integer::sum));
        return new Parks(counts, found.size() == MOST_COUNTED);
    }

    @GetMapping("/messages/consumers/parked")
    void parked(HttpServletRequest request, HttpServletResponse response) throws IOException {
        ConsoleMessages store = scope.messages(request);
        ParkedCommands parked = store.parked();
        String group = Scope.text(request, "group");
        String after = Scope.text(request, "after");
        ParkedCommands.Key last = last(after);
        Question<List<ParkedCommands.Waiting>> asked = parked == null
                ? null
                : questions.of(
                        store,
                        "parked list " + after + "\n" + group,
                        () -> parked.list(group.isEmpty() ? null : group, last, ParkedView.PAGE_SIZE + 1));
        ParkedView view = new ParkedView(
                store.store(),
                stores(),
                group,
                asked == null ? null : asked.answer(),
                last == null,
                store.operations().commands() != null && commands.isOffered(Visitor.of(request), Role.OPERATOR));
        String self = Page.messagesAddress("/consumers/parked", "store", store.store(), "group", group, "after", after);
        pages.show(request, response, 200, "parked", pages.page(request, scope.onlyCluster(request), self), view);
    }

    /** Where a page begins. */
    private static ParkedCommands.@Nullable Key last(String after) {
        try {
            return after.isEmpty() ? null : ParkedCommands.Key.parse(after);
        } catch (IllegalArgumentException malformed) {
            throw new RefusedException(404, "problem.unknownMessage", after);
        }
    }
}
