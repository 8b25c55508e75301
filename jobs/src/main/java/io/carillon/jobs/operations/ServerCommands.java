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

import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.Registry.Answer;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.Write;
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

    /** What a target means now: a job with those of its servers and instances that are meant. */
    private record Meant(JobPaths paths, List<String> servers, List<String> instances) {}

    void mark(Target target, String mark) {
        boolean off = mark.equals(JobPaths.DISABLED);
        calls.commit(off ? "disable" : "enable", target.toString(), () -> {
            List<Write> writes = new ArrayList<>();
            for (Meant meant : meant(target)) {
                meant.servers.forEach(ip -> writes.add(new Write.SetData(meant.paths.server(ip), mark, -1)));
            }
            if (writes.isEmpty() && off) {
                throw new IllegalStateException(target + ": has no server yet (expected: at least one). Nothing was"
                        + " changed; set disabled in its configuration, so that servers to come start switched off.");
            }
            return writes;
        });
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
            if (only != null) {
                reads.add(new Read.Get(paths.config()));
            }
        }
        List<Answer> answers = calls.read(reads);
        if (only != null && answers.get(2) instanceof Answer.Absent) {
            throw missingJob(only, namespace);
        }
        List<Meant> meant = new ArrayList<>();
        Set<String> known = new HashSet<>();
        for (int i = 0; i < jobs.size(); i++) {
            List<String> servers = RegistryCalls.names(answers.get(2 * i));
            List<String> instances = RegistryCalls.names(answers.get(2 * i + 1));
            known.addAll(servers);
            instances.forEach(id -> known.add(JobPaths.ipOf(id)));
            meant.add(new Meant(
                    new JobPaths(namespace, jobs.get(i)),
                    only(servers.stream(), target.serverIp()),
                    instances.stream()
                            .filter(id -> target.serverIp() == null
                                    || target.serverIp().equals(JobPaths.ipOf(id)))
                            .toList()));
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
