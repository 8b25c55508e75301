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
package io.carillon.console.screen.overview;

import io.carillon.console.ConsoleCluster;
import io.carillon.console.ConsoleSources;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.Ask.Question;
import io.carillon.console.ask.Questions;
import io.carillon.console.ask.Questions.Counts;
import io.carillon.console.screen.overview.OverviewView.DeadRow;
import io.carillon.console.screen.overview.OverviewView.StoreRow;
import io.carillon.console.web.Pages;
import io.carillon.jobs.operations.JobQueries.InstanceStatus;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.operations.MessageQueries;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;

/** Do I have to act now, and where? Jobs, instances and messages at a glance. Thread-safe. */
@Controller
public final class OverviewScreen {
    private static final int MOST_DEAD = 10;

    private final ConsoleSources sources;
    private final Questions questions;
    private final Pages pages;

    public OverviewScreen(ConsoleSources sources, Questions questions, Pages pages) {
        this.sources = sources;
        this.questions = questions;
        this.pages = pages;
    }

    /** Leads to the first cluster, with what was asked for, such as a language. */
    @GetMapping("/")
    void start(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Visitor visitor = Visitor.of(request);
        if (sources.clusters().isEmpty()) {
            pages.problem(request, response, 200, "problem.noCluster");
            return;
        }
        Optional<ConsoleCluster> first = sources.clusters().stream()
                .filter(cluster -> visitor.sees(cluster.name()))
                .findFirst();
        if (first.isEmpty()) {
            pages.problem(request, response, 403, "problem.noRole");
            return;
        }
        String query = request.getQueryString();
        response.sendRedirect(
                pages.base(request) + "/clusters/" + first.get().name() + (query == null ? "" : "?" + query));
    }

    @GetMapping("/clusters/{cluster}")
    void show(@PathVariable("cluster") String name, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        Visitor visitor = Visitor.of(request);
        Optional<ConsoleCluster> found = sources.cluster(name).filter(cluster -> visitor.sees(cluster.name()));
        if (found.isEmpty()) {
            pages.problem(request, response, 404, "problem.unknownCluster", name);
            return;
        }
        JobFilter filter =
                JobFilter.of(request.getParameter("q"), request.getParameter("health"), request.getParameter("page"));
        OverviewView view = view(visitor, found.get(), filter);
        pages.show(
                request,
                response,
                200,
                "overview",
                pages.page(request, name, "/clusters/" + name + filter.query()),
                view);
    }

    private OverviewView view(Visitor visitor, ConsoleCluster cluster, JobFilter filter) {
        // all questions begin before the first answer is awaited
        Question<List<JobStatus>> jobs = questions.jobs(cluster);
        Question<List<InstanceStatus>> instances = questions.instances(cluster);
        List<MessageQueries> stores = sources.stores();
        List<Question<Counts>> counts = stores.stream().map(questions::counts).toList();
        List<Question<List<StoredMessage>>> dead =
                stores.stream().map(store -> questions.dead(store, MOST_DEAD)).toList();

        List<StoreRow> storeRows = new ArrayList<>();
        List<DeadRow> deadRows = new ArrayList<>();
        for (int i = 0; i < stores.size(); i++) {
            String store = stores.get(i).store();
            storeRows.add(new StoreRow(store, counts.get(i).answer()));
            for (StoredMessage message : dead.get(i).answer().or(List.of())) {
                deadRows.add(new DeadRow(store, message));
            }
        }
        deadRows.sort(Comparator.comparing((DeadRow row) -> row.message().id()).reversed());
        return new OverviewView(
                filter,
                questions.visible(visitor, cluster, jobs).map(filter::apply),
                instances.answer(),
                List.copyOf(storeRows),
                List.copyOf(deadRows.subList(0, Math.min(MOST_DEAD, deadRows.size()))));
    }
}
