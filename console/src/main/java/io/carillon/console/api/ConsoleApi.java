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
import io.carillon.console.ConsoleSources;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.Answer;
import io.carillon.console.ask.Answer.Known;
import io.carillon.console.ask.Answer.Missing;
import io.carillon.console.ask.Ask.Question;
import io.carillon.console.ask.Questions;
import io.carillon.console.ask.Questions.Counts;
import io.carillon.console.screen.overview.JobFilter;
import io.carillon.console.screen.overview.OverviewView.JobsPart;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.operations.HealthReason;
import io.carillon.jobs.operations.JobQueries.InstanceStatus;
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
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
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

    private final ConsoleSources sources;
    private final Questions questions;

    public ConsoleApi(ConsoleSources sources, Questions questions) {
        this.sources = sources;
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

    public record InstanceList(String cluster, String asOf, List<Instance> instances) {}

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
            boolean failover) {}

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
            @Nullable String cause) {}

    public record Instance(String id, String serverIp, int jobs, int items) {}

    public record StoreCounts(
            String store,
            boolean available,
            @Nullable String problem,
            @Nullable Map<String, Long> counts,
            @Nullable Long oldestOpenSeconds) {}

    /** All jobs by name; with one of the parameters those that match, worst first, in pages. */
    @GetMapping("/clusters/{cluster}/jobs")
    ResponseEntity<?> jobs(
            @PathVariable("cluster") String name,
            @RequestParam(name = "q", required = false) @Nullable String q,
            @RequestParam(name = "health", required = false) @Nullable String health,
            @RequestParam(name = "page", required = false) @Nullable String page,
            HttpServletRequest request) {
        Visitor visitor = Visitor.of(request);
        Optional<ConsoleCluster> cluster = sources.cluster(name).filter(found -> visitor.sees(found.name()));
        if (cluster.isEmpty()) {
            return unknownCluster(name);
        }
        return answer(name, questions.visible(visitor, cluster.get(), questions.jobs(cluster.get())), known -> {
            if (q == null && health == null && page == null) {
                return jobList(name, known, known.value(), known.value().size(), 1, 1);
            }
            JobsPart part = JobFilter.of(q, health, page).apply(known.value());
            return jobList(name, known, part.rows(), part.matching(), part.page(), part.pages());
        });
    }

    private static ResponseEntity<?> jobList(
            String name, Known<?> known, List<JobStatus> jobs, int matching, int page, int pages) {
        return ResponseEntity.ok(new JobList(
                name,
                known.at().toString(),
                matching,
                page,
                pages,
                jobs.stream().map(ConsoleApi::job).toList()));
    }

    @GetMapping("/clusters/{cluster}/jobs/{job}")
    ResponseEntity<?> job(
            @PathVariable("cluster") String name, @PathVariable("job") String jobName, HttpServletRequest request) {
        Visitor visitor = Visitor.of(request);
        Optional<ConsoleCluster> cluster = sources.cluster(name).filter(found -> visitor.sees(found.name()));
        if (cluster.isEmpty()) {
            return unknownCluster(name);
        }
        Question<Optional<JobStatus>> job = questions.job(cluster.get(), jobName);
        Question<List<RunRecord>> runs = questions.runs(cluster.get(), jobName, MOST_RUNS);
        return answer(name, questions.visibleJob(visitor, cluster.get(), job), known -> {
            if (known.value().isEmpty()) {
                return problem(
                        HttpStatus.NOT_FOUND,
                        "No such job",
                        "job: '" + jobName + "' (expected: one of /api/v1/clusters/" + name + "/jobs)");
            }
            JobStatus status = known.value().get();
            Answer<List<Run>> records =
                    runs.answer().map(all -> all.stream().map(ConsoleApi::run).toList());
            return ResponseEntity.ok(new JobDetail(
                    name,
                    known.at().toString(),
                    job(status),
                    status.items().stream().map(ConsoleApi::item).toList(),
                    records instanceof Known<List<Run>> list ? list.value() : null));
        });
    }

    @GetMapping("/clusters/{cluster}/instances")
    ResponseEntity<?> instances(@PathVariable("cluster") String name, HttpServletRequest request) {
        Visitor visitor = Visitor.of(request);
        Optional<ConsoleCluster> cluster = sources.cluster(name).filter(found -> visitor.sees(found.name()));
        if (cluster.isEmpty()) {
            return unknownCluster(name);
        }
        return answer(
                name,
                questions.instances(cluster.get()).answer(),
                known -> ResponseEntity.ok(new InstanceList(
                        name,
                        known.at().toString(),
                        known.value().stream().map(ConsoleApi::instance).toList())));
    }

    @GetMapping("/messages/counts")
    ResponseEntity<?> counts() {
        List<MessageQueries> stores = sources.stores();
        List<Question<Counts>> asked = stores.stream().map(questions::counts).toList();
        List<StoreCounts> answers = new ArrayList<>();
        for (int i = 0; i < stores.size(); i++) {
            answers.add(storeCounts(stores.get(i).store(), asked.get(i).answer()));
        }
        return ResponseEntity.ok(new CountList(answers));
    }

    private static StoreCounts storeCounts(String store, Answer<Counts> answer) {
        if (answer instanceof Known<Counts> known) {
            Map<String, Long> counts = new LinkedHashMap<>();
            known.value().byState().forEach((state, count) -> counts.put(state.name(), count));
            return new StoreCounts(
                    store, true, null, counts, known.value().oldestOpen().toSeconds());
        }
        return new StoreCounts(store, false, reason((Missing<?>) answer), null, null);
    }

    private static <T> ResponseEntity<?> answer(
            String cluster, Answer<T> answer, Function<Known<T>, ResponseEntity<?>> whenKnown) {
        if (answer instanceof Known<T> known) {
            return whenKnown.apply(known);
        }
        return problem(
                HttpStatus.SERVICE_UNAVAILABLE,
                "The registry does not answer",
                "cluster: '" + cluster + "': " + reason((Missing<?>) answer)
                        + ". /api/v1/messages/counts may still answer. Ask again.");
    }

    private static String reason(Missing<?> missing) {
        return missing.tooSlow() ? "no answer in time" : missing.reason();
    }

    private ResponseEntity<?> unknownCluster(String name) {
        return problem(
                HttpStatus.NOT_FOUND,
                "No such cluster",
                "cluster: '" + name + "' (expected: one of "
                        + sources.clusters().stream().map(ConsoleCluster::name).toList() + ")");
    }

    private static ResponseEntity<?> problem(HttpStatus status, String title, String detail) {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, detail);
        problem.setTitle(title);
        return ResponseEntity.status(status)
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .body(problem);
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

    private static Item item(ItemStatus item) {
        return new Item(
                item.item(),
                item.parameter(),
                item.owner(),
                item.ownerOnline(),
                item.runningOn(),
                item.disabled(),
                item.failover());
    }

    private static Run run(RunRecord run) {
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
                run.cause());
    }

    private static Instance instance(InstanceStatus instance) {
        return new Instance(instance.id(), instance.serverIp(), instance.jobs(), instance.items());
    }

    private static @Nullable String text(@Nullable Instant instant) {
        return instant == null ? null : instant.toString();
    }
}
