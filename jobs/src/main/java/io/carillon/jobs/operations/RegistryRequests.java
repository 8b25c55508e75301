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
package io.carillon.jobs.operations;

import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.JobTree;
import io.carillon.jobs.coordination.Registry.Answer;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.requests.JobRequest;
import io.carillon.jobs.requests.JobRequest.Kind;
import io.carillon.jobs.requests.JobRequest.State;
import io.carillon.jobs.requests.JobRequest.Times;
import io.carillon.jobs.requests.ServeRequests;
import io.carillon.jobs.scheduling.CronSchedule;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Requests as nodes of the registry. Thread-safe. */
final class RegistryRequests implements JobRequests {

    private static final DateTimeFormatter ID =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmssSSS").withZone(ZoneOffset.UTC);
    private static final int LONGEST_PARAMETER = 100_000;
    private static final int QUESTIONS_PER_READ = 1_000;

    private final RegistryCommands registry;
    private final InstantSource time;
    private final AtomicLong lastId = new AtomicLong();

    RegistryRequests(RegistryCommands registry, InstantSource time) {
        this.registry = registry;
        this.time = time;
    }

    // ---- asking ------------------------------------------------------------------------------------------------

    @Override
    public String trigger(TriggerRequest request) {
        JobConfiguration job = job(request.jobName());
        Instant now = time.instant();
        Instant at = request.time() == null ? now : request.time();
        return ask(
                job,
                new JobRequest.Order(
                        Kind.TRIGGER,
                        now,
                        parameter(request.parameter()),
                        items(job, request.items()),
                        Times.at(at),
                        1,
                        1,
                        Duration.ZERO));
    }

    @Override
    public String backfill(BackfillRequest request) {
        JobConfiguration job = job(request.jobName());
        CronSchedule schedule = request.step() == null ? job.schedule() : null;
        Duration step = request.step() == null ? Duration.ofDays(1) : request.step();
        String advice = "Nothing was asked of job '" + request.jobName() + "'";
        if (request.step() == null && schedule == null) {
            throw new InvalidSettingException(
                    "step",
                    "none",
                    "a distance of the business times, as the job has no cron expression",
                    advice + "; give a step.");
        }
        if (!request.from().isBefore(request.to())) {
            throw new InvalidSettingException(
                    "range",
                    request.from() + " to " + request.to(),
                    "a beginning before the end",
                    advice + "; exchange them.");
        }
        if (step.compareTo(Duration.ofMillis(1)) < 0) {
            throw new InvalidSettingException("step", step, "1 ms or more", advice + "; correct the step.");
        }
        if (request.atOnce() < 1 || request.atOnce() > 100) {
            throw new InvalidSettingException("atOnce", request.atOnce(), "1..100", advice + "; correct the throttle.");
        }
        if (request.pause().isNegative()) {
            throw new InvalidSettingException(
                    "pause", request.pause(), "zero or more", advice + "; correct the throttle.");
        }
        if (request.atMost() < 1) {
            throw new InvalidSettingException("atMost", request.atMost(), "1 or more", advice + "; correct it.");
        }
        Times times = new Times(request.from(), request.to(), schedule, step);
        int count = times.count(request.atMost());
        if (count == 0) {
            throw new InvalidSettingException(
                    "range",
                    request.from() + " to " + request.to(),
                    "at least one planned time of " + schedule,
                    advice + "; choose another range or a step.");
        }
        if (count > request.atMost()) {
            throw new InvalidSettingException(
                    "range",
                    request.from() + " to " + request.to(),
                    "at most " + request.atMost() + " business times",
                    advice + "; ask for less, or raise atMost.");
        }
        return ask(
                job,
                new JobRequest.Order(
                        Kind.BACKFILL,
                        time.instant(),
                        parameter(request.parameter()),
                        items(job, request.items()),
                        times,
                        count,
                        request.atOnce(),
                        request.pause()));
    }

    private JobConfiguration job(String jobName) {
        registry.existing(jobName);
        return registry.configuration(jobName)
                .orElseThrow(() -> new NoSuchElementException("job: '" + jobName
                        + "' (expected: a job with a configuration). Nothing was changed; check the name."));
    }

    private static @Nullable String parameter(@Nullable String parameter) {
        if (parameter != null && parameter.length() > LONGEST_PARAMETER) {
            throw new InvalidSettingException(
                    "parameter",
                    parameter.length() + " characters",
                    "at most " + LONGEST_PARAMETER,
                    "Nothing was asked; put the rest where the job can read it, and give its place.");
        }
        return parameter;
    }

    private List<Integer> items(JobConfiguration job, List<Integer> items) {
        JobPaths paths = registry.existing(job.getJobName());
        List<Integer> sorted = List.copyOf(new TreeSet<>(items));
        List<Read> reads = new ArrayList<>();
        for (int item : sorted) {
            if (item < 0 || item >= job.getShardingTotalCount()) {
                throw new InvalidSettingException(
                        "items",
                        item,
                        "0.." + (job.getShardingTotalCount() - 1),
                        "Nothing was asked of job '" + job.getJobName() + "'; leave the item out.");
            }
            reads.add(new Read.Get(paths.disabled(item)));
        }
        List<Answer> answers = reads.isEmpty() ? List.of() : registry.read(reads);
        for (int i = 0; i < answers.size(); i++) {
            if (answers.get(i) instanceof Answer.Found) {
                throw new InvalidSettingException(
                        "items",
                        sorted.get(i),
                        "items that are enabled",
                        "Nothing was asked of job '" + job.getJobName() + "'; enable the item, or leave it out.");
            }
        }
        return sorted;
    }

    private String ask(JobConfiguration job, JobRequest.Order order) {
        JobPaths paths = registry.existing(job.getJobName());
        String id = ID.format(unlikeTheLast(order.asked())) + "-"
                + UUID.randomUUID().toString().substring(0, 8);
        String text = JobRequest.of(id, order).text();
        registry.commit("request", job.getJobName(), () -> {
            List<String> parents = List.of(
                    paths.ownNamespaceRoot(),
                    paths.ownRoot(),
                    paths.requests(),
                    paths.openRequests(),
                    paths.finishedRequests(),
                    paths.triggers());
            List<Read> reads = new ArrayList<>();
            parents.forEach(parent -> reads.add(new Read.Get(parent)));
            reads.add(new Read.Get(paths.openRequest(id)));
            reads.add(new Read.Get(paths.finishedRequest(id)));
            List<Answer> answers = registry.read(reads);
            if (answers.get(6) instanceof Answer.Found || answers.get(7) instanceof Answer.Found) {
                // the answer to the attempt before was lost; it took effect
                return List.of();
            }
            List<Write> writes = new ArrayList<>();
            for (int i = 0; i < parents.size(); i++) {
                if (answers.get(i) instanceof Answer.Absent) {
                    writes.add(new Write.Create(parents.get(i), "", CreateMode.PERSISTENT));
                }
            }
            writes.add(new Write.Create(paths.openRequest(id), text, CreateMode.PERSISTENT));
            writes.add(new Write.SetData(paths.triggers(), id, -1));
            return writes;
        });
        return id;
    }

    /** Ids of one process grow, also those of one millisecond. */
    private Instant unlikeTheLast(Instant asked) {
        return Instant.ofEpochMilli(lastId.updateAndGet(last -> Math.max(last + 1, asked.toEpochMilli())));
    }

    // ---- ruling ------------------------------------------------------------------------------------------------

    @Override
    public void pause(String jobName, String id) {
        change(
                jobName,
                id,
                "pause",
                request -> request.progress().state() == State.OPEN ? request.in(State.PAUSED, null) : request);
    }

    @Override
    public void resume(String jobName, String id) {
        change(
                jobName,
                id,
                "resume",
                request -> request.progress().state() == State.PAUSED ? request.in(State.OPEN, null) : request);
    }

    @Override
    public void cancel(String jobName, String id) {
        change(jobName, id, "cancel", request -> request.in(State.CANCELLING, null));
    }

    private void change(String jobName, String id, String command, UnaryOperator<JobRequest> change) {
        JobPaths paths = registry.existing(jobName);
        int kept = registry.configuration(jobName)
                .map(JobConfiguration::requestsKept)
                .orElse(0);
        registry.commit(command, jobName, () -> {
            JobTree tree = look(paths, List.of(id));
            String text = tree.data(paths.openRequest(id));
            JobRequest before = text == null ? null : JobRequest.read(id, text);
            if (before == null) {
                if (tree.exists(paths.finishedRequest(id)) && command.equals("cancel")) {
                    return List.of();
                }
                throw new NoSuchElementException("request: '" + id + "' (expected: an open request of job '" + jobName
                        + "'). Nothing was changed; look at the job's requests.");
            }
            JobRequest after = change.apply(before);
            int version = tree.version(paths.openRequest(id));
            if (after.equals(before)) {
                return List.of();
            }
            if (after.progress().state() == State.CANCELLING
                    && tree.children(paths.openRequest(id)).isEmpty()) {
                // nothing of it runs; refused when something has begun meanwhile
                return ServeRequests.finish(tree, after.in(State.CANCELLED, time.instant()), version, kept);
            }
            List<Write> writes = new ArrayList<>();
            writes.add(new Write.SetData(paths.openRequest(id), after.text(), version));
            writes.add(
                    tree.exists(paths.triggers())
                            ? new Write.SetData(paths.triggers(), id, -1)
                            : new Write.Create(paths.triggers(), id, CreateMode.PERSISTENT));
            return writes;
        });
    }

    // ---- looking -----------------------------------------------------------------------------------------------

    /** The requests that are named, with what else is needed to tell of them. */
    private JobTree look(JobPaths paths, List<String> ids) {
        JobTree tree = new JobTree(paths);
        take(
                tree,
                List.of(
                        new Read.Children(paths.instances()),
                        new Read.Children(paths.servers()),
                        new Read.Get(paths.triggers()),
                        new Read.Children(paths.finishedRequests())));
        List<Read> reads = new ArrayList<>();
        tree.instances().forEach(instance -> reads.add(new Read.Get(paths.instance(instance))));
        tree.children(paths.servers()).forEach(server -> reads.add(new Read.Get(paths.server(server))));
        for (String id : ids) {
            reads.add(new Read.Get(paths.openRequest(id)));
            reads.add(new Read.Children(paths.openRequest(id)));
            reads.add(new Read.Get(paths.finishedRequest(id)));
        }
        take(tree, reads);
        return tree;
    }

    private void take(JobTree tree, List<Read> reads) {
        for (int from = 0; from < reads.size(); from += QUESTIONS_PER_READ) {
            List<Read> part = reads.subList(from, Math.min(reads.size(), from + QUESTIONS_PER_READ));
            List<Answer> answers = registry.read(part);
            for (int i = 0; i < part.size(); i++) {
                tree.answered(part.get(i), answers.get(i));
            }
        }
    }

    @Override
    public List<RequestStatus> requests(String jobName) {
        JobPaths paths = registry.existing(jobName);
        List<Answer> names = registry.read(
                List.of(new Read.Children(paths.openRequests()), new Read.Children(paths.finishedRequests())));
        TreeSet<String> ids = new TreeSet<>(RegistryCommands.names(names.get(0)));
        ids.addAll(RegistryCommands.names(names.get(1)));
        return tell(paths, List.copyOf(ids));
    }

    @Override
    public Optional<RequestStatus> request(String jobName, String id) {
        return tell(registry.existing(jobName), List.of(id)).stream().findFirst();
    }

    private List<RequestStatus> tell(JobPaths paths, List<String> ids) {
        JobTree tree = look(paths, ids);
        List<Read> holders = new ArrayList<>();
        for (String id : ids) {
            for (String item : tree.children(paths.openRequest(id))) {
                holders.add(new Read.Get(paths.openRequest(id) + "/" + item));
            }
        }
        Map<String, JobRequest> found = new TreeMap<>(Collections.reverseOrder());
        for (String id : ids) {
            String text = tree.data(paths.openRequest(id));
            text = text == null ? tree.data(paths.finishedRequest(id)) : text;
            JobRequest request = text == null ? null : JobRequest.read(id, text);
            if (request != null) {
                found.put(id, request);
                request.progress()
                        .open()
                        .values()
                        .forEach(items -> items.forEach(item -> holders.add(new Read.Get(paths.disabled(item)))));
            }
        }
        take(tree, holders);
        return found.values().stream().map(request -> status(tree, request)).toList();
    }

    private RequestStatus status(JobTree tree, JobRequest request) {
        JobRequest.Order order = request.order();
        JobRequest.Progress progress = request.progress();
        List<OpenTime> open = new ArrayList<>();
        progress.open().forEach((at, left) -> {
            Map<Integer, String> running = new TreeMap<>();
            for (int item : left) {
                String holder = tree.data(tree.paths().requestItem(request.id(), item));
                if (holder != null
                        && open.stream().noneMatch(other -> other.running().containsKey(item))) {
                    running.put(item, holder);
                }
            }
            open.add(new OpenTime(at, List.copyOf(left), Map.copyOf(running)));
        });
        return new RequestStatus(
                tree.paths().jobName(),
                request.id(),
                order.kind(),
                progress.state(),
                order.asked(),
                order.parameter(),
                order.items(),
                order.total(),
                progress.timesDone(),
                progress.state().isEnd() ? null : request.nextTime(),
                List.copyOf(open),
                progress.itemsDone(),
                progress.itemsFailed(),
                progress.itemsGone(),
                progress.failures(),
                waitsFor(tree, request),
                progress.ended());
    }

    private @Nullable WaitsFor waitsFor(JobTree tree, JobRequest request) {
        JobRequest.Progress progress = request.progress();
        if (progress.state() == State.PAUSED) {
            return WaitsFor.RESUME;
        }
        if (progress.state() != State.OPEN) {
            return null;
        }
        if (tree.available().stream().allMatch(tree::isPeer)) {
            return WaitsFor.INSTANCE;
        }
        if (progress.open().isEmpty() && time.instant().isBefore(progress.notBefore())) {
            return WaitsFor.PAUSE_TO_END;
        }
        boolean off = !progress.open().isEmpty()
                && progress.open().values().stream()
                        .allMatch(items -> items.stream().allMatch(tree::isDisabled));
        return off ? WaitsFor.ITEMS_TO_BE_ENABLED : null;
    }
}
