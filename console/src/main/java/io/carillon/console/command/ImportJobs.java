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
package io.carillon.console.command;

import io.carillon.console.ConsoleCluster;
import io.carillon.console.access.Role;
import io.carillon.console.access.Secrets;
import io.carillon.jobs.TypedJob;
import io.carillon.jobs.operations.ClusterCopy;
import io.carillon.jobs.operations.ClusterCopy.ImportPlan;
import io.carillon.jobs.operations.ClusterCopy.Planned;
import io.carillon.jobs.operations.ClusterCopy.Step;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Takes jobs of another cluster over. One run; afterwards it says what became of each job. One thread at a time. */
public final class ImportJobs implements Command {

    private final String cluster;
    private final String source;
    private final Role role;
    private final ImportPlan plan;
    private final Map<String, String> groups;
    private List<ClusterCopy.Done> done = List.of();

    private ImportJobs(String cluster, String source, Role role, ImportPlan plan, Map<String, String> groups) {
        this.cluster = cluster;
        this.source = source;
        this.role = role;
        this.plan = plan;
        this.groups = Map.copyOf(groups);
    }

    /** Jobs of a text, which may be any: for administrators. */
    public static ImportJobs ofText(String cluster, ImportPlan plan) {
        return new ImportJobs(cluster, "", Role.ADMIN, plan, Map.of());
    }

    /**
     * Jobs as another cluster has them: for who may change each of them in this one.
     *
     * @param groups the group of each job: the one it has here, or will have where it is new
     */
    public static ImportJobs takenOver(String cluster, String source, ImportPlan plan, Map<String, String> groups) {
        return new ImportJobs(cluster, source, Role.EDITOR, plan, groups);
    }

    /** The cluster whose jobs they are; empty for those of a text. */
    public String source() {
        return source;
    }

    /** What becomes of which job. */
    public ImportPlan plan() {
        return plan;
    }

    /** How many jobs it adds or changes. */
    public int changes() {
        return (int) plan.jobs().stream().filter(ImportJobs::changes).count();
    }

    private static boolean changes(Planned job) {
        return job.step() == Step.ADD || job.step() == Step.UPDATE;
    }

    /** A text that is another one as soon as anything of the plan is: what somebody has agreed to. */
    public String fingerprint() {
        return Secrets.hash(cluster + "\n" + source + "\n"
                + plan.jobs().stream()
                        .map(job -> job.step() + " " + job.version() + " "
                                + job.job().jobClass() + " "
                                + job.job().configuration().settingsAsTexts())
                        .collect(Collectors.joining("\n")));
    }

    /** What became of each job; empty before. */
    public List<ClusterCopy.Done> done() {
        return done;
    }

    @Override
    public String name() {
        return "import";
    }

    @Override
    public Role role() {
        return role;
    }

    @Override
    public String cluster() {
        return cluster;
    }

    @Override
    public @Nullable String jobName() {
        return null;
    }

    @Override
    public Map<String, String> groups() {
        return groups;
    }

    @Override
    public @Nullable String before(ConsoleCluster in) {
        return (source.isEmpty() ? "" : "from " + source + "\n") + plan.toText();
    }

    @Override
    public List<String> newPrograms(ConsoleCluster in) {
        return plan.jobs().stream()
                .filter(ImportJobs::changes)
                .filter(job -> job.job().jobClass().equals(TypedJob.SCRIPT.type())
                        || JobCommand.isNewProgram(in, job.job().configuration()))
                .map(Planned::name)
                .toList();
    }

    @Override
    public Done run(ConsoleCluster in, By by) {
        done = plan.carryOut(in.commands());
        long failed = done.stream().filter(one -> one.failure() != null).count();
        return Done.of("done.import", done.size() - failed, failed)
                .now(done.stream()
                        .map(one -> one.jobName() + " " + one.step() + (one.failure() == null ? "" : " failed"))
                        .collect(Collectors.joining(", ")));
    }
}
