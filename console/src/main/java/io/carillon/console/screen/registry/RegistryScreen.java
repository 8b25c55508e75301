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
package io.carillon.console.screen.registry;

import io.carillon.console.ConsoleCluster;
import io.carillon.console.access.Grant;
import io.carillon.console.access.Role;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.Answer;
import io.carillon.console.ask.Questions;
import io.carillon.console.command.Command.Done;
import io.carillon.console.command.Commands;
import io.carillon.console.command.RefusedException;
import io.carillon.console.command.RegistryCommand;
import io.carillon.console.web.Page;
import io.carillon.console.web.Pages;
import io.carillon.console.web.Scope;
import io.carillon.jobs.operations.RegistryTree;
import io.carillon.jobs.operations.RegistryTree.Dump;
import io.carillon.jobs.operations.RegistryTree.Seen;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.util.UriUtils;

/**
 * Is the tree what the engine believes? The registry node by node, for who may see the whole cluster; administrators may write
 * and delete a node after typing its path. Thread-safe.
 */
@Controller
public final class RegistryScreen {
    private static final int NAMES = 100;
    private static final int LONGEST_PATH = 1_000;

    private final Scope scope;
    private final Questions questions;
    private final Commands commands;
    private final Pages pages;

    public RegistryScreen(Scope scope, Questions questions, Commands commands, Pages pages) {
        this.scope = scope;
        this.questions = questions;
        this.commands = commands;
        this.pages = pages;
    }

    @GetMapping("/clusters/{cluster}/registry")
    void look(@PathVariable("cluster") String name, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        ConsoleCluster cluster = whole(request, name);
        show(request, response, cluster, 200, "", "", "");
    }

    /** A cluster all of which the visitor may see: the tree tells of every job. */
    private ConsoleCluster whole(HttpServletRequest request, String name) {
        ConsoleCluster cluster = scope.cluster(request, name);
        if (!Visitor.of(request).seesAll(name)) {
            throw new RefusedException(403, "problem.role", Role.VIEWER.key(), name);
        }
        return cluster;
    }

    private static String path(HttpServletRequest request, List<String> roots) {
        String path = request.getParameter("path");
        String asked = path == null || path.isEmpty() ? roots.isEmpty() ? "" : roots.get(0) : path;
        if (asked.length() > LONGEST_PATH) {
            throw new RefusedException(422, "problem.path", asked.substring(0, LONGEST_PATH));
        }
        return asked;
    }

    private static String self(String cluster, String path) {
        return "/clusters/" + Page.segment(cluster) + "/registry?path=" + UriUtils.encode(path, StandardCharsets.UTF_8);
    }

    private void show(
            HttpServletRequest request,
            HttpServletResponse response,
            ConsoleCluster cluster,
            int status,
            String problem,
            String done,
            String typed)
            throws IOException {
        RegistryTree tree = cluster.tree();
        String path = path(request, tree.roots());
        String after = Scope.text(request, "after");
        boolean hex = Scope.text(request, "view").equals("hex");
        Answer<Optional<Seen>> node = questions
                .of(cluster, "node " + path + "\n" + after, () -> tree.look(path, after, NAMES))
                .answer();
        boolean raw = Visitor.of(request).may(Role.EDITOR, cluster.name(), Grant.ALL);
        String self = self(cluster.name(), path)
                + (after.isEmpty() ? "" : "&after=" + UriUtils.encode(after, StandardCharsets.UTF_8))
                + (hex ? "&view=hex" : "");
        pages.show(
                request,
                response,
                status == 200
                                && done.isEmpty()
                                && node.isKnown()
                                && node.or(Optional.empty()).isEmpty()
                        ? 404
                        : status,
                "registry",
                pages.page(request, cluster.name(), self),
                new RegistryView(path, tree.roots(), node, hex, raw, problem, done, typed));
    }

    @PostMapping("/clusters/{cluster}/registry")
    void change(@PathVariable("cluster") String name, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        ConsoleCluster cluster = whole(request, name);
        String path = path(request, List.of());
        String text = request.getParameter("text");
        boolean deletes = Scope.text(request, "step").equals("delete");
        Page page = pages.page(request, name, self(name, path));
        Integer version = Scope.number(request, "version");
        if (version == null) {
            throw new RefusedException(400, "problem.number", Scope.text(request, "version"));
        }
        String typed = text == null || deletes ? "" : text;
        if (!path.equals(request.getParameter("typed"))) {
            show(request, response, cluster, 400, page.t("registry.notTyped", path), "", typed);
            return;
        }
        // browsers send line ends as on paper; a node holds what the engine writes
        RegistryCommand command = deletes
                ? new RegistryCommand.Delete(name, path, version)
                : new RegistryCommand.Write(name, path, typed.replace("\r\n", "\n"), version);
        try {
            Done done = commands.run(Visitor.of(request), command, Scope.text(request, "reason"));
            response.setHeader("HX-Trigger", "carillon-done");
            show(
                    request,
                    response,
                    cluster,
                    200,
                    "",
                    page.t(done.key(), done.values().toArray()),
                    "");
        } catch (RefusedException refused) {
            if (refused.status() == 403 || refused.status() == 404) {
                throw refused;
            }
            show(
                    request,
                    response,
                    cluster,
                    refused.status(),
                    page.t(refused.key() + ".text", refused.values()),
                    "",
                    typed);
        }
    }

    @GetMapping("/clusters/{cluster}/registry/dump")
    void dump(@PathVariable("cluster") String name, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        ConsoleCluster cluster = whole(request, name);
        String path = path(request, cluster.tree().roots());
        Answer<Optional<Dump>> answer = questions
                .of(cluster, "dump " + path, () -> cluster.tree().dump(path))
                .answer();
        if (answer instanceof Answer.Missing<Optional<Dump>> missing) {
            throw missing.tooSlow()
                    ? new RefusedException(503, "problem.registry", name)
                    : new RefusedException(503, "problem.failed", missing.reason());
        }
        Dump dump = answer.or(Optional.empty()).orElseThrow(() -> new RefusedException(404, "problem.path", path));
        response.setContentType("text/plain;charset=UTF-8");
        response.setHeader("Content-Disposition", "attachment; filename=\"registry-" + name + ".txt\"");
        Page page = pages.page(request, name, self(name, path));
        String head = page.t("registry.dumpHead", path, dump.nodes())
                + (dump.complete() ? "" : " " + page.t("registry.dumpCut", RegistryTree.MOST_DUMPED));
        response.getOutputStream().write(("# " + head + "\n" + dump.text()).getBytes(StandardCharsets.UTF_8));
    }
}
