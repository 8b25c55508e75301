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
package io.carillon.center;

import io.carillon.console.ConsoleCluster;
import io.carillon.console.ConsoleSources;
import io.carillon.jobs.alarms.AlarmView;
import io.carillon.jobs.alarms.Finding;
import io.carillon.jobs.alarms.Finding.Code;
import io.carillon.jobs.alarms.Finding.Severity;
import io.carillon.jobs.alarms.Finding.Subject;
import io.carillon.jobs.alarms.Finding.Symptom;
import io.carillon.jobs.operations.HealthReason;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.operations.MessageQueries;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Looks at every cluster and store once, and says what is not well: the same health that the console shows. Thread-safe. */
final class LookAround {
    private final ConsoleSources sources;
    private final Set<HealthReason.Code> ignored;
    private final AlarmProperties.Messages limits;

    LookAround(ConsoleSources sources, Set<HealthReason.Code> ignored, AlarmProperties.Messages limits) {
        this.sources = sources;
        this.ignored = Set.copyOf(ignored);
        this.limits = limits;
    }

    /** Whose reason: of jobs by cluster, of stores by their name, of clusters by theirs. Immutable. */
    record Reason(String kind, String cluster, String code) implements Comparable<Reason> {
        @Override
        public int compareTo(Reason other) {
            return (kind + '\n' + cluster + '\n' + code)
                    .compareTo(other.kind + '\n' + other.cluster + '\n' + other.code);
        }
    }

    /**
     * What was seen. Immutable.
     *
     * @param reasons how many subjects have each reason, also those that raise no alarm
     */
    record Seen(AlarmView view, Map<Reason, Integer> reasons) {}

    Seen look() {
        List<Finding> findings = new ArrayList<>();
        Set<String> silent = new HashSet<>();
        Map<Reason, Integer> reasons = new TreeMap<>();
        for (ConsoleCluster cluster : sources.clusters()) {
            try {
                for (JobStatus job : cluster.queries().jobs()) {
                    job.health()
                            .reasons()
                            .forEach(reason -> reasons.merge(
                                    new Reason(
                                            "job", cluster.name(), reason.code().name()),
                                    1,
                                    Integer::sum));
                    Finding finding = Finding.of(cluster.name(), job.jobName(), job.group(), job.health(), ignored);
                    if (finding != null) {
                        findings.add(finding);
                    }
                }
            } catch (RuntimeException e) {
                silent.add(cluster.name());
                findings.add(new Finding(
                        Subject.cluster(cluster.name()), Severity.BAD, List.of(Code.REGISTRY_SILENT.with(said(e)))));
            }
        }
        sources.stores().forEach(store -> findings.addAll(of(store)));
        for (Finding finding : findings) {
            if (finding.subject().kind() != Finding.Kind.JOB) {
                finding.symptoms()
                        .forEach(symptom -> reasons.merge(
                                new Reason(
                                        finding.subject().kind() == Finding.Kind.STORE ? "store" : "cluster",
                                        finding.subject().name(),
                                        symptom.code()),
                                1,
                                Integer::sum));
            }
        }
        return new Seen(new AlarmView(findings, silent), reasons);
    }

    private List<Finding> of(MessageQueries store) {
        Subject subject = Subject.store(store.store());
        try {
            Finding finding = of(
                    subject,
                    store.countByState().getOrDefault(MessageState.DEAD, 0L),
                    store.oldestOpenAge(),
                    store.overdueConfirmations(limits.overdue()),
                    limits);
            return finding == null ? List.of() : List.of(finding);
        } catch (RuntimeException e) {
            return List.of(new Finding(subject, Severity.BAD, List.of(Code.STORE_SILENT.with(said(e)))));
        }
    }

    /** What a store's figures say, or null when it is well. */
    static @Nullable Finding of(
            Subject store, long dead, Duration oldest, long overdue, AlarmProperties.Messages limits) {
        List<Symptom> symptoms = new ArrayList<>();
        if (dead >= limits.dead()) {
            symptoms.add(Code.MESSAGES_DEAD.with(dead));
        }
        if (oldest.compareTo(limits.waiting()) > 0) {
            symptoms.add(
                    Code.MESSAGES_WAIT.with(oldest.toSeconds(), limits.waiting().toSeconds()));
        }
        if (overdue > 0) {
            symptoms.add(
                    Code.CONFIRMATIONS_OVERDUE.with(overdue, limits.overdue().toSeconds()));
        }
        return symptoms.isEmpty()
                ? null
                : new Finding(store, dead >= limits.dead() ? Severity.BAD : Severity.WARNING, symptoms);
    }

    private static String said(RuntimeException e) {
        String message = e.getMessage();
        return message == null
                ? e.getClass().getSimpleName()
                : message.lines().findFirst().orElse("");
    }
}
