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

import io.carillon.jobs.coordination.JobIntent;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.Registry.Answer;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.Write;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The commands for jobs and servers, alone or in all combinations: one round of reading, then the writes. Thread-safe. */
final class ServerCommands {

    private final RegistryCalls calls;
    private final String namespace;

    ServerCommands(RegistryCalls calls, String namespace) {
        this.calls = calls;
        this.namespace = namespace;
    }

    /**
     * What a target means now: a job with those of its servers and instances that are meant.
     *
     * @param all all its servers
     */
    private record Meant(
            JobPaths paths, List<String> servers, List<String> instances, List<String> all, IntentNode intent) {}

    /** Switches on, off, or off until a time. */
    void mark(Target target, String mark, @Nullable Instant until, By by, Instant now) {
        boolean off = mark.equals(JobPaths.DISABLED);
        calls.commit(off ? "disable" : "enable", target.toString(), () -> {
            List<Write> writes = new ArrayList<>();
            boolean ownRoot = exists("/" + namespace + "-carillon");
            for (Meant meant : meant(target)) {
                for (String ip : meant.servers) {
                    writes.add(new Write.SetData(meant.paths.server(ip), mark, -1));
                }
                JobIntent before = meant.intent.intent();
                JobIntent.Mark wish = off && !meant.servers.isEmpty()
                        ? new JobIntent.Mark(now, until, by.actor(), by.reason(), by.from())
                        : null;
                if (until != null) {
                    checkPause(target, meant, before);
                    before = withOwnMarks(meant, before, now);
                }
                JobIntent after =
                        off ? disabled(target, before, wish) : enabled(target, before, meant.all, meant.servers);
                if (!after.equals(before)) {
                    ownRoot = meant.intent.put(after, ownRoot, writes);
                }
            }
            if (writes.isEmpty() && off) {
                throw new IllegalStateException(target + ": has no server yet (expected: at least one). Nothing was"
                        + " changed; set disabled in its configuration, so that servers to come start switched off.");
            }
            return writes;
        });
    }

    private static JobIntent disabled(Target target, JobIntent before, JobIntent.@Nullable Mark wish) {
        if (wish == null) {
            return before;
        }
        String ip = target.serverIp();
        return before.with(ip == null ? JobIntent.JOB : JobIntent.server(ip), wish);
    }

    private static JobIntent enabled(Target target, JobIntent before, List<String> all, List<String> meant) {
        JobIntent after = before;
        JobIntent.Mark whole = before.job();
        if (target.serverIp() != null && whole != null && !meant.isEmpty()) {
            if (whole.until() != null) {
                throw new IllegalStateException(target + ": is paused until " + whole.until()
                        + " (expected: a job that is not paused). Nothing was changed; enable the whole job first.");
            }
            // the others stay off, each for itself
            for (String ip : all) {
                after = after.marks().containsKey(JobIntent.server(ip))
                        ? after
                        : after.with(JobIntent.server(ip), whole);
            }
        }
        for (String ip : meant) {
            after = after.with(JobIntent.server(ip), null);
        }
        return target.serverIp() == null || !meant.isEmpty() ? after.with(JobIntent.JOB, null) : after;
    }

    private void checkPause(Target target, Meant meant, JobIntent before) {
        JobIntent.Mark whole = before.job();
        if (whole != null && whole.until() == null) {
            throw new IllegalStateException(target + ": is switched off since " + whole.since()
                    + " (expected: a job that is enabled or paused). Nothing was changed; enable it first.");
        }
        List<Read> reads = new ArrayList<>();
        meant.instances.forEach(id -> reads.add(new Read.Get(meant.paths.instance(id))));
        // see JobTree.isPeer
        boolean peersOnly = !reads.isEmpty()
                && calls.read(reads).stream()
                        .allMatch(answer -> answer instanceof Answer.Found found
                                && found.node().version() == 0);
        if (peersOnly) {
            throw new IllegalStateException(target + ": all its instances are ElasticJob's (expected: at least one of"
                    + " Carillon, which ends the pause). Nothing was changed; disable it instead.");
        }
    }

    /** Servers that are off already get marks of their own, so that the end of the pause leaves them off. */
    private JobIntent withOwnMarks(Meant meant, JobIntent before, Instant now) {
        if (before.job() != null) {
            return before;
        }
        JobIntent after = before;
        List<Answer> servers = calls.read(meant.servers.stream()
                .<Read>map(ip -> new Read.Get(meant.paths.server(ip)))
                .toList());
        for (int i = 0; i < servers.size(); i++) {
            String about = JobIntent.server(meant.servers.get(i));
            if (servers.get(i) instanceof Answer.Found found
                    && found.node().data().equals(JobPaths.DISABLED)
                    && !after.marks().containsKey(about)) {
                Instant since = Instant.ofEpochMilli(found.node().modifiedMillis());
                after = after.with(about, new JobIntent.Mark(since.isAfter(now) ? now : since, null, "", "", ""));
            }
        }
        return after;
    }

    private boolean exists(String path) {
        return calls.read(List.of(new Read.Get(path))).get(0) instanceof Answer.Found;
    }

    /** How a target is switched, for people. */
    String describe(Target target) {
        List<Meant> all = meant(target);
        List<Read> reads = new ArrayList<>();
        all.forEach(meant -> meant.servers.forEach(ip -> reads.add(new Read.Get(meant.paths.server(ip)))));
        List<Answer> answers = calls.read(reads);
        int disabled = 0;
        int enabled = 0;
        for (Answer answer : answers) {
            boolean off =
                    answer instanceof Answer.Found found && found.node().data().equals(JobPaths.DISABLED);
            disabled += off ? 1 : 0;
            enabled += off ? 0 : 1;
        }
        JobIntent.Mark mark = all.size() == 1 && disabled > 0
                ? all.get(0).intent.intent().ofServer(all.get(0).servers.get(0))
                : null;
        String state = disabled == 0
                ? "ENABLED"
                : enabled == 0 ? "DISABLED" : "DISABLED on " + disabled + " of " + (disabled + enabled) + " servers";
        if (mark != null) {
            state = (mark.until() == null ? state : "PAUSED until " + mark.until()) + ", since " + mark.since() + ", "
                    + new By(mark.actor(), mark.reason(), mark.from());
        }
        return (all.size() == 1 ? "" : all.size() + " jobs: ") + state;
    }

    void shutdown(Target target) {
        calls.commit("shutdown", target.toString(), () -> takenOff(meant(target)));
    }

    void remove(Target target) {
        calls.commit("remove", target.toString(), () -> {
            List<Meant> all = meant(target);
            List<Write> writes = new ArrayList<>(takenOff(all));
            for (Meant meant : all) {
                meant.servers.forEach(ip -> writes.add(new Write.Delete(meant.paths.server(ip), -1)));
            }
            return writes;
        });
    }

    private static List<Write> takenOff(List<Meant> all) {
        List<Write> writes = new ArrayList<>();
        for (Meant meant : all) {
            meant.instances.forEach(id -> writes.add(new Write.Delete(meant.paths.instance(id), -1)));
        }
        return writes;
    }

    private List<Meant> meant(Target target) {
        String only = target.jobName();
        List<String> jobs = only != null
                ? List.of(only)
                : RegistryCalls.names(
                        calls.read(List.of(new Read.Children("/" + namespace))).get(0));
        List<Read> reads = new ArrayList<>();
        for (String job : jobs) {
            JobPaths paths = new JobPaths(namespace, job);
            reads.add(new Read.Children(paths.servers()));
            reads.add(new Read.Children(paths.instances()));
            reads.addAll(IntentNode.reads(paths));
            if (only != null) {
                reads.add(new Read.Get(paths.config()));
            }
        }
        List<Answer> answers = calls.read(reads);
        if (only != null && answers.get(4) instanceof Answer.Absent) {
            throw missingJob(only, namespace);
        }
        List<Meant> meant = new ArrayList<>();
        Set<String> known = new HashSet<>();
        for (int i = 0; i < jobs.size(); i++) {
            List<String> servers = RegistryCalls.names(answers.get(4 * i));
            List<String> instances = RegistryCalls.names(answers.get(4 * i + 1));
            known.addAll(servers);
            instances.forEach(id -> known.add(JobPaths.ipOf(id)));
            meant.add(new Meant(
                    new JobPaths(namespace, jobs.get(i)),
                    only(servers.stream(), target.serverIp()),
                    instances.stream()
                            .filter(id -> target.serverIp() == null
                                    || target.serverIp().equals(JobPaths.ipOf(id)))
                            .toList(),
                    servers,
                    IntentNode.of(
                            new JobPaths(namespace, jobs.get(i)), answers.get(4 * i + 2), answers.get(4 * i + 3))));
        }
        String ip = target.serverIp();
        if (ip != null && !known.contains(ip)) {
            throw new NoSuchElementException("server: '" + ip + "' (expected: one of "
                    + known.stream().sorted().limit(10).toList() + (known.size() > 10 ? " and more" : "")
                    + (only == null ? ", the servers of namespace '" + namespace : ", the servers of job '" + only)
                    + "'). Nothing was changed; check the address.");
        }
        return meant;
    }

    private static List<String> only(Stream<String> servers, @Nullable String ip) {
        return servers.filter(server -> ip == null || ip.equals(server)).toList();
    }

    static NoSuchElementException missingJob(String jobName, String namespace) {
        return new NoSuchElementException("job: '" + jobName + "' (expected: a job of namespace '" + namespace
                + "'). Nothing was changed; check the name.");
    }
}
