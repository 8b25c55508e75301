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
import io.carillon.jobs.coordination.ConfigYaml;
import io.carillon.jobs.coordination.JobIntent;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.LastFirings;
import io.carillon.jobs.coordination.MovedItems;
import io.carillon.jobs.coordination.Registry.Answer;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Node;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.coordination.ShardingStrategy;
import io.carillon.jobs.scheduling.CronSchedule;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * The commands that put a wish down for Carillon's instances, which carry it out when it is time: an item is to have another
 * owner, one firing is to be left out. Thread-safe.
 *
 * <p>A wish is written together with {@code deal}, so that whoever does not know of it yet has its next claim refused, and looks
 * again; and together with the parent of the triggers, of which all hear.
 */
final class WishCommands {

    /** A firing that is nearer than this may have begun when all instances hear that it is to be left out. */
    private static final Duration TOO_NEAR = Duration.ofSeconds(1);

    /** For how long after its planned time ElasticJob's instances may begin a firing that is to be left out, at most. */
    private static final Duration AFTER = Duration.ofSeconds(10);

    private final RegistryCalls calls;
    private final ServerCommands servers;
    private final String namespace;
    private final InstantSource time;

    WishCommands(RegistryCalls calls, ServerCommands servers, String namespace, InstantSource time) {
        this.calls = calls;
        this.servers = servers;
        this.namespace = namespace;
        this.time = time;
    }

    // ---- what is known of the job ------------------------------------------------------------------------------

    /** A job as it was read. */
    private record Known(
            JobPaths paths,
            JobConfiguration configuration,
            @Nullable Node deal,
            @Nullable Node leader,
            boolean ownNamespaceRoot,
            boolean ownRoot,
            boolean triggers,
            IntentNode intent,
            List<Node> instances,
            List<Node> servers) {

        boolean isOnline(String instance) {
            return instances.stream().anyMatch(node -> node.path().equals(paths.instance(instance)));
        }

        boolean isEnabled(String ip) {
            return servers.stream()
                    .anyMatch(node ->
                            node.path().equals(paths.server(ip)) && node.data().equals(JobPaths.ENABLED));
        }

        boolean hasPeers() {
            return instances.stream().anyMatch(node -> node.version() == 0);
        }

        /** As {@link io.carillon.jobs.coordination.JobTree#available}. */
        List<String> available() {
            return instances.stream()
                    .map(node -> node.path().substring(paths.instances().length() + 1))
                    .filter(id -> isEnabled(JobPaths.ipOf(id)))
                    .toList();
        }

        /** Adds what makes all instances look. */
        void tell(List<Write> writes) {
            if (deal != null) {
                writes.add(new Write.SetData(paths.deal(), deal.data(), deal.version()));
            }
            writes.add(
                    triggers
                            ? new Write.SetData(paths.triggers(), "", -1)
                            : new Write.Create(paths.triggers(), "", CreateMode.PERSISTENT));
        }

        /** Adds the parent of Carillon's own nodes of the job where it is missing. */
        void ensureOwnRoot(List<Write> writes) {
            if (!ownNamespaceRoot && !ownRoot) {
                writes.add(new Write.Create(paths.ownNamespaceRoot(), "", CreateMode.PERSISTENT));
            }
            if (!ownRoot) {
                writes.add(new Write.Create(paths.ownRoot(), "", CreateMode.PERSISTENT));
            }
        }
    }

    private Known known(String jobName) {
        JobPaths paths = new JobPaths(namespace, jobName);
        List<Answer> answers = calls.read(List.of(
                new Read.Get(paths.config()),
                new Read.Get(paths.deal()),
                new Read.Get(paths.leaderInstance()),
                new Read.Get(paths.ownNamespaceRoot()),
                new Read.Get(paths.ownRoot()),
                new Read.Get(paths.triggers()),
                new Read.Get(paths.intent()),
                new Read.Children(paths.instances()),
                new Read.Children(paths.servers())));
        Node config = node(answers.get(0));
        if (config == null) {
            throw ServerCommands.missingJob(jobName, namespace);
        }
        List<String> ids = RegistryCalls.names(answers.get(7));
        List<Read> reads = new ArrayList<>();
        ids.forEach(id -> reads.add(new Read.Get(paths.instance(id))));
        RegistryCalls.names(answers.get(8)).forEach(ip -> reads.add(new Read.Get(paths.server(ip))));
        List<Node> instances = new ArrayList<>();
        List<Node> marks = new ArrayList<>();
        List<Answer> nodes = calls.read(reads);
        for (int i = 0; i < nodes.size(); i++) {
            Node found = node(nodes.get(i));
            if (found != null) {
                (i < ids.size() ? instances : marks).add(found);
            }
        }
        return new Known(
                paths,
                ConfigYaml.read(config.data()),
                node(answers.get(1)),
                node(answers.get(2)),
                answers.get(3) instanceof Answer.Found,
                answers.get(4) instanceof Answer.Found,
                answers.get(5) instanceof Answer.Found,
                IntentNode.of(paths, answers.get(6), answers.get(4)),
                instances,
                marks);
    }

    private static @Nullable Node node(Answer answer) {
        return answer instanceof Answer.Found found ? found.node() : null;
    }

    // ---- another owner -----------------------------------------------------------------------------------------

    void moveItem(String jobName, int item, String instance) {
        calls.commit("moveItem", "job '" + jobName + "'", () -> {
            Known job = known(jobName);
            JobPaths paths = job.paths;
            checkItem(job, item);
            checkTarget(job, instance);
            checkDeal(job);
            List<Answer> answers = calls.read(List.of(new Read.Get(paths.owner(item)), new Read.Get(paths.moved())));
            Node owner = node(answers.get(0));
            Node wishes = node(answers.get(1));
            MovedItems before = MovedItems.parse(wishes == null ? null : wishes.data());
            boolean elsewhere = before.owners().containsKey(item)
                    && !instance.equals(before.owners().get(item));
            if (owner != null && owner.data().equals(instance) && !elsewhere) {
                throw new NotNowException("item: " + item + " of job '" + jobName + "' belongs to " + instance
                        + " already (expected: another instance). Nothing was changed.");
            }
            List<Write> writes = new ArrayList<>();
            String text = before.with(item, instance, job.available()).print();
            if (wishes == null) {
                job.ensureOwnRoot(writes);
                writes.add(new Write.Create(paths.moved(), text, CreateMode.PERSISTENT));
            } else {
                writes.add(new Write.SetData(paths.moved(), text, wishes.version()));
            }
            writes.add(new Write.Check(paths.instance(instance), -1));
            job.tell(writes);
            return writes;
        });
    }

    private static void checkItem(Known job, int item) {
        int total = job.configuration.getShardingTotalCount();
        if (item < 0 || item >= total) {
            throw new InvalidSettingException(
                    "item",
                    item,
                    "0.." + (total - 1) + ", the items of job '" + job.paths.jobName() + "'",
                    "Nothing was changed; correct the number.");
        }
    }

    private static void checkTarget(Known job, String instance) {
        String name = job.paths.jobName();
        if (!job.isOnline(instance)) {
            throw new NoSuchElementException("instance: '" + instance + "' (expected: one that is online for job '"
                    + name + "', and not drained). Nothing was changed; check the id.");
        }
        if (!job.isEnabled(JobPaths.ipOf(instance))) {
            throw new NotNowException("instance: the server of " + instance + " is switched off for job '" + name
                    + "' (expected: one that takes part). Nothing was changed; enable the server, or choose another"
                    + " instance.");
        }
    }

    private static void checkDeal(Known job) {
        String name = job.paths.jobName();
        if (job.leader != null && job.leader.version() == 0) {
            throw new NotNowException("moveItem: job '" + name + "' is led by " + job.leader.data()
                    + ", an instance of ElasticJob (expected: a leader of Carillon's, as ElasticJob's deals items by its"
                    + " strategy only). Nothing was changed; repeat the command when one of Carillon's leads.");
        }
        String type = job.configuration.getJobShardingStrategyType();
        ShardingStrategy strategy = ShardingStrategy.of(type);
        if (strategy != null && strategy.movesAfterEachRun()) {
            throw new NotNowException("jobShardingStrategyType: '" + type + "' of job '" + name
                    + "' moves the items after each run (expected: one that leaves them where they are). Nothing was"
                    + " changed; choose another strategy.");
        }
    }

    // ---- one firing less ---------------------------------------------------------------------------------------

    /** @return the planned time of the firing that is left out */
    Instant skipNext(String jobName, By by) {
        Instant now = time.instant();
        Known first = known(jobName);
        Instant next = nextOf(first, now);
        checkIsOn(first);
        checkNotOfPeersOnly(first);
        checkNotSkipped(first, now);
        if (next.isBefore(now.plus(TOO_NEAR))) {
            throw tooNear(jobName, next, "is nearer than a second");
        }
        calls.commit("skipNext", "job '" + jobName + "'", () -> {
            Known job = known(jobName);
            checkNotSkipped(job, now);
            if (!next.equals(nextOf(job, now))) {
                throw new NotNowException("skipNext: the schedule of job '" + jobName
                        + "' was changed meanwhile (expected: that its next firing is " + next
                        + "). Nothing is skipped; repeat the command.");
            }
            Node claim =
                    node(calls.read(List.of(new Read.Get(job.paths.claim()))).get(0));
            if (hasBegun(job, next)) {
                throw tooNear(jobName, next, "has begun");
            }
            List<Write> writes = new ArrayList<>();
            JobIntent.Mark mark = new JobIntent.Mark(now, next, by.actor(), by.reason(), by.from());
            job.intent.put(job.intent.intent().with(JobIntent.SKIP, mark), job.ownNamespaceRoot, writes);
            if (claim != null) {
                // nobody has claimed for it until now; who claims from now on knows that it is left out
                writes.add(new Write.Check(job.paths.claim(), claim.version()));
            }
            job.tell(writes);
            return writes;
        });
        if (first.hasPeers()) {
            // they know nothing of one firing that is left out
            servers.mark(Target.job(jobName), JobPaths.DISABLED, onAgain(first, next), by, now);
        }
        return next;
    }

    private static Instant nextOf(Known job, Instant now) {
        CronSchedule schedule = job.configuration.schedule();
        Instant next = schedule == null ? null : schedule.next(now);
        if (next == null) {
            throw new NotNowException("skipNext: job '" + job.paths.jobName() + "' "
                    + (schedule == null ? "has no schedule" : "has a schedule that names no time from now on")
                    + " (expected: one that will fire). Nothing is skipped; it runs only when it is triggered.");
        }
        return next;
    }

    private static void checkIsOn(Known job) {
        JobIntent.Mark whole = job.intent.intent().job();
        boolean off = !job.servers.isEmpty()
                && job.servers.stream().allMatch(server -> server.data().equals(JobPaths.DISABLED));
        if (whole == null && !off) {
            return;
        }
        String who = whole == null
                ? " is switched off on all its servers"
                : (whole.until() == null ? " is switched off" : " is paused until " + whole.until()) + ", since "
                        + whole.since() + ", " + new By(whole.actor(), whole.reason(), whole.from());
        throw new NotNowException("skipNext: job '" + job.paths.jobName() + "'" + who
                + " (expected: a job that is enabled). Nothing is skipped; enable it first.");
    }

    private static void checkNotOfPeersOnly(Known job) {
        if (!job.instances.isEmpty() && job.instances.stream().allMatch(node -> node.version() == 0)) {
            throw new NotNowException("skipNext: all instances of job '" + job.paths.jobName()
                    + "' are ElasticJob's (expected: at least one of Carillon). Nothing is skipped; disable the job, and enable"
                    + " it after the firing.");
        }
    }

    private static void checkNotSkipped(Known job, Instant now) {
        JobIntent.Mark mark = job.intent.intent().skip();
        if (mark != null && mark.until() != null && !mark.isOver(now)) {
            throw new NotNowException("skipNext: the firing of " + mark.until() + " of job '" + job.paths.jobName()
                    + "' is skipped already, since " + mark.since() + ", "
                    + new By(mark.actor(), mark.reason(), mark.from())
                    + " (expected: a next firing that is not skipped). Nothing else is skipped; pause the job to leave out"
                    + " several.");
        }
    }

    private static NotNowException tooNear(String jobName, Instant next, String what) {
        return new NotNowException("skipNext: the firing of " + next + " of job '" + jobName + "' " + what
                + " (expected: one that no instance can have begun). It is not skipped, and none after it; repeat the command"
                + " for the one after it, or interrupt what runs.");
    }

    /** Whether an instance of Carillon has claimed items for that time, or for a later one. */
    private boolean hasBegun(Known job, Instant next) {
        List<String> ids = RegistryCalls.names(
                calls.read(List.of(new Read.Children(job.paths.claims()))).get(0));
        List<Read> reads = new ArrayList<>(
                ids.stream().map(id -> new Read.Get(job.paths.claimOf(id))).toList());
        // the notes of those who have gone are in the last deal
        reads.add(new Read.Get(job.paths.deal()));
        return calls.read(reads).stream()
                .map(WishCommands::node)
                .map(note -> note == null ? null : LastFirings.latest(note.data()))
                .anyMatch(latest -> latest != null && !latest.isBefore(next));
    }

    /** When ElasticJob's instances are switched on again: well after the firing, and well before the one after it. */
    private static Instant onAgain(Known job, Instant skipped) {
        CronSchedule schedule = job.configuration.schedule();
        Instant after = schedule == null ? null : schedule.next(skipped);
        Duration half = after == null ? AFTER : Duration.between(skipped, after).dividedBy(2);
        return skipped.plus(half.compareTo(AFTER) < 0 ? half : AFTER);
    }
}
