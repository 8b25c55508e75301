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
import io.carillon.console.access.Role;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.AlarmDesk;
import io.carillon.console.ask.Ask.Question;
import io.carillon.console.ask.Instances;
import io.carillon.console.ask.JobCounts;
import io.carillon.console.ask.Questions;
import io.carillon.console.ask.Questions.Counts;
import io.carillon.console.command.RefusedException;
import io.carillon.console.screen.overview.OverviewView.DeadRow;
import io.carillon.console.screen.overview.OverviewView.JobsPart;
import io.carillon.console.screen.overview.OverviewView.Needing;
import io.carillon.console.screen.overview.OverviewView.Reason;
import io.carillon.console.screen.overview.OverviewView.StoreRow;
import io.carillon.console.web.Page;
import io.carillon.console.web.Pages;
import io.carillon.console.web.Scope;
import io.carillon.jobs.alarms.Finding;
import io.carillon.jobs.alarms.Incident;
import io.carillon.jobs.operations.HealthReason;
import io.carillon.jobs.operations.JobQueries.Health;
import io.carillon.jobs.operations.JobQueries.InstanceDetail;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.operations.MessageQueries;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;

/** Do I have to act now, and where? Jobs, instances and messages at a glance. Thread-safe. */
@Controller
public final class OverviewScreen {
    private static final int MOST_DEAD = 10;
    private static final int MOST_JOBS = 10;
    private static final Duration SOON = Duration.ofHours(1);

    private final Scope scope;
    private final Questions questions;
    private final AlarmDesk alarms;
    private final Pages pages;
    private final InstantSource time;

    public OverviewScreen(Scope scope, Questions questions, AlarmDesk alarms, Pages pages, InstantSource time) {
        this.scope = scope;
        this.questions = questions;
        this.alarms = alarms;
        this.pages = pages;
        this.time = time;
    }

    /** Leads to the only cluster, or to all, with what was asked for, such as a language. */
    @GetMapping("/")
    void start(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (scope.sources().clusters().isEmpty()) {
            pages.problem(request, response, 200, "problem.noCluster");
            return;
        }
        List<ConsoleCluster> visible = scope.clusters(request);
        if (visible.isEmpty()) {
            pages.problem(request, response, 403, "problem.noRole");
            return;
        }
        String query = request.getQueryString();
        response.sendRedirect(pages.base(request)
                + "/clusters"
                + (visible.size() > 1 ? "" : "/" + visible.get(0).name())
                + (query == null ? "" : "?" + query));
    }

    /** All clusters that the visitor may see, the worst first. */
    @GetMapping("/clusters")
    void all(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Visitor visitor = Visitor.of(request);
        List<ConsoleCluster> visible = scope.clusters(request);
        if (visible.isEmpty()) {
            throw new RefusedException(403, "problem.noRole");
        }
        // all questions begin before the first answer is awaited
        List<Question<List<JobStatus>>> jobs =
                visible.stream().map(questions::jobs).toList();
        boolean seesMessages = scope.sources().seesMessages(visitor);
        List<MessageQueries> stores = seesMessages ? scope.sources().stores() : List.of();
        List<Question<Counts>> counts = stores.stream().map(questions::counts).toList();
        List<ClustersView.Row> rows = new ArrayList<>();
        for (int i = 0; i < visible.size(); i++) {
            ConsoleCluster cluster = visible.get(i);
            rows.add(new ClustersView.Row(
                    cluster.name(),
                    cluster.readOnly(),
                    questions.visible(visitor, cluster, jobs.get(i)).map(JobCounts::of)));
        }
        List<StoreRow> storeRows = new ArrayList<>();
        for (int i = 0; i < stores.size(); i++) {
            storeRows.add(new StoreRow(stores.get(i).store(), counts.get(i).answer()));
        }
        pages.show(
                request,
                response,
                200,
                "clusters",
                pages.page(request, "", "/clusters"),
                new ClustersView(rows, storeRows, seesMessages));
    }

    @GetMapping("/clusters/{cluster}")
    void show(@PathVariable("cluster") String name, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        OverviewView view = view(Visitor.of(request), scope.cluster(request, name));
        pages.show(
                request, response, 200, "overview", pages.page(request, name, "/clusters/" + Page.segment(name)), view);
    }

    private OverviewView view(Visitor visitor, ConsoleCluster cluster) {
        // all questions begin before the first answer is awaited
        Question<List<JobStatus>> jobs = questions.jobs(cluster);
        Question<List<InstanceDetail>> instances = questions.instanceDetails(cluster);
        Question<List<Incident>> open = alarms.open(cluster.name());
        boolean seesAll = visitor.seesAll(cluster.name());
        List<MessageQueries> stores = seesAll ? scope.sources().stores() : List.of();
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
                questions.visible(visitor, cluster, jobs).map(known -> part(known, time.instant())),
                instances.answer().map(all -> Instances.of(all, "")),
                List.copyOf(storeRows),
                List.copyOf(deadRows.subList(0, Math.min(MOST_DEAD, deadRows.size()))),
                open == null
                        ? null
                        : open.answer().map(all -> all.stream()
                                .filter(incident -> maySee(visitor, cluster, incident))
                                .toList()),
                seesAll);
    }

    /** Who sees a job sees its alarms; those of whole clusters and of stores are for who sees all. */
    private static boolean maySee(Visitor visitor, ConsoleCluster cluster, Incident incident) {
        return visitor.seesAll(cluster.name())
                || (incident.subject().kind() == Finding.Kind.JOB
                        && visitor.may(Role.VIEWER, cluster.name(), incident.group()));
    }

    private static JobsPart part(List<JobStatus> jobs, Instant now) {
        Map<HealthReason.Code, Long> reasons = new EnumMap<>(HealthReason.Code.class);
        for (JobStatus job : jobs) {
            job.health().reasons().stream()
                    .map(HealthReason::code)
                    .distinct()
                    .forEach(code -> reasons.merge(code, 1L, Long::sum));
        }
        List<JobStatus> needing = jobs.stream()
                .filter(job -> job.health().level().compareTo(Health.Level.WARNING) >= 0)
                .sorted(Comparator.comparing((JobStatus job) -> job.health().level())
                        .reversed()
                        .thenComparing(JobStatus::jobName))
                .toList();
        List<JobStatus> due = new ArrayList<>();
        for (JobStatus job : jobs) {
            Instant next = job.nextRun();
            if (next != null && next.isBefore(now.plus(SOON))) {
                due.add(job);
            }
        }
        due.sort(Comparator.comparing(JobStatus::nextRun, Comparator.nullsLast(Comparator.naturalOrder())));
        Map<String, Long> leads = new HashMap<>();
        int leaderless = 0;
        for (JobStatus job : jobs) {
            if (job.leader() != null) {
                leads.merge(job.leader(), 1L, Long::sum);
            } else if (!job.instances().isEmpty()) {
                leaderless++;
            }
        }
        return new JobsPart(
                JobCounts.of(jobs),
                reasons.entrySet().stream()
                        .map(entry -> new Reason(entry.getKey(), entry.getValue()))
                        .sorted(Comparator.comparing(Reason::jobs).reversed())
                        .toList(),
                needing.stream().limit(MOST_JOBS).map(Needing::of).toList(),
                needing.size(),
                List.copyOf(due.subList(0, Math.min(MOST_JOBS, due.size()))),
                due.size(),
                Map.copyOf(leads),
                leaderless);
    }
}
