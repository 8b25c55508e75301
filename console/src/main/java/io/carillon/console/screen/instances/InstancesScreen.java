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
package io.carillon.console.screen.instances;

import io.carillon.console.ConsoleCluster;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.Answer;
import io.carillon.console.ask.Ask.Question;
import io.carillon.console.ask.Questions;
import io.carillon.console.screen.instances.InstanceView.Held;
import io.carillon.console.web.Page;
import io.carillon.console.web.Pages;
import io.carillon.console.web.Scope;
import io.carillon.jobs.operations.JobQueries.InstanceStatus;
import io.carillon.jobs.operations.JobQueries.ItemStatus;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;

/** Who runs the jobs, may I restart this one, is one of them bad? Thread-safe. */
@Controller
public final class InstancesScreen {
    private final Scope scope;
    private final Questions questions;
    private final Pages pages;

    public InstancesScreen(Scope scope, Questions questions, Pages pages) {
        this.scope = scope;
        this.questions = questions;
        this.pages = pages;
    }

    @GetMapping("/clusters/{cluster}/instances")
    void all(@PathVariable("cluster") String name, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        ConsoleCluster cluster = scope.cluster(request, name);
        Question<List<InstanceStatus>> instances = questions.instances(cluster);
        Question<List<String>> drained = drained(cluster);
        InstancesView view = new InstancesView(instances.answer(), drained.answer());
        pages.show(
                request,
                response,
                200,
                "instances",
                pages.page(request, name, "/clusters/" + Page.segment(name) + "/instances"),
                view);
    }

    private Question<List<String>> drained(ConsoleCluster cluster) {
        return questions.of(cluster, "drained", () -> cluster.queries().drainedInstances());
    }

    @GetMapping("/clusters/{cluster}/instances/{instance}")
    void one(
            @PathVariable("cluster") String name,
            @PathVariable("instance") String id,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        ConsoleCluster cluster = scope.cluster(request, name);
        Question<List<JobStatus>> jobs = questions.jobs(cluster);
        Question<List<String>> drained = drained(cluster);
        boolean isDrained = drained.answer().or(List.of()).contains(id);
        Answer<List<Held>> held = questions
                .visible(Visitor.of(request), cluster, jobs)
                .map(all -> all.stream()
                        .filter(job -> job.instances().contains(id)
                                || job.items().stream().anyMatch(item -> id.equals(item.owner())))
                        .map(job -> held(job, id))
                        .toList());
        boolean online = !held.or(List.of()).isEmpty();
        InstanceView view = new InstanceView(id, online, isDrained, held);
        boolean unknown = held.isKnown() && !online && !isDrained;
        pages.show(
                request,
                response,
                unknown ? 404 : 200,
                "instance",
                pages.page(request, name, "/clusters/" + Page.segment(name) + "/instances/" + Page.segment(id)),
                view);
    }

    private static Held held(JobStatus job, String id) {
        return new Held(
                job.jobName(),
                job.items().stream()
                        .filter(item -> id.equals(item.owner()))
                        .map(ItemStatus::item)
                        .toList(),
                job.items().stream()
                        .filter(item -> id.equals(item.runningOn()))
                        .map(ItemStatus::item)
                        .toList(),
                (int) job.instances().stream()
                        .filter(other -> !other.equals(id))
                        .count(),
                id.equals(job.leader()));
    }
}
