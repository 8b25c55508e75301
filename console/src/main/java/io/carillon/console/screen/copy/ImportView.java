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
package io.carillon.console.screen.copy;

import io.carillon.console.command.Commands;
import io.carillon.console.command.ImportJobs;
import io.carillon.console.web.Page;
import io.carillon.jobs.operations.ClusterCopy;
import io.carillon.jobs.operations.ClusterCopy.Planned;
import io.carillon.jobs.operations.ClusterCopy.Step;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an import takes, or what came of it. Immutable.
 *
 * @param command null: there is no plan yet
 * @param text what is imported; empty for jobs of another cluster
 * @param reason why, as far as it was said
 * @param problem why it was not done; empty when there is none
 * @param done what came of it; empty before
 */
public record ImportView(@Nullable ImportJobs command, String text, String reason, String problem, String done) {
    /** How long a text may be, in characters. */
    public static final int MOST_TEXT = 500_000;
    /** How many jobs of a plan are shown, at most. */
    public static final int MOST_SHOWN = 200;

    private static final int MOST_IN_ADDRESS = 20;

    static ImportView empty(String text, String problem) {
        return new ImportView(null, text, "", problem, "");
    }

    static ImportView planned(ImportJobs command, String text, String reason, String problem) {
        return new ImportView(command, text, reason, problem, "");
    }

    static ImportView done(ImportJobs command, String done) {
        return new ImportView(command, "", "", "", done);
    }

    /** The address of this page: with a few jobs of another cluster it can be opened again. */
    String self(String base) {
        if (command == null || command.source().isEmpty() || jobs().size() > MOST_IN_ADDRESS) {
            return base;
        }
        StringBuilder self = new StringBuilder(base).append("?from=").append(Page.parameter(command.source()));
        jobs().forEach(job -> self.append("&job=").append(Page.parameter(job)));
        return self.toString();
    }

    /** The cluster whose jobs are taken over; empty for a text. */
    public String source() {
        return command == null ? "" : command.source();
    }

    /** The names of the jobs that are taken over. */
    public List<String> jobs() {
        return command == null
                ? List.of()
                : command.plan().jobs().stream().map(Planned::name).toList();
    }

    /** What is shown of the plan: all but those that are the same. */
    public List<Planned> rows() {
        return command == null
                ? List.of()
                : command.plan().jobs().stream()
                        .filter(job -> job.step() != Step.SAME)
                        .limit(MOST_SHOWN)
                        .toList();
    }

    /** How many jobs of a step there are. */
    public long count(Step step) {
        return command == null
                ? 0
                : command.plan().jobs().stream()
                        .filter(job -> job.step() == step)
                        .count();
    }

    /** How many jobs of the plan are not shown, though they are not the same. */
    public long hidden() {
        return command == null ? 0 : command.plan().jobs().size() - count(Step.SAME) - rows().size();
    }

    /** How many jobs it changes. */
    public int changes() {
        return command == null ? 0 : command.changes();
    }

    /** What stands for the plan in the form. */
    public String fingerprint() {
        return command == null ? "" : command.fingerprint();
    }

    /** Whether the number of jobs must be typed. */
    public boolean typesCount() {
        return changes() >= Commands.TYPED_FROM;
    }

    /** What was not done, with the reason. */
    public List<ClusterCopy.Done> failed() {
        return command == null
                ? List.of()
                : command.done().stream()
                        .filter(one -> one.failure() != null)
                        .limit(MOST_SHOWN)
                        .toList();
    }
}
