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
import io.carillon.console.ConsoleSources;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.Ask.Question;
import io.carillon.console.ask.Questions;
import io.carillon.console.web.Page;
import io.carillon.console.web.Pages;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;

/** Is the work spread well, what happened, what comes next? One job's items and runs. Thread-safe. */
@Controller
public final class JobScreen {
    private static final int MOST_RUNS = 50;

    private final ConsoleSources sources;
    private final Questions questions;
    private final Pages pages;

    public JobScreen(ConsoleSources sources, Questions questions, Pages pages) {
        this.sources = sources;
        this.questions = questions;
        this.pages = pages;
    }

    @GetMapping("/clusters/{cluster}/jobs/{job}")
    void show(
            @PathVariable("cluster") String name,
            @PathVariable("job") String jobName,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        Visitor visitor = Visitor.of(request);
        Optional<ConsoleCluster> found = sources.cluster(name).filter(cluster -> visitor.sees(cluster.name()));
        if (found.isEmpty()) {
            pages.problem(request, response, 404, "problem.unknownCluster", name);
            return;
        }
        Question<Optional<JobStatus>> job = questions.job(found.get(), jobName);
        Question<List<RunRecord>> runs = questions.runs(found.get(), jobName, MOST_RUNS);
        JobView view = new JobView(jobName, questions.visibleJob(visitor, found.get(), job), runs.answer());
        Page page = pages.page(request, name, "/clusters/" + name + "/jobs/" + Page.segment(jobName));
        pages.show(request, response, view.isUnknown() ? 404 : 200, "job", page, view);
    }
}
