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
package io.carillon.console.web;

import io.carillon.console.ConsoleCluster;
import io.carillon.console.access.Grant;
import io.carillon.console.access.Role;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.Answer;
import io.carillon.console.ask.Answer.Known;
import io.carillon.console.ask.Answer.Missing;
import io.carillon.console.ask.Ask.Question;
import io.carillon.console.ask.CompareFilter;
import io.carillon.console.ask.Questions;
import io.carillon.console.command.Commands;
import io.carillon.console.command.ImportJobs;
import io.carillon.console.command.RefusedException;
import io.carillon.jobs.operations.ClusterCopy;
import io.carillon.jobs.operations.ClusterCopy.Job;
import jakarta.servlet.http.HttpServletRequest;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Clusters as a whole, as far as their visitor may see them: exported, compared, and planned to be carried over. Thread-safe; it
 * changes nothing by itself.
 */
public final class Copies {
    private final Scope scope;
    private final Questions questions;

    public Copies(Scope scope, Questions questions) {
        this.scope = scope;
        this.questions = questions;
    }

    /**
     * Two clusters side by side.
     *
     * @param here what the one says, or why it says nothing
     * @param there the same of the other
     * @param part what is shown; empty unless both have answered
     */
    public record Compared(
            String cluster,
            CompareFilter filter,
            Answer<ClusterCopy> here,
            Answer<ClusterCopy> there,
            Optional<CompareFilter.Part> part) {}

    /**
     * Compares a cluster with the one that the filter names.
     *
     * @throws RefusedException 404 when there is no such cluster, or the visitor may see nothing of it
     */
    public Compared compare(HttpServletRequest request, String name, CompareFilter filter) {
        Visitor visitor = Visitor.of(request);
        ConsoleCluster cluster = scope.cluster(request, name);
        ConsoleCluster other = scope.cluster(request, filter.with());
        Question<ClusterCopy> asked = questions.copy(cluster);
        Question<ClusterCopy> askedOther = questions.copy(other);
        Answer<ClusterCopy> here = seen(visitor, name, asked.answer());
        Answer<ClusterCopy> there = seen(visitor, other.name(), askedOther.answer());
        return new Compared(
                name,
                filter,
                here,
                there,
                here instanceof Known<ClusterCopy> one && there instanceof Known<ClusterCopy> two
                        ? Optional.of(filter.apply(one.value(), two.value()))
                        : Optional.empty());
    }

    /**
     * A cluster's jobs as a text. Configurations hold what only those may see who may change them.
     *
     * @throws RefusedException when the visitor may not, or the registry does not answer
     */
    public String export(HttpServletRequest request, String name) {
        ConsoleCluster cluster = scope.cluster(request, name);
        need(request, Role.EDITOR, name);
        return known(cluster).toText();
    }

    /**
     * What it would take to give a cluster the jobs of a text.
     *
     * @throws RefusedException when the visitor may not, the text is none (with its line), or the registry does not answer
     */
    public ImportJobs planned(HttpServletRequest request, String name, String text) {
        ConsoleCluster cluster = scope.cluster(request, name);
        need(request, Role.ADMIN, name);
        ClusterCopy wanted;
        try {
            wanted = ClusterCopy.ofText(text);
        } catch (IllegalArgumentException e) {
            throw new RefusedException(422, "problem.invalid", String.valueOf(e.getMessage()));
        }
        return ImportJobs.ofText(name, wanted.planImportInto(known(cluster)));
    }

    /**
     * What it would take to give a cluster some jobs of another. Who takes them over must be allowed to change each of them in the
     * one, by the group that it has there or will have, and to see it in the other: what has a secret, only who may change it there.
     *
     * @throws RefusedException when the visitor may not, a job is not there, or a registry does not answer
     */
    public ImportJobs takenOver(HttpServletRequest request, String name, String source, List<String> jobs) {
        Visitor visitor = Visitor.of(request);
        ConsoleCluster cluster = scope.cluster(request, name);
        ConsoleCluster from = scope.cluster(request, source);
        if (jobs.isEmpty() || jobs.size() > Commands.MOST_TARGETS) {
            throw new RefusedException(400, "problem.targets", jobs.size(), Commands.MOST_TARGETS);
        }
        Set<String> wanted = new HashSet<>(jobs);
        ClusterCopy copy = known(from)
                .where(
                        job -> wanted.contains(job.name()) && visitor.may(Role.VIEWER, source, job.group()),
                        job -> false);
        Set<String> found = copy.jobs().stream().map(Job::name).collect(Collectors.toSet());
        for (String job : jobs) {
            if (!found.contains(job)) {
                throw new RefusedException(404, "problem.unknownJob", job);
            }
        }
        ClusterCopy target = known(cluster);
        Map<String, String> groups = new HashMap<>();
        copy.jobs().forEach(job -> groups.put(job.name(), job.group()));
        target.jobs().forEach(job -> groups.replace(job.name(), job.group()));
        // the group of what cannot be read is not known
        target.unreadable().keySet().forEach(job -> groups.replace(job, Grant.ALL));
        Commands.needForEach(visitor, Role.EDITOR, name, groups);
        for (Job job : copy.jobs()) {
            if (job.hasSecrets() && !visitor.may(Role.EDITOR, source, job.group())) {
                throw new RefusedException(403, "problem.secretJob", job.name(), source);
            }
        }
        return ImportJobs.takenOver(name, source, copy.planImportInto(target), groups);
    }

    private static void need(HttpServletRequest request, Role role, String cluster) {
        if (!Visitor.of(request).may(role, cluster, Grant.ALL)) {
            throw new RefusedException(403, "problem.role", role.key(), cluster);
        }
    }

    private ClusterCopy known(ConsoleCluster cluster) {
        Answer<ClusterCopy> answer = questions.copy(cluster).answer();
        if (answer instanceof Known<ClusterCopy> known) {
            return known.value();
        }
        throw new RefusedException(503, "problem.failed", ((Missing<ClusterCopy>) answer).inWords());
    }

    private static Answer<ClusterCopy> seen(Visitor visitor, String cluster, Answer<ClusterCopy> answer) {
        return visitor.seesAll(cluster)
                ? answer
                : answer.map(copy -> copy.where(
                        job -> visitor.may(Role.VIEWER, cluster, job.group()),
                        // the group of what cannot be read is not known
                        job -> visitor.may(Role.VIEWER, cluster, "")));
    }
}
