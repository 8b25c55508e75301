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
package io.carillon.console.screen.jobs;

import io.carillon.console.ConsoleCluster;
import io.carillon.console.access.ConsoleStore;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.Answer;
import io.carillon.console.ask.Ask.Question;
import io.carillon.console.ask.JobFilter;
import io.carillon.console.ask.Questions;
import io.carillon.console.command.RefusedException;
import io.carillon.console.screen.jobs.JobsView.Saved;
import io.carillon.console.web.Page;
import io.carillon.console.web.Pages;
import io.carillon.console.web.Scope;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;

/** Which job needs me, and which can wait? Thread-safe. */
@Controller
public final class JobsScreen {
    private static final int SPARKS = 20;
    private static final String VIEW = "view";
    private static final int LONGEST_NAME = 40;
    private static final int MOST_VIEWS = 30;

    private final Scope scope;
    private final Questions questions;
    private final Pages pages;
    private final ConsoleStore store;
    private final InstantSource time;

    public JobsScreen(Scope scope, Questions questions, Pages pages, ConsoleStore store, InstantSource time) {
        this.scope = scope;
        this.questions = questions;
        this.pages = pages;
        this.store = store;
        this.time = time;
    }

    @GetMapping("/clusters/{cluster}/jobs")
    void show(@PathVariable("cluster") String name, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        ConsoleCluster cluster = scope.cluster(request, name);
        Visitor visitor = Visitor.of(request);
        JobFilter filter = JobFilter.of(
                request.getParameter("q"),
                request.getParameter("sort"),
                request.getParameter("dir"),
                request.getParameter("page"));
        Question<List<JobStatus>> jobs = questions.jobs(cluster);
        Question<List<ConsoleStore.Entry>> views = questions.records(VIEW, () -> store.all(VIEW, time.instant()));
        Answer<JobFilter.Part> part =
                questions.visible(visitor, cluster, jobs).map(known -> filter.apply(known, visitor.name()));
        JobsView view = new JobsView(
                filter, part, sparks(cluster, part), saved(views.answer().or(List.of()), prefix(visitor, name)));
        pages.show(
                request,
                response,
                200,
                "jobs",
                pages.page(request, name, "/clusters/" + Page.segment(name) + "/jobs" + filter.query()),
                view);
    }

    /** Asked for when it is known which jobs the page shows: one question, however many jobs and runs there are. */
    private Map<String, List<RunRecord>> sparks(ConsoleCluster cluster, Answer<JobFilter.Part> part) {
        if (!(part instanceof Answer.Known<JobFilter.Part> known)
                || known.value().rows().isEmpty()) {
            return Map.of();
        }
        List<String> shown =
                known.value().rows().stream().map(JobStatus::jobName).toList();
        Map<String, List<RunRecord>> runs = new HashMap<>();
        questions.runsOf(cluster, shown, SPARKS).answer().or(Map.of()).forEach((job, latest) -> {
            List<RunRecord> oldestFirst = new ArrayList<>(latest);
            Collections.reverse(oldestFirst);
            runs.put(job, oldestFirst);
        });
        return runs;
    }

    private static String prefix(Visitor visitor, String cluster) {
        return visitor.name() + "/" + cluster + "/";
    }

    private static List<Saved> saved(List<ConsoleStore.Entry> all, String prefix) {
        return all.stream()
                .filter(entry -> entry.id().startsWith(prefix))
                .map(entry -> new Saved(entry.id().substring(prefix.length()), entry.value()))
                .toList();
    }

    @PostMapping("/clusters/{cluster}/views")
    void keep(@PathVariable("cluster") String cluster, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        scope.cluster(request, cluster);
        String name = Scope.text(request, "name");
        String id = prefix(Visitor.of(request), cluster) + name;
        Instant now = time.instant();
        if (Scope.text(request, "forget").equals("true")) {
            store.delete(VIEW, id);
        } else {
            JobFilter filter = JobFilter.of(
                    request.getParameter("q"), request.getParameter("sort"), request.getParameter("dir"), null);
            List<Saved> present = saved(store.all(VIEW, now), prefix(Visitor.of(request), cluster));
            if (name.isEmpty() || name.length() > LONGEST_NAME || present.size() >= MOST_VIEWS) {
                throw new RefusedException(422, "problem.view", LONGEST_NAME, MOST_VIEWS);
            }
            store.delete(VIEW, id);
            store.insert(VIEW, id, filter.query(), null, now);
        }
        questions.forgetRecords();
        response.sendRedirect(pages.base(request) + "/clusters/" + Page.segment(cluster) + "/jobs"
                + JobFilter.of(
                                request.getParameter("q"),
                                request.getParameter("sort"),
                                request.getParameter("dir"),
                                null)
                        .query());
    }
}
