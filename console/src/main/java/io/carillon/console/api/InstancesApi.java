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
import io.carillon.console.ask.AlarmDesk;
import io.carillon.console.ask.Answer.Known;
import io.carillon.console.ask.Ask.Question;
import io.carillon.console.ask.Instances;
import io.carillon.console.ask.Questions;
import io.carillon.console.ask.WhatIf;
import io.carillon.console.command.RefusedException;
import io.carillon.console.web.Scope;
import io.carillon.jobs.alarms.Finding.Symptom;
import io.carillon.jobs.alarms.Incident;
import io.carillon.jobs.operations.HealthReason;
import io.carillon.jobs.operations.JobQueries.InstanceDetail;
import io.carillon.jobs.operations.JobQueries.Intent;
import io.carillon.jobs.operations.JobQueries.ServerStatus;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;

/**
 * {@code /api/v1}: who runs the jobs, what happens if one of them stops, and who was told when a job was not well. Reads only.
 * Thread-safe.
 */
@Controller
@RequestMapping(path = "/api/v1", produces = MediaType.APPLICATION_JSON_VALUE)
public final class InstancesApi {
    private static final int MOST_ALARMS = 50;

    private final Scope scope;
    private final Questions questions;
    private final AlarmDesk alarms;

    public InstancesApi(Scope scope, Questions questions, AlarmDesk alarms) {
        this.scope = scope;
        this.questions = questions;
        this.alarms = alarms;
    }

    // ---- what is answered ---------------------------------------------------------------------------------------

    /** Instances that match, worst first. */
    public record InstanceList(
            String cluster, String asOf, int total, Map<String, Integer> versions, List<Instance> instances) {}

    /**
     * One instance.
     *
     * @param jobs how many jobs it is online for
     * @param items how many items it owns
     * @param peer whether it is ElasticJob's, which says nothing of itself
     * @param version null when it is not known
     * @param oddVersion whether most others run another version
     * @param clockAheadMillis how far its clock is ahead of the registry's; negative: behind
     * @param session the registry session in hexadecimal digits
     * @param workers how many items can run at once; null when that is not known
     * @param drained by whom and why, or null while it takes part
     */
    public record Instance(
            String id,
            String serverIp,
            int jobs,
            int items,
            boolean peer,
            @Nullable String host,
            @Nullable Long pid,
            @Nullable String version,
            boolean oddVersion,
            @Nullable String started,
            @Nullable Long clockAheadMillis,
            @Nullable String session,
            @Nullable Long sessionTimeoutMillis,
            int running,
            @Nullable Integer workers,
            @Nullable SwitchedOff drained,
            List<String> healthReasons) {}

    /** Who switched something off; empty texts where nobody is on record. */
    public record SwitchedOff(
            String by,
            String reason,
            @Nullable String since,
            @Nullable String until) {
        static @Nullable SwitchedOff of(Intent intent) {
            return intent.state() == Intent.State.ENABLED
                    ? null
                    : new SwitchedOff(
                            intent.by().actor(),
                            intent.by().reason(),
                            ConsoleApi.text(intent.since()),
                            ConsoleApi.text(intent.until()));
        }
    }

    /**
     * What happens if an instance stops.
     *
     * @param orphans the jobs that nobody would run any more
     * @param spareless the jobs that one instance would be left for
     * @param hiddenJobs how many further jobs it has, which the caller may not see
     */
    public record StopForetold(
            String instance, List<String> orphans, List<String> spareless, int hiddenJobs, List<StopOfJob> jobs) {}

    /**
     * One job of it.
     *
     * @param fate of its items: NOBODY, STAYS, UNKNOWN, MOVES or NOTHING
     * @param takers which items each instance would get
     * @param othersMove how many further items would change hands
     */
    public record StopOfJob(
            String job,
            boolean leads,
            List<Integer> items,
            List<Integer> running,
            int otherInstances,
            String fate,
            Map<String, List<Integer>> takers,
            int othersMove) {}

    /** The servers of a job. */
    public record ServerList(String job, List<Server> servers) {}

    /** One server; {@code off} is null while the job is on there. */
    public record Server(
            String serverIp, boolean enabled, @Nullable SwitchedOff off, List<String> instances) {}

    /**
     * The alarms of a job.
     *
     * @param setting ELSEWHERE: this application sends none; OFF; NOBODY: no channel is set; TOLD
     * @param incident what is wrong now, or null
     * @param told what was said lately, newest first
     */
    public record AlarmList(
            String job, String setting, @Nullable OpenAlarm incident, List<ToldAlarm> told) {}

    /** Something that is not well; {@code opened} is null before it has lasted, {@code clearSince} while it lasts. */
    public record OpenAlarm(
            String severity,
            String since,
            @Nullable String opened,
            @Nullable String clearSince,
            List<AlarmReason> reasons) {}

    /** Something that was said; {@code channels} tells how far it is on each. */
    public record ToldAlarm(
            String what,
            String severity,
            String since,
            String at,
            List<AlarmReason> reasons,
            Map<String, String> channels) {}

    /** A reason by its code, with what fills its sentence. */
    public record AlarmReason(String code, List<String> arguments) {
        static List<AlarmReason> of(List<Symptom> symptoms) {
            return symptoms.stream()
                    .map(symptom -> new AlarmReason(symptom.code(), symptom.arguments()))
                    .toList();
        }
    }

    // ---- reading ------------------------------------------------------------------------------------------------

    /** The instances that match the words of {@code q}. */
    @GetMapping("/clusters/{cluster}/instances")
    ResponseEntity<InstanceList> instances(
            @PathVariable("cluster") String name,
            @RequestParam(name = "q", defaultValue = "") String words,
            HttpServletRequest request) {
        ConsoleCluster cluster = scope.cluster(request, name);
        Known<List<InstanceDetail>> known =
                ConsoleApi.known(questions.instanceDetails(cluster).answer(), name);
        Instances found = Instances.of(known.value(), words);
        return ResponseEntity.ok(new InstanceList(
                name,
                known.at().toString(),
                found.total(),
                new TreeMap<>(found.versions()),
                found.rows().stream().map(InstancesApi::instance).toList()));
    }

    @GetMapping("/clusters/{cluster}/instances/{instance}")
    ResponseEntity<Instance> instance(
            @PathVariable("cluster") String name, @PathVariable("instance") String id, HttpServletRequest request) {
        ConsoleCluster cluster = scope.cluster(request, name);
        Known<List<InstanceDetail>> known =
                ConsoleApi.known(questions.instanceDetails(cluster).answer(), name);
        Instances.Row row = Instances.of(known.value(), "").find(id);
        if (row == null) {
            throw new RefusedException(404, "problem.unknownInstance", id);
        }
        return ResponseEntity.ok(instance(row));
    }

    @GetMapping("/clusters/{cluster}/instances/{instance}/what-if")
    ResponseEntity<StopForetold> whatIf(
            @PathVariable("cluster") String name, @PathVariable("instance") String id, HttpServletRequest request) {
        ConsoleCluster cluster = scope.cluster(request, name);
        WhatIf whatIf = ConsoleApi.known(WhatIf.ask(questions, Visitor.of(request), cluster, id), name)
                .value()
                .orElseThrow(() -> new RefusedException(404, "problem.unknownInstance", id));
        return ResponseEntity.ok(new StopForetold(
                id,
                whatIf.jobs().stream()
                        .filter(job -> job.fate() == WhatIf.Fate.NOBODY)
                        .map(WhatIf.Job::name)
                        .toList(),
                whatIf.jobs().stream()
                        .filter(WhatIf.Job::spareless)
                        .map(WhatIf.Job::name)
                        .toList(),
                whatIf.hidden(),
                whatIf.jobs().stream()
                        .map(job -> new StopOfJob(
                                job.name(),
                                job.leads(),
                                job.items(),
                                job.running(),
                                job.others(),
                                job.fate().name(),
                                job.takers(),
                                job.wander()))
                        .toList()));
    }

    @GetMapping("/clusters/{cluster}/jobs/{job}/servers")
    ResponseEntity<ServerList> servers(
            @PathVariable("cluster") String name, @PathVariable("job") String jobName, HttpServletRequest request) {
        ConsoleCluster cluster = visible(request, name, jobName);
        List<ServerStatus> servers = ConsoleApi.known(
                        questions.servers(cluster, jobName).answer(), name)
                .value();
        return ResponseEntity.ok(new ServerList(
                jobName,
                servers.stream()
                        .map(server -> new Server(
                                server.serverIp(),
                                server.intent().state() == Intent.State.ENABLED,
                                SwitchedOff.of(server.intent()),
                                server.instances()))
                        .toList()));
    }

    @GetMapping("/clusters/{cluster}/jobs/{job}/alarms")
    ResponseEntity<AlarmList> alarms(
            @PathVariable("cluster") String name, @PathVariable("job") String jobName, HttpServletRequest request) {
        visible(request, name, jobName);
        Question<AlarmDesk.OfJob> asked = alarms.ofJob(name, jobName, MOST_ALARMS);
        AlarmDesk.OfJob known;
        if (asked == null) {
            known = AlarmDesk.OfJob.NONE;
        } else if (asked.answer() instanceof Known<AlarmDesk.OfJob> answered) {
            known = answered.value();
        } else {
            throw new RefusedException(503, "problem.alarms");
        }
        Incident incident = known.incident();
        return ResponseEntity.ok(new AlarmList(
                jobName,
                alarms.setting().name(),
                incident == null
                        ? null
                        : new OpenAlarm(
                                incident.severity().name(),
                                incident.since().toString(),
                                ConsoleApi.text(incident.openedAt()),
                                ConsoleApi.text(incident.clearSince()),
                                AlarmReason.of(incident.symptoms())),
                known.told().stream().map(InstancesApi::told).toList()));
    }

    private static ToldAlarm told(AlarmDesk.Told told) {
        Map<String, String> channels = new TreeMap<>();
        told.channels().forEach((channel, state) -> channels.put(channel, state.name()));
        return new ToldAlarm(
                told.what().name(),
                told.severity().name(),
                told.since().toString(),
                told.at().toString(),
                AlarmReason.of(told.symptoms()),
                channels);
    }

    /** The cluster of a job that the visitor may see. */
    private ConsoleCluster visible(HttpServletRequest request, String name, String jobName) {
        ConsoleCluster cluster = scope.cluster(request, name);
        if (ConsoleApi.known(questions.visibleJob(Visitor.of(request), cluster, questions.job(cluster, jobName)), name)
                .value()
                .isEmpty()) {
            throw new RefusedException(404, "problem.unknownJob", jobName);
        }
        return cluster;
    }

    private static Instance instance(Instances.Row row) {
        InstanceDetail one = row.detail();
        return new Instance(
                one.id(),
                one.serverIp(),
                one.jobs().size(),
                row.items(),
                one.peer(),
                one.host().isEmpty() ? null : one.host(),
                one.pid() == 0 ? null : one.pid(),
                one.version().isEmpty() ? null : one.version(),
                row.oddVersion(),
                ConsoleApi.text(one.started()),
                millis(one.ahead()),
                one.session() == 0 ? null : Long.toHexString(one.session()),
                millis(one.sessionTimeout()),
                one.running(),
                one.workers() == 0 ? null : one.workers(),
                SwitchedOff.of(one.drained()),
                one.reasons().stream().map(HealthReason::text).toList());
    }

    private static @Nullable Long millis(@Nullable Duration duration) {
        return duration == null ? null : duration.toMillis();
    }
}
