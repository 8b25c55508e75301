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
import io.carillon.console.ask.Questions;
import io.carillon.console.command.Trail;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The audit as far as a visitor may see it: what was done to a job is for who sees the job, what was done to a cluster for who sees
 * all of it, the rest for who sees everything. Thread-safe.
 */
public final class SeenTrail {
    private static final int READ_AT_ONCE = 500;
    private static final int MOST_READS = 10;

    private final Scope scope;
    private final Questions questions;
    private final Trail trail;

    public SeenTrail(Scope scope, Questions questions, Trail trail) {
        this.scope = scope;
        this.questions = questions;
        this.trail = trail;
    }

    /**
     * A page of entries, newest first. Immutable.
     *
     * @param next older ones come before this; null when there are none
     */
    public record Part(List<Trail.Entry> entries, @Nullable UUID next) {
        public Part {
            entries = List.copyOf(entries);
        }
    }

    /**
     * What matches and may be seen; reads on where much of it may not, up to a bound.
     *
     * @param before only older ones than this, or null to begin
     * @param rows at most so many
     */
    public Answer<Part> latest(Visitor visitor, Trail.Question question, @Nullable UUID before, int rows) {
        Seen seen = new Seen(visitor);
        // who may see all needs no more than is shown, and one to know whether there are more
        int atOnce = visitor.mayEverywhere(Role.VIEWER) ? rows + 1 : READ_AT_ONCE;
        return questions
                .records("audit " + visitor.grants() + " " + question + " " + before + " " + rows, () -> {
                    List<Trail.Entry> found = new ArrayList<>();
                    UUID from = before;
                    for (int read = 0; read < MOST_READS; read++) {
                        List<Trail.Entry> some = trail.latest(question, from, atOnce);
                        for (Trail.Entry entry : some) {
                            if (found.size() == rows) {
                                return new Part(found, from);
                            }
                            from = entry.id();
                            if (seen.sees(entry)) {
                                found.add(entry);
                            }
                        }
                        if (some.size() < atOnce) {
                            return new Part(found, null);
                        }
                    }
                    return new Part(found, from);
                })
                .answer();
    }

    /** One entry; none when there is none, or none that the visitor may see. */
    public Answer<List<Trail.Entry>> find(Visitor visitor, UUID id) {
        Seen seen = new Seen(visitor);
        return questions
                .records("audit entry " + id, () -> trail.find(id).stream().toList())
                .answer()
                .map(found -> found.stream().filter(seen::sees).toList());
    }

    /** An id of an entry, or null. */
    public static @Nullable UUID id(String text) {
        return text.matches("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}") ? UUID.fromString(text) : null;
    }

    /** What one visitor may see; asks for the jobs of a cluster where that depends on their groups. */
    private final class Seen {
        private final Visitor visitor;
        private final Map<String, Set<String>> jobs = new HashMap<>();

        Seen(Visitor visitor) {
            this.visitor = visitor;
        }

        boolean sees(Trail.Entry entry) {
            String cluster = entry.cluster();
            if (cluster.isEmpty()) {
                return visitor.may(Role.VIEWER, Grant.ALL, Grant.ALL);
            }
            return visitor.seesAll(cluster)
                    || (!entry.job().isEmpty()
                            && visitor.sees(cluster)
                            && jobs.computeIfAbsent(cluster, this::visible).contains(entry.job()));
        }

        private Set<String> visible(String name) {
            ConsoleCluster cluster = scope.sources().cluster(name).orElse(null);
            return cluster == null
                    ? Set.of()
                    : questions.visible(visitor, cluster, questions.jobs(cluster)).or(List.of()).stream()
                            .map(JobStatus::jobName)
                            .collect(Collectors.toSet());
        }
    }
}
