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

import io.carillon.console.ConsoleCluster;
import io.carillon.console.access.Grant;
import io.carillon.console.access.Role;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.Answer;
import io.carillon.console.ask.Questions;
import io.carillon.console.command.RefusedException;
import io.carillon.console.command.Trail;
import io.carillon.console.screen.audit.AuditView.Filter;
import io.carillon.console.screen.audit.AuditView.Part;
import io.carillon.console.web.Csv;
import io.carillon.console.web.Page;
import io.carillon.console.web.Pages;
import io.carillon.console.web.Scope;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.util.UriUtils;

/** Who did this, and why? What was commanded, for those who may see what it was done to. Nothing is changed here. Thread-safe. */
@Controller
public final class AuditScreen {
    private static final int ROWS = 50;
    private static final int READ_AT_ONCE = 500;
    private static final int MOST_READS = 10;
    private static final int MOST_EXPORTED = 5_000;
    private static final int LONGEST = 200;

    private final Scope scope;
    private final Questions questions;
    private final Trail trail;
    private final Pages pages;

    public AuditScreen(Scope scope, Questions questions, Trail trail, Pages pages) {
        this.scope = scope;
        this.questions = questions;
        this.trail = trail;
        this.pages = pages;
    }

    @GetMapping("/audit")
    void show(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Filter filter = filter(request);
        Page page = pages.page(request, "", "/audit" + query(filter));
        UUID before = id(Scope.text(request, "before"));
        Answer<Part> part = part(request, page, filter, before, ROWS);
        String self = "/audit" + query(filter);
        if (before != null) {
            self += (self.contains("?") ? "&" : "?") + "before=" + before;
        }
        pages.show(request, response, 200, "audit", pages.page(request, "", self), new AuditView(filter, part));
    }

    @GetMapping("/audit/export")
    void export(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Filter filter = filter(request);
        Page page = pages.page(request, "", "/audit");
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
            more = known.value().older() != null;
            before = more ? lastOf(known.value()) : null;
            questions.forgetRecords();
        }
        if (more) {
            rows.add(List.of(page.t("audit.exportCut", rows.size() - 1)));
        }
        Csv.write(response, "audit.csv", rows);
    }

    private static @Nullable UUID lastOf(Part part) {
        String older = part.older();
        return older == null ? null : id(older.substring(older.lastIndexOf('=') + 1));
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
        UUID id = id(text);
        Answer<List<Trail.Entry>> answer = id == null
                ? new Answer.Known<>(
                        List.of(), pages.page(request, "", "/audit").formats().now())
                : questions
                        .records("audit entry " + id, () -> trail.find(id).stream()
                                .toList())
                        .answer();
        Seen seen = new Seen(Visitor.of(request));
        AuditView view = new AuditView(
                filter(request),
                answer.map(found -> new Part(found.stream().filter(seen::sees).toList(), null)));
        if (view.part() instanceof Answer.Known<Part> known
                && known.value().entries().isEmpty()) {
            throw new RefusedException(404, "problem.unknownEntry");
        }
        pages.show(request, response, 200, "entry", pages.page(request, "", "/audit/" + Page.segment(text)), view);
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

    private static String query(Filter filter) {
        StringBuilder query = new StringBuilder();
        String[] names = {"cluster", "job", "who", "what", "ended", "from", "to"};
        String[] values = {
            filter.cluster(), filter.job(), filter.who(), filter.what(), filter.ended(), filter.from(), filter.to()
        };
        for (int i = 0; i < names.length; i++) {
            if (!values[i].isEmpty()) {
                query.append(query.isEmpty() ? '?' : '&')
                        .append(names[i])
                        .append('=')
                        .append(UriUtils.encode(values[i], StandardCharsets.UTF_8));
            }
        }
        return query.toString();
    }

    private static @Nullable UUID id(String text) {
        return text.matches("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}") ? UUID.fromString(text) : null;
    }

    /** What matches and may be seen; reads on where much of it may not, up to a bound. */
    private Answer<Part> part(HttpServletRequest request, Page page, Filter filter, @Nullable UUID before, int rows) {
        Visitor visitor = Visitor.of(request);
        Trail.Question question = new Trail.Question(
                filter.cluster(),
                filter.job(),
                filter.who(),
                filter.what(),
                filter.how(),
                page.instant(filter.from()),
                page.instant(filter.to()));
        Seen seen = new Seen(visitor);
        // who may see all needs no more than is shown, and one to know whether there are more
        int atOnce = visitor.mayEverywhere(Role.VIEWER) ? rows + 1 : READ_AT_ONCE;
        return questions
                .records("audit " + visitor.name() + " " + question + " " + before + " " + rows, () -> {
                    List<Trail.Entry> found = new ArrayList<>();
                    UUID from = before;
                    for (int read = 0; read < MOST_READS; read++) {
                        List<Trail.Entry> some = trail.latest(question, from, atOnce);
                        for (Trail.Entry entry : some) {
                            if (found.size() == rows) {
                                return new Part(found, older(filter, from));
                            }
                            from = entry.id();
                            if (seen.sees(entry)) {
                                found.add(entry);
                            }
                        }
                        if (some.size() < atOnce) {
                            return new Part(found, null);
                        }
                    }
                    return new Part(found, older(filter, from));
                })
                .answer();
    }

    private static String older(Filter filter, @Nullable UUID last) {
        String query = query(filter);
        return "/audit" + query + (query.isEmpty() ? "?" : "&") + "before=" + last;
    }

    /** What one visitor may see; asks for the jobs of a cluster where that depends on their groups. */
    private final class Seen {
        private final Visitor visitor;
        private final Map<String, Set<String>> jobs = new HashMap<>();

        Seen(Visitor visitor) {
            this.visitor = visitor;
        }

        boolean sees(Trail.Entry entry) {
            String cluster = entry.cluster();
            if (cluster.isEmpty()) {
                return visitor.may(Role.VIEWER, Grant.ALL, Grant.ALL);
            }
            return visitor.seesAll(cluster)
                    || (!entry.job().isEmpty()
                            && visitor.sees(cluster)
                            && jobs.computeIfAbsent(cluster, this::visible).contains(entry.job()));
        }

        private Set<String> visible(String name) {
            ConsoleCluster cluster = scope.sources().cluster(name).orElse(null);
            return cluster == null
                    ? Set.of()
                    : questions.visible(visitor, cluster, questions.jobs(cluster)).or(List.of()).stream()
                            .map(JobStatus::jobName)
                            .collect(Collectors.toSet());
        }
    }
}
