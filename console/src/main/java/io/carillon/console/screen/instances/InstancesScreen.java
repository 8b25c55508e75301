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
import io.carillon.console.ask.Instances;
import io.carillon.console.ask.Questions;
import io.carillon.console.ask.WhatIf;
import io.carillon.console.web.Page;
import io.carillon.console.web.Pages;
import io.carillon.console.web.Scope;
import io.carillon.jobs.operations.JobQueries.InstanceDetail;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
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
        String words = Scope.text(request, "q");
        Answer<Instances> instances =
                questions.instanceDetails(cluster).answer().map(all -> Instances.of(all, words));
        String self = "/clusters/" + Page.segment(name) + "/instances"
                + (words.isEmpty() ? "" : "?q=" + Page.parameter(words));
        pages.show(
                request,
                response,
                200,
                "instances",
                pages.page(request, name, self),
                new InstancesView(words, instances));
    }

    @GetMapping("/clusters/{cluster}/instances/{instance}")
    void one(
            @PathVariable("cluster") String name,
            @PathVariable("instance") String id,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        ConsoleCluster cluster = scope.cluster(request, name);
        // all questions begin before the first answer is awaited
        Question<List<InstanceDetail>> details = questions.instanceDetails(cluster);
        Answer<Optional<WhatIf>> whatIf = WhatIf.ask(questions, Visitor.of(request), cluster, id);
        InstanceView view = new InstanceView(id, details.answer().map(all -> Instances.of(all, "")), whatIf);
        pages.show(
                request,
                response,
                view.isUnknown() ? 404 : 200,
                "instance",
                pages.page(request, name, "/clusters/" + Page.segment(name) + "/instances/" + Page.segment(id)),
                view);
    }
}
