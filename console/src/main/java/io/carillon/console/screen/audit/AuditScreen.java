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
package io.carillon.console.screen.audit;

import io.carillon.console.access.Visitor;
import io.carillon.console.ask.Answer;
import io.carillon.console.ask.Questions;
import io.carillon.console.command.RefusedException;
import io.carillon.console.command.Trail;
import io.carillon.console.screen.audit.AuditView.Filter;
import io.carillon.console.web.Csv;
import io.carillon.console.web.Page;
import io.carillon.console.web.Pages;
import io.carillon.console.web.Scope;
import io.carillon.console.web.SeenTrail;
import io.carillon.console.web.SeenTrail.Part;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;

/** Who did this, and why? What was commanded, for those who may see what it was done to. Nothing is changed here. Thread-safe. */
@Controller
public final class AuditScreen {
    private static final int ROWS = 50;
    private static final int READ_AT_ONCE = 500;
    private static final int MOST_EXPORTED = 5_000;
    private static final int LONGEST = 200;

    private final Scope scope;
    private final SeenTrail trail;
    private final Questions questions;
    private final Pages pages;

    public AuditScreen(Scope scope, SeenTrail trail, Questions questions, Pages pages) {
        this.scope = scope;
        this.trail = trail;
        this.questions = questions;
        this.pages = pages;
    }

    @GetMapping("/audit")
    void show(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Filter filter = filter(request);
        Page page = pages.page(request, scope.onlyCluster(request), "/audit" + filter.query());
        UUID before = SeenTrail.id(Scope.text(request, "before"));
        Answer<Part> part = part(request, page, filter, before, ROWS);
        String self = "/audit" + filter.query();
        if (before != null) {
            self += (self.contains("?") ? "&" : "?") + "before=" + before;
        }
        pages.show(
                request,
                response,
                200,
                "audit",
                pages.page(request, scope.onlyCluster(request), self),
                new AuditView(filter, part));
    }

    @GetMapping("/audit/export")
    void export(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Filter filter = filter(request);
        Page page = pages.page(request, scope.onlyCluster(request), "/audit");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "id", "at", "who", "from", "what", "cluster", "job", "target", "before", "after", "reason", "result"));
        UUID before = null;
        boolean more = true;
        while (more && rows.size() <= MOST_EXPORTED) {
            Answer<Part> part = part(request, page, filter, before, READ_AT_ONCE);
            if (!(part instanceof Answer.Known<Part> known)) {
                throw new RefusedException(503, "problem.auditMissing");
            }
            for (Trail.Entry entry : known.value().entries()) {
                rows.add(row(entry));
            }
            before = known.value().next();
            more = before != null;
            questions.forgetRecords();
        }
        if (more) {
            rows.add(List.of(page.t("audit.exportCut", rows.size() - 1)));
        }
        Csv.write(response, "audit.csv", rows);
    }

    private static List<String> row(Trail.Entry entry) {
        return List.of(
                entry.id().toString(),
                entry.at().toString(),
                entry.who(),
                entry.from(),
                entry.what(),
                entry.cluster(),
                entry.job(),
                entry.target(),
                Objects.requireNonNullElse(entry.before(), ""),
                Objects.requireNonNullElse(entry.after(), ""),
                entry.reason(),
                Objects.requireNonNullElse(entry.result(), ""));
    }

    @GetMapping("/audit/{id}")
    void one(@PathVariable("id") String text, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        UUID id = SeenTrail.id(text);
        Answer<List<Trail.Entry>> answer = id == null
                ? new Answer.Known<>(
                        List.of(),
                        pages.page(request, scope.onlyCluster(request), "/audit")
                                .formats()
                                .now())
                : trail.find(Visitor.of(request), id);
        AuditView view = new AuditView(filter(request), answer.map(found -> new Part(found, null)));
        if (view.part() instanceof Answer.Known<Part> known
                && known.value().entries().isEmpty()) {
            throw new RefusedException(404, "problem.unknownEntry");
        }
        pages.show(
                request,
                response,
                200,
                "entry",
                pages.page(request, scope.onlyCluster(request), "/audit/" + Page.segment(text)),
                view);
    }

    private Filter filter(HttpServletRequest request) {
        return new Filter(
                text(request, "cluster"),
                text(request, "job"),
                text(request, "who"),
                text(request, "what"),
                text(request, "ended"),
                text(request, "from"),
                text(request, "to"));
    }

    private static String text(HttpServletRequest request, String name) {
        String text = Scope.text(request, name);
        return text.length() > LONGEST ? text.substring(0, LONGEST) : text;
    }

    private Answer<Part> part(HttpServletRequest request, Page page, Filter filter, @Nullable UUID before, int rows) {
        Trail.Question question = new Trail.Question(
                filter.cluster(),
                filter.job(),
                filter.who(),
                filter.what(),
                filter.how(),
                page.instant(filter.from()),
                page.instant(filter.to()));
        return trail.latest(Visitor.of(request), question, before, rows);
    }
}
