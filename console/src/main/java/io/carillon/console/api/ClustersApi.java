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
package io.carillon.console.api;

import io.carillon.console.ConsoleCluster;
import io.carillon.console.access.Grant;
import io.carillon.console.access.Role;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.Answer;
import io.carillon.console.ask.Answer.Known;
import io.carillon.console.ask.Answer.Missing;
import io.carillon.console.ask.Ask.Question;
import io.carillon.console.ask.JobCounts;
import io.carillon.console.ask.Questions;
import io.carillon.console.command.Commands;
import io.carillon.console.command.ImportJobs;
import io.carillon.console.command.RefusedException;
import io.carillon.console.web.Scope;
import io.carillon.jobs.operations.ClusterCopy;
import io.carillon.jobs.operations.ClusterCopy.ImportPlan;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseBody;

/**
 * {@code /api/v1}: which clusters there are, and what is done with the jobs of a whole one. Thread-safe. Commands pass the roles
 * and the audit as those of the pages do.
 */
@Controller
@RequestMapping(path = "/api/v1")
public final class ClustersApi {
    private final Scope scope;
    private final Questions questions;
    private final Commands commands;

    public ClustersApi(Scope scope, Questions questions, Commands commands) {
        this.scope = scope;
        this.questions = questions;
        this.commands = commands;
    }

    public record ClusterList(List<ClusterName> clusters) {}

    public record ClusterName(String name) {}

    @GetMapping(path = "/clusters", produces = MediaType.APPLICATION_JSON_VALUE)
    @ResponseBody
    ClusterList clusters(HttpServletRequest request) {
        return new ClusterList(scope.clusters(request).stream()
                .map(cluster -> new ClusterName(cluster.name()))
                .toList());
    }

    public record ClusterHealthList(List<ClusterHealth> clusters) {}

    /**
     * How the jobs of a cluster are.
     *
     * @param problem why nothing is known of them
     * @param jobs how many are of each level: OK, DISABLED, WARNING, BAD
     * @param running how many have a shard that runs now
     */
    public record ClusterHealth(
            String name,
            boolean readOnly,
            boolean available,
            @Nullable String problem,
            @Nullable Map<String, Long> jobs,
            @Nullable Long running) {
        private static ClusterHealth of(ConsoleCluster cluster, Answer<JobCounts> answer) {
            if (answer instanceof Known<JobCounts> known) {
                Map<String, Long> levels = new TreeMap<>();
                known.value().levels().forEach((level, count) -> levels.put(level.name(), count));
                return new ClusterHealth(
                        cluster.name(),
                        cluster.readOnly(),
                        true,
                        null,
                        levels,
                        known.value().running());
            }
            return new ClusterHealth(
                    cluster.name(), cluster.readOnly(), false, ((Missing<JobCounts>) answer).inWords(), null, null);
        }
    }

    /** Asks each cluster; one that does not answer is part of the answer. */
    @GetMapping(path = "/cluster-health", produces = MediaType.APPLICATION_JSON_VALUE)
    @ResponseBody
    ClusterHealthList health(HttpServletRequest request) {
        Visitor visitor = Visitor.of(request);
        List<ConsoleCluster> clusters = scope.clusters(request);
        List<Question<List<JobStatus>>> asked =
                clusters.stream().map(questions::jobs).toList();
        List<ClusterHealth> all = new ArrayList<>();
        for (int i = 0; i < clusters.size(); i++) {
            ConsoleCluster cluster = clusters.get(i);
            all.add(ClusterHealth.of(
                    cluster, questions.visible(visitor, cluster, asked.get(i)).map(JobCounts::of)));
        }
        return new ClusterHealthList(all);
    }

    @GetMapping(path = "/clusters/{cluster}/export", produces = "application/yaml;charset=UTF-8")
    @ResponseBody
    String export(@PathVariable("cluster") String name, HttpServletRequest request) {
        Visitor visitor = Visitor.of(request);
        ConsoleCluster cluster = scope.cluster(request, name);
        // configurations hold what only those may see who may change them
        need(visitor, Role.EDITOR, name);
        return copy(cluster).toText();
    }

    public record ImportAnswer(boolean dryRun, String text, List<Imported> jobs) {}

    public record Imported(
            String job, String step, @Nullable String failure) {}

    @PostMapping(
            path = "/clusters/{cluster}/imports",
            consumes = {"application/yaml", "text/plain"},
            produces = MediaType.APPLICATION_JSON_VALUE)
    @ResponseBody
    ImportAnswer importJobs(
            @PathVariable("cluster") String name,
            @RequestParam(name = "dryRun", defaultValue = "true") boolean dryRun,
            @RequestParam(name = "reason", defaultValue = "") String reason,
            @RequestBody byte[] body,
            HttpServletRequest request) {
        Visitor visitor = Visitor.of(request);
        ConsoleCluster cluster = scope.cluster(request, name);
        need(visitor, Role.ADMIN, name);
        ClusterCopy wanted;
        try {
            wanted = ClusterCopy.ofText(new String(body, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            throw invalid(String.valueOf(e.getMessage()));
        }
        ImportPlan plan = wanted.planImportInto(copy(cluster));
        if (dryRun) {
            return new ImportAnswer(
                    true,
                    plan.toText(),
                    plan.jobs().stream()
                            .map(job -> new Imported(job.name(), job.step().name(), null))
                            .toList());
        }
        ImportJobs command = new ImportJobs(name, plan);
        commands.run(visitor, command, reason);
        return new ImportAnswer(
                false,
                plan.toText(),
                command.done().stream()
                        .map(done -> new Imported(done.jobName(), done.step().name(), done.failure()))
                        .toList());
    }

    private static void need(Visitor visitor, Role role, String cluster) {
        if (!visitor.may(role, cluster, Grant.ALL)) {
            throw new RefusedException(403, "problem.role", role.key(), cluster);
        }
    }

    /** One request per job: it may take longer than a page would wait. */
    private static ClusterCopy copy(ConsoleCluster cluster) {
        try {
            return ClusterCopy.read(cluster.queries(), cluster.commands());
        } catch (RuntimeException e) {
            throw new RefusedException(503, "problem.failed", String.valueOf(e.getMessage()));
        }
    }

    private static RefusedException invalid(String what) {
        return new RefusedException(422, "problem.invalid", what);
    }
}
