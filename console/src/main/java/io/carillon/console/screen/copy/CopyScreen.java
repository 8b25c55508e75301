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
package io.carillon.console.screen.copy;

import io.carillon.console.access.Grant;
import io.carillon.console.access.Role;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.CompareFilter;
import io.carillon.console.ask.CompareFilter.Kind;
import io.carillon.console.ask.CompareFilter.Row;
import io.carillon.console.command.Command.Done;
import io.carillon.console.command.Commands;
import io.carillon.console.command.ImportJobs;
import io.carillon.console.command.RefusedException;
import io.carillon.console.web.Copies;
import io.carillon.console.web.Copies.Compared;
import io.carillon.console.web.Page;
import io.carillon.console.web.Pages;
import io.carillon.console.web.Scope;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;

/** Is this cluster as the other is, and what would it take? Compare, look at the plan, take over. Thread-safe. */
@Controller
public final class CopyScreen {
    private final Scope scope;
    private final Copies copies;
    private final Commands commands;
    private final Pages pages;

    public CopyScreen(Scope scope, Copies copies, Commands commands, Pages pages) {
        this.scope = scope;
        this.copies = copies;
        this.commands = commands;
        this.pages = pages;
    }

    @GetMapping("/clusters/{cluster}/compare")
    void compare(@PathVariable("cluster") String name, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        scope.cluster(request, name);
        CompareFilter filter = CompareFilter.of(
                request.getParameter("with"),
                request.getParameter("q"),
                request.getParameter("show"),
                request.getParameter("page"));
        Compared compared = filter.with().isEmpty() ? null : copies.compare(request, name, filter);
        List<Row> rows = compared == null
                ? List.of()
                : compared.part().map(part -> part.rows()).orElse(List.of());
        Set<String> here = taken(request, name, rows);
        Set<String> there = filter.with().isEmpty() ? Set.of() : taken(request, filter.with(), rows);
        CompareView view = new CompareView(
                filter,
                scope.clusters(request).stream()
                        .map(cluster -> cluster.name())
                        .filter(other -> !other.equals(name))
                        .toList(),
                compared,
                here,
                there,
                Visitor.of(request).may(Role.EDITOR, name, Grant.ALL),
                commands.isOffered(Visitor.of(request), Role.ADMIN, name, Grant.ALL));
        pages.show(
                request,
                response,
                200,
                "compare",
                pages.page(
                        request,
                        name,
                        "/clusters/" + Page.segment(name) + "/compare"
                                + (filter.with().isEmpty() ? "" : filter.query())),
                view);
    }

    /** The jobs that the visitor may be offered to take over into a cluster; it is decided again when it is asked for. */
    private Set<String> taken(HttpServletRequest request, String cluster, List<Row> rows) {
        Visitor visitor = Visitor.of(request);
        return rows.stream()
                .filter(row -> row.kind() == Kind.HERE || row.kind() == Kind.THERE || row.kind() == Kind.DIFFERENT)
                .filter(row -> commands.isOffered(visitor, Role.EDITOR, cluster, row.group()))
                .map(Row::job)
                .collect(Collectors.toSet());
    }

    /** The form for a text; with jobs of another cluster named, what it would take to have them here. */
    @GetMapping("/clusters/{cluster}/import")
    void form(@PathVariable("cluster") String name, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        scope.cluster(request, name);
        String from = Scope.text(request, "from");
        if (!from.isEmpty()) {
            ImportJobs command = copies.takenOver(request, name, from, Scope.values(request, "job"));
            show(request, response, 200, name, ImportView.planned(command, "", "", ""));
        } else if (Visitor.of(request).may(Role.ADMIN, name, Grant.ALL)) {
            show(request, response, 200, name, ImportView.empty("", ""));
        } else {
            throw new RefusedException(403, "problem.role", Role.ADMIN.key(), name);
        }
    }

    /** Shows what it would take; with {@code step=import} and the plan that was shown, does it. */
    @PostMapping("/clusters/{cluster}/import")
    void submit(@PathVariable("cluster") String name, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        scope.cluster(request, name);
        Page page = pages.page(request, name, self(name));
        String from = Scope.text(request, "from");
        String text = from.isEmpty() ? text(request) : "";
        String reason = Scope.text(request, "reason");
        ImportJobs command;
        try {
            if (text.length() > ImportView.MOST_TEXT) {
                throw new RefusedException(413, "problem.longImport", ImportView.MOST_TEXT);
            }
            command = from.isEmpty()
                    ? copies.planned(request, name, text)
                    : copies.takenOver(request, name, from, Scope.values(request, "job"));
        } catch (RefusedException refused) {
            if (refused.status() == 422 || refused.status() == 413) {
                String kept = refused.status() == 413 ? "" : text;
                show(request, response, refused.status(), name, ImportView.empty(kept, said(page, refused)));
                return;
            }
            throw refused;
        }
        if (!Scope.text(request, "step").equals("import")) {
            show(request, response, 200, name, ImportView.planned(command, text, reason, ""));
            return;
        }
        String problem = null;
        if (!command.fingerprint().equals(Scope.text(request, "plan"))) {
            problem = page.t("import.otherPlan");
        } else if (command.changes() >= Commands.TYPED_FROM
                && !String.valueOf(command.changes()).equals(Scope.text(request, "count"))) {
            problem = page.t("confirm.wrongCount", command.changes());
        }
        if (problem != null) {
            show(request, response, 409, name, ImportView.planned(command, text, reason, problem));
            return;
        }
        try {
            Done done = commands.run(Visitor.of(request), command, reason);
            show(
                    request,
                    response,
                    200,
                    name,
                    ImportView.done(command, page.t(done.key(), done.values().toArray())));
        } catch (RefusedException refused) {
            show(
                    request,
                    response,
                    refused.status(),
                    name,
                    ImportView.planned(command, text, reason, said(page, refused)));
        }
    }

    private static String said(Page page, RefusedException refused) {
        return page.t(refused.key() + ".text", refused.values());
    }

    /** As it was typed, since blanks and lines mean something in it. */
    private static String text(HttpServletRequest request) {
        String text = request.getParameter("text");
        return text == null ? "" : text.replace("\r\n", "\n");
    }

    private static String self(String cluster) {
        return "/clusters/" + Page.segment(cluster) + "/import";
    }

    private void show(
            HttpServletRequest request, HttpServletResponse response, int status, String name, ImportView view)
            throws IOException {
        pages.show(request, response, status, "importing", pages.page(request, name, view.self(self(name))), view);
    }
}
