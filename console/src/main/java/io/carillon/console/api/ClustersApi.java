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
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.Answer;
import io.carillon.console.ask.Answer.Known;
import io.carillon.console.ask.Answer.Missing;
import io.carillon.console.ask.Ask.Question;
import io.carillon.console.ask.CompareFilter;
import io.carillon.console.ask.CompareFilter.Part;
import io.carillon.console.ask.JobCounts;
import io.carillon.console.ask.Questions;
import io.carillon.console.command.Commands;
import io.carillon.console.command.ImportJobs;
import io.carillon.console.web.Copies;
import io.carillon.console.web.Copies.Compared;
import io.carillon.console.web.Scope;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    private final Copies copies;
    private final Commands commands;

    public ClustersApi(Scope scope, Questions questions, Copies copies, Commands commands) {
        this.copies = copies;
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
        return copies.export(request, name);
    }

    /**
     * How the jobs of two clusters differ. A cluster that does not answer is part of the answer; then there are no jobs.
     *
     * @param problem why the cluster says nothing
     * @param otherProblem why the other says nothing
     * @param counts how many jobs are HERE or THERE only, DIFFERENT, UNREADABLE, SAME
     */
    public record ClusterComparison(
            String cluster,
            String with,
            @Nullable String problem,
            @Nullable String otherProblem,
            Map<String, Integer> counts,
            int matching,
            int page,
            int pages,
            List<ComparedJob> jobs) {}

    public record ComparedJob(
            String job,
            String group,
            String kind,
            List<DifferingSetting> differences,
            @Nullable String problem) {}

    public record DifferingSetting(
            String setting, @Nullable String here, @Nullable String there) {}

    @GetMapping(path = "/clusters/{cluster}/compare", produces = MediaType.APPLICATION_JSON_VALUE)
    @ResponseBody
    ClusterComparison compare(
            @PathVariable("cluster") String name,
            @RequestParam(name = "with", defaultValue = "") String with,
            @RequestParam(name = "q", defaultValue = "") String words,
            @RequestParam(name = "show", defaultValue = "") String show,
            @RequestParam(name = "page", defaultValue = "1") String page,
            HttpServletRequest request) {
        scope.cluster(request, name);
        CompareFilter filter = CompareFilter.of(with, words, show, page);
        Compared compared = copies.compare(request, name, filter);
        Optional<Part> part = compared.part();
        Map<String, Integer> counts = new TreeMap<>();
        part.ifPresent(known -> known.counts().forEach((kind, count) -> counts.put(kind.name(), count)));
        return new ClusterComparison(
                name,
                filter.with(),
                problem(compared.here()),
                problem(compared.there()),
                counts,
                part.map(Part::matching).orElse(0),
                part.map(Part::page).orElse(1),
                part.map(Part::pages).orElse(1),
                part.map(Part::rows).orElse(List.of()).stream()
                        .map(row -> new ComparedJob(
                                row.job(),
                                row.group(),
                                row.kind().name(),
                                row.differences().stream()
                                        .map(difference -> new DifferingSetting(
                                                difference.setting(), difference.first(), difference.second()))
                                        .toList(),
                                row.problem().isEmpty() ? null : row.problem()))
                        .toList());
    }

    private static @Nullable String problem(Answer<?> answer) {
        return answer instanceof Missing<?> missing ? missing.inWords() : null;
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
        return carryOut(
                request, copies.planned(request, name, new String(body, StandardCharsets.UTF_8)), dryRun, reason);
    }

    /**
     * Jobs to be taken over from another cluster.
     *
     * @param dryRun only tell what would be done; default true
     */
    public record TakeOver(
            @Nullable String from,
            @Nullable List<String> jobs,
            @Nullable Boolean dryRun,
            @Nullable String reason) {}

    /** Takes jobs over as another cluster has them. */
    @PostMapping(path = "/clusters/{cluster}/takeovers", produces = MediaType.APPLICATION_JSON_VALUE)
    @ResponseBody
    ImportAnswer takeOver(
            @PathVariable("cluster") String name, @RequestBody TakeOver wanted, HttpServletRequest request) {
        ImportJobs command = copies.takenOver(
                request,
                name,
                wanted.from() == null ? "" : wanted.from(),
                wanted.jobs() == null ? List.of() : wanted.jobs());
        return carryOut(
                request,
                command,
                wanted.dryRun() == null || wanted.dryRun(),
                wanted.reason() == null ? "" : wanted.reason());
    }

    private ImportAnswer carryOut(HttpServletRequest request, ImportJobs command, boolean dryRun, String reason) {
        String text = command.plan().toText();
        if (dryRun) {
            return new ImportAnswer(
                    true,
                    text,
                    command.plan().jobs().stream()
                            .map(job -> new Imported(job.name(), job.step().name(), null))
                            .toList());
        }
        commands.run(Visitor.of(request), command, reason);
        return new ImportAnswer(
                false,
                text,
                command.done().stream()
                        .map(done -> new Imported(done.jobName(), done.step().name(), done.failure()))
                        .toList());
    }
}
