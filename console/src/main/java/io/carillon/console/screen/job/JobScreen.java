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
package io.carillon.console.screen.job;

import io.carillon.console.ConsoleCluster;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.AlarmDesk;
import io.carillon.console.ask.Answer;
import io.carillon.console.ask.Ask.Question;
import io.carillon.console.ask.Questions;
import io.carillon.console.command.Trail;
import io.carillon.console.web.Page;
import io.carillon.console.web.Pages;
import io.carillon.console.web.Scope;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.operations.JobMoves;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import io.carillon.jobs.operations.JobQueries.ServerStatus;
import io.carillon.jobs.operations.JobRequests.RequestStatus;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;

/** Is the work spread well, what happened, what comes next? One job's shards, requests, runs and record. Thread-safe. */
@Controller
public final class JobScreen {
    private static final int MOST_RUNS = 50;
    private static final int MOST_TRAIL = 10;
    private static final int MOST_ALARMS = 10;

    private final Scope scope;
    private final Questions questions;
    private final Trail trail;
    private final AlarmDesk alarms;
    private final Pages pages;

    public JobScreen(Scope scope, Questions questions, Trail trail, AlarmDesk alarms, Pages pages) {
        this.scope = scope;
        this.questions = questions;
        this.trail = trail;
        this.alarms = alarms;
        this.pages = pages;
    }

    @GetMapping("/clusters/{cluster}/jobs/{job}")
    void show(
            @PathVariable("cluster") String name,
            @PathVariable("job") String jobName,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        ConsoleCluster cluster = scope.cluster(request, name);
        Visitor visitor = Visitor.of(request);
        Question<Optional<JobStatus>> asked = questions.job(cluster, jobName);
        Question<List<RunRecord>> runs = questions.runs(cluster, jobName, MOST_RUNS);
        Question<List<RequestStatus>> requests = questions.of(cluster, "requests " + jobName, () -> cluster.commands()
                .requests()
                .requests(jobName));
        Question<List<Trail.Entry>> record = questions.of(
                cluster, "trail " + jobName, () -> trail.latest(Trail.Question.ofJob(name, jobName), null, MOST_TRAIL));
        Question<JobMoves> moves = questions.moves(cluster, jobName);
        Question<List<ServerStatus>> servers = questions.servers(cluster, jobName);
        Question<AlarmDesk.OfJob> told = alarms.ofJob(name, jobName, MOST_ALARMS);
        Answer<Optional<JobStatus>> job = questions.visibleJob(visitor, cluster, asked);
        boolean none = job.or(Optional.empty()).isEmpty();
        boolean hidden = none && !visitor.seesAll(name);
        // what belongs to a job that the visitor may not see is not told either
        JobView view = new JobView(
                jobName,
                job,
                hidden ? nothing(asked, List.of()) : runs.answer(),
                none ? nothing(asked, List.of()) : requests.answer(),
                hidden ? nothing(asked, List.of()) : record.answer(),
                none ? nothing(asked, JobMoves.NONE) : moves.answer(),
                none ? nothing(asked, List.of()) : servers.answer(),
                alarms.setting(),
                none || told == null ? null : told.answer());
        Page page = pages.page(request, name, "/clusters/" + Page.segment(name) + "/jobs/" + Page.segment(jobName));
        pages.show(request, response, view.isUnknown() ? 404 : 200, "job", page, view);
    }

    private static <T> Answer<T> nothing(Question<?> asked, T nothing) {
        return asked.answer().map(known -> nothing);
    }
}
