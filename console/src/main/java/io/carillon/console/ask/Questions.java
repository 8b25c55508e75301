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
package io.carillon.console.ask;

import io.carillon.console.ConsoleCluster;
import io.carillon.console.ConsoleMessages;
import io.carillon.console.access.Role;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.Ask.Question;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.operations.ClusterCopy;
import io.carillon.jobs.operations.JobMoves;
import io.carillon.jobs.operations.JobQueries.InstanceDetail;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import io.carillon.jobs.operations.JobQueries.ServerStatus;
import io.carillon.jobs.operations.JobQueries.StopPreview;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.operations.MessageQueries;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.Callable;

/** The questions of the pages and of the API, in one place, so that both share their answers. Thread-safe. */
public final class Questions {
    private static final String RECORDS = "records";
    private static final String ALARMS = "alarms";

    private final Ask ask;

    public Questions(Ask ask) {
        this.ask = ask;
    }

    /** What a message store holds. */
    public record Counts(Map<MessageState, Long> byState, Duration oldestOpen) {}

    public Question<List<JobStatus>> jobs(ConsoleCluster cluster) {
        return ask.begin(clusterKey(cluster), "jobs", () -> cluster.queries().jobs());
    }

    public Question<Optional<JobStatus>> job(ConsoleCluster cluster, String jobName) {
        return ask.begin(
                clusterKey(cluster), "job " + jobName, () -> cluster.queries().job(jobName));
    }

    /** All jobs with their stored settings. */
    public Question<ClusterCopy> copy(ConsoleCluster cluster) {
        return ask.begin(clusterKey(cluster), "copy", () -> cluster.queries().copy());
    }

    /** All instances with what is known of each. */
    public Question<List<InstanceDetail>> instanceDetails(ConsoleCluster cluster) {
        return ask.begin(
                clusterKey(cluster), "instance details", () -> cluster.queries().instanceDetails());
    }

    /** What happens if an instance stops; empty when no job has it. */
    public Question<Optional<StopPreview>> whatIf(ConsoleCluster cluster, String instance) {
        return ask.begin(clusterKey(cluster), "what if " + instance, () -> {
            try {
                return Optional.of(cluster.queries().whatIfStopped(instance));
            } catch (NoSuchElementException nobody) {
                return Optional.empty();
            }
        });
    }

    /** Which items of a job change their owner; none for a job that is not there. */
    public Question<JobMoves> moves(ConsoleCluster cluster, String jobName) {
        return ask.begin(clusterKey(cluster), "moves " + jobName, () -> {
            try {
                return cluster.queries().moves(jobName);
            } catch (NoSuchElementException gone) {
                return JobMoves.NONE;
            }
        });
    }

    /** The servers of a job; none for a job that is not there. */
    public Question<List<ServerStatus>> servers(ConsoleCluster cluster, String jobName) {
        return ask.begin(clusterKey(cluster), "servers " + jobName, () -> {
            try {
                return cluster.queries().servers(jobName);
            } catch (NoSuchElementException gone) {
                return List.of();
            }
        });
    }

    /** Something about alarms: the same text means the same question. */
    public <T> Question<T> alarms(String what, Callable<T> call) {
        return ask.begin(ALARMS, what, call);
    }

    public Question<List<RunRecord>> runs(ConsoleCluster cluster, String jobName, int limit) {
        return ask.begin(clusterKey(cluster), "runs " + limit + " " + jobName, () -> cluster.queries()
                .runs(jobName, limit));
    }

    /** The latest runs of each of some jobs, newest first. */
    public Question<Map<String, List<RunRecord>>> runsOf(ConsoleCluster cluster, List<String> jobNames, int perJob) {
        return ask.begin(clusterKey(cluster), "runs " + perJob + " of " + jobNames, () -> cluster.queries()
                .runsOf(jobNames, perJob));
    }

    public Question<Counts> counts(MessageQueries store) {
        return ask.begin(storeKey(store), "counts", () -> new Counts(store.countByState(), store.oldestOpenAge()));
    }

    public Question<List<StoredMessage>> dead(MessageQueries store, int limit) {
        return ask.begin(storeKey(store), "dead " + limit, () -> store.latest(MessageState.DEAD, limit));
    }

    /** What the console itself remembers. */
    public <T> Question<T> records(String what, Callable<T> call) {
        return ask.begin(RECORDS, what, call);
    }

    /** What the console remembers has changed. */
    public void forgetRecords() {
        ask.forget(RECORDS);
    }

    /** Something else of a cluster: the same text means the same question. */
    public <T> Question<T> of(ConsoleCluster cluster, String what, Callable<T> call) {
        return ask.begin(clusterKey(cluster), what, call);
    }

    /** Jobs that a visitor may see; the answer is shared with all visitors. */
    public Answer<List<JobStatus>> visible(Visitor visitor, ConsoleCluster cluster, Question<List<JobStatus>> jobs) {
        Answer<List<JobStatus>> answer = jobs.answer();
        return visitor.seesAll(cluster.name())
                ? answer
                : answer.map(all -> all.stream()
                        .filter(job -> visitor.may(Role.VIEWER, cluster.name(), group(job)))
                        .toList());
    }

    /** A job, unless the visitor may not see it. */
    public Answer<Optional<JobStatus>> visibleJob(
            Visitor visitor, ConsoleCluster cluster, Question<Optional<JobStatus>> job) {
        return job.answer().map(found -> found.filter(known -> visitor.may(Role.VIEWER, cluster.name(), group(known))));
    }

    /** The group of a job, by which rights are given. */
    public String group(JobStatus job) {
        return job.group();
    }

    /** What was answered of a cluster is not shared any more: somebody has just changed it. */
    public void forget(ConsoleCluster cluster) {
        ask.forget(clusterKey(cluster));
    }

    /** Something of a message store: the same text means the same question. */
    public <T> Question<T> of(ConsoleMessages store, String what, Callable<T> call) {
        return ask.begin(storeKey(store.operations().queries()), what, call);
    }

    /** What was answered of a store is not shared any more: somebody has just changed it. */
    public void forget(ConsoleMessages store) {
        ask.forget(storeKey(store.operations().queries()));
    }

    private static String clusterKey(ConsoleCluster cluster) {
        return "cluster " + cluster.name();
    }

    private static String storeKey(MessageQueries store) {
        return "store " + store.store();
    }
}
