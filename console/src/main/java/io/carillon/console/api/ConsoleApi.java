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
import io.carillon.console.access.Role;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.Answer;
import io.carillon.console.ask.Answer.Known;
import io.carillon.console.ask.Answer.Missing;
import io.carillon.console.ask.Ask.Question;
import io.carillon.console.ask.JobFilter;
import io.carillon.console.ask.Questions;
import io.carillon.console.ask.Questions.Counts;
import io.carillon.console.command.RefusedException;
import io.carillon.console.web.Scope;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.operations.HealthReason;
import io.carillon.jobs.operations.JobQueries.ItemStatus;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import io.carillon.messages.operations.MessageQueries;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;

/**
 * {@code /api/v1}: what the pages show, as JSON. Thread-safe. Reads only.
 *
 * <p>Instants are ISO-8601 in UTC, durations are milliseconds or seconds as their names say. A registry that does not
 * answer is a 503, an unknown cluster or job a 404, both as {@code application/problem+json}; a message store that does not
 * answer is part of the 200 answer, so that the others can still be read.
 */
@Controller
@RequestMapping(path = "/api/v1", produces = MediaType.APPLICATION_JSON_VALUE)
public final class ConsoleApi {
    private static final int MOST_RUNS = 50;

    private final Scope scope;
    private final Questions questions;

    public ConsoleApi(Scope scope, Questions questions) {
        this.scope = scope;
        this.questions = questions;
    }

    /**
     * Jobs.
     *
     * @param matching how many match, on all pages
     */
    public record JobList(String cluster, String asOf, int matching, int page, int pages, List<Job> jobs) {}

    public record JobDetail(
            String cluster,
            String asOf,
            Job job,
            List<Item> items,
            @Nullable List<Run> runs) {}

    public record CountList(List<StoreCounts> stores) {}

    public record Job(
            String name,
            String jobClass,
            @Nullable String cron,
            String zone,
            String description,
            boolean disabled,
            String health,
            List<String> healthReasons,
            String group,
            String owner,
            int items,
            int itemsOwned,
            boolean reshardingPending,
            List<String> instances,
            @Nullable String leader,
            @Nullable String nextRun,
            @Nullable Run lastRun) {}

    public record Item(
            int item,
            String parameter,
            @Nullable String owner,
            boolean ownerOnline,
            @Nullable String runningOn,
            boolean disabled,
            boolean failover,
            @Nullable String runningSince,
            @Nullable Progress progress) {}

    /** How far a running item said it is, at most some seconds ago; a total of 0 is not known. */
    public record Progress(long done, long total, String at) {}

    /**
     * A run.
     *
     * @param jobParameter the parameter that all items were given; null: not recorded
     * @param shardingParameter the item's own; null: not recorded
     */
    public record Run(
            String id,
            int item,
            String instance,
            long fence,
            String source,
            String scheduledTime,
            String started,
            String ended,
            long durationMillis,
            String outcome,
            long handled,
            @Nullable String cause,
            int attempt,
            @Nullable String jobParameter,
            @Nullable String shardingParameter,
            @Nullable String traceId) {}

    public record StoreCounts(
            String store,
            boolean available,
            @Nullable String problem,
            @Nullable Map<String, Long> counts,
            @Nullable Long oldestOpenSeconds) {}

    /** The jobs that match the words of {@code q}, all of them, or with {@code page} one page. */
    @GetMapping("/clusters/{cluster}/jobs")
    ResponseEntity<JobList> jobs(
            @PathVariable("cluster") String name,
            @RequestParam(name = "q", defaultValue = "") String words,
            @RequestParam(name = "sort", defaultValue = "name") String sort,
            @RequestParam(name = "page", required = false) @Nullable String page,
            HttpServletRequest request) {
        ConsoleCluster cluster = scope.cluster(request, name);
        Visitor visitor = Visitor.of(request);
        Known<List<JobStatus>> known = known(questions.visible(visitor, cluster, questions.jobs(cluster)), name);
        JobFilter filter = JobFilter.of(words, sort, null, page);
        if (page == null) {
            List<JobStatus> all = filter.all(known.value(), visitor.name());
            return ResponseEntity.ok(jobList(name, known, all, all.size(), 1, 1));
        }
        JobFilter.Part part = filter.apply(known.value(), visitor.name());
        return ResponseEntity.ok(jobList(name, known, part.rows(), part.matching(), part.page(), part.pages()));
    }

    private static JobList jobList(
            String name, Known<?> known, List<JobStatus> jobs, int matching, int page, int pages) {
        return new JobList(
                name,
                known.at().toString(),
                matching,
                page,
                pages,
                jobs.stream().map(ConsoleApi::job).toList());
    }

    @GetMapping("/clusters/{cluster}/jobs/{job}")
    ResponseEntity<JobDetail> job(
            @PathVariable("cluster") String name, @PathVariable("job") String jobName, HttpServletRequest request) {
        ConsoleCluster cluster = scope.cluster(request, name);
        Question<Optional<JobStatus>> job = questions.job(cluster, jobName);
        Question<List<RunRecord>> runs = questions.runs(cluster, jobName, MOST_RUNS);
        Known<Optional<JobStatus>> known = known(questions.visibleJob(Visitor.of(request), cluster, job), name);
        JobStatus status = known.value().orElseThrow(() -> new RefusedException(404, "problem.unknownJob", jobName));
        Answer<List<Run>> records =
                runs.answer().map(all -> all.stream().map(ConsoleApi::run).toList());
        return ResponseEntity.ok(new JobDetail(
                name,
                known.at().toString(),
                job(status),
                status.items().stream().map(ConsoleApi::item).toList(),
                records instanceof Known<List<Run>> list ? list.value() : null));
    }

    @GetMapping("/messages/counts")
    ResponseEntity<CountList> counts(HttpServletRequest request) {
        // messages belong to no group of jobs
        Visitor visitor = Visitor.of(request);
        boolean all = scope.clusters(request).stream().anyMatch(cluster -> visitor.seesAll(cluster.name()))
                || visitor.mayEverywhere(Role.VIEWER);
        List<MessageQueries> stores = all ? scope.sources().stores() : List.of();
        List<Question<Counts>> asked = stores.stream().map(questions::counts).toList();
        List<StoreCounts> answers = new ArrayList<>();
        for (int i = 0; i < stores.size(); i++) {
            answers.add(storeCounts(stores.get(i).store(), asked.get(i).answer()));
        }
        return ResponseEntity.ok(new CountList(answers));
    }

    static <T> Known<T> known(Answer<T> answer, String cluster) {
        if (answer instanceof Known<T> known) {
            return known;
        }
        throw new RefusedException(503, "problem.registry", cluster);
    }

    private static StoreCounts storeCounts(String store, Answer<Counts> answer) {
        if (answer instanceof Known<Counts> known) {
            Map<String, Long> counts = new LinkedHashMap<>();
            known.value().byState().forEach((state, count) -> counts.put(state.name(), count));
            return new StoreCounts(
                    store, true, null, counts, known.value().oldestOpen().toSeconds());
        }
        return new StoreCounts(store, false, ((Missing<?>) answer).inWords(), null, null);
    }

    private static Job job(JobStatus status) {
        return new Job(
                status.jobName(),
                status.jobClass(),
                status.cron(),
                status.zone(),
                status.description(),
                status.disabled(),
                status.health().level().name(),
                status.health().reasons().stream().map(HealthReason::text).toList(),
                status.group(),
                status.owner(),
                status.items().size(),
                (int) status.items().stream()
                        .filter(item -> item.owner() != null && item.ownerOnline())
                        .count(),
                status.reshardingPending(),
                status.instances(),
                status.leader(),
                text(status.nextRun()),
                status.lastRun() == null ? null : run(status.lastRun()));
    }

    static Item item(ItemStatus item) {
        return new Item(
                item.item(),
                item.parameter(),
                item.owner(),
                item.ownerOnline(),
                item.runningOn(),
                item.disabled(),
                item.failover(),
                text(item.runningSince()),
                item.progress() == null
                        ? null
                        : new Progress(
                                item.progress().done(),
                                item.progress().total(),
                                item.progress().at().toString()));
    }

    static Run run(RunRecord run) {
        return new Run(
                run.id().toString(),
                run.shardingItem(),
                run.instance(),
                run.fence(),
                run.source().name(),
                run.scheduledTime().toString(),
                run.started().toString(),
                run.ended().toString(),
                Duration.between(run.started(), run.ended()).toMillis(),
                run.outcome().name(),
                run.handled(),
                run.cause(),
                run.attempt(),
                run.jobParameter(),
                run.shardingParameter(),
                run.traceId());
    }

    static @Nullable String text(@Nullable Instant instant) {
        return instant == null ? null : instant.toString();
    }
}
