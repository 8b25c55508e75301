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
package io.carillon.jobs.engine;

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.ClaimItems;
import io.carillon.jobs.coordination.LastFirings;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.coordination.ReleaseItems;
import io.carillon.jobs.coordination.Reshard;
import io.carillon.jobs.execution.Claim;
import io.carillon.jobs.execution.ErrorHandler;
import io.carillon.jobs.execution.FiringListeners;
import io.carillon.jobs.execution.ItemRun;
import io.carillon.jobs.execution.JobListener;
import io.carillon.jobs.execution.ParallelItems;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.history.RunRecord.Source;
import io.carillon.jobs.model.ItemRunLife;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One firing of one job on this instance, top to bottom: due, claim, run, observe, release. Confined to the job loop.
 *
 * <p>{@link #proceed} is called whenever something has changed; it does what can be done now and otherwise waits for the
 * next change. It never polls.
 */
final class FireJob {

    /** Where the firing is. */
    private enum Step {
        DUE,
        CLAIMING,
        RUNNING,
        RELEASING,
        ENDED
    }

    private final LocalJob job;
    private final List<Integer> cut;
    private JobConfiguration configuration;
    private Source source;
    private Instant scheduledTime;
    /** Whether that time is one of the schedule's, which a trigger's is not, unless it waited until one came. */
    private boolean planned;

    private Step step = Step.DUE;
    private boolean lost;
    private boolean onlyDeals;
    private int askedAtDeal = Integer.MIN_VALUE;
    private boolean again;
    private List<Integer> items = List.of();
    private @Nullable Claim claim;
    private final List<ItemRun> runs = new ArrayList<>();
    private int unfinished;

    /** @param cut the items to take over from a dead instance; empty for a firing of this instance's own items */
    FireJob(LocalJob job, Source source, Instant scheduledTime, List<Integer> cut) {
        this.job = job;
        this.source = source;
        this.scheduledTime = scheduledTime;
        this.planned = source == Source.NORMAL_TRIGGER || source == Source.MISFIRE;
        this.cut = cut;
        this.configuration = job.configuration();
    }

    // ---- due ---------------------------------------------------------------------------------------------------

    /** Does the next step if it can be done now. Called only when no request to the registry is under way. */
    void proceed() {
        switch (step) {
            case DUE -> due();
            case RELEASING -> release();
            default -> {}
        }
    }

    private void due() {
        boolean out = !job.tree().isEnabled(job.member().ip());
        boolean leader = job.member().isLeader(job.tree());
        if (out || !cut.isEmpty() || !job.tree().isReshardingPending()) {
            if (onlyDeals) {
                end();
            } else {
                claim();
            }
        } else if (source == Source.MISFIRE && !leader) {
            end();
        } else if (leader) {
            // what is made up for may have been run by the items' former owners, so it is not claimed after the deal
            onlyDeals = source == Source.MISFIRE;
            reshard();
        }
    }

    /** The leader deals the items anew before it claims its own; the others wait until it has. */
    private void reshard() {
        JobConfiguration current = job.configuration();
        if (!Reshard.blockers(job.tree(), current).isEmpty()) {
            job.readHolders();
            return;
        }
        job.read(
                Reshard.reads(job.tree()),
                () -> job.read(LastFirings.reads(job.tree()), () -> {
                    List<Write> before = Reshard.prepare(job.tree(), job.member(), job.configuration());
                    List<Write> writes =
                            before.isEmpty() ? Reshard.deal(job.tree(), job.member(), job.configuration()) : before;
                    if (writes != null) {
                        job.commit(writes, zxid -> {});
                    }
                }));
    }

    // ---- claim -------------------------------------------------------------------------------------------------

    private void claim() {
        configuration = job.configuration();
        List<Write> others = List.of();
        if (cut.isEmpty() && Reshard.takesTurns(configuration)) {
            int deal = job.tree().version(job.tree().paths().deal());
            if (deal != askedAtDeal) {
                askedAtDeal = deal;
                job.read(Reshard.turnReads(job.tree()), () -> {});
                return;
            }
            if (Reshard.hadItsTurn(
                    job.tree(), job.member(), source == Source.MANUAL ? null : String.valueOf(scheduledTime))) {
                end();
                return;
            }
            others = Reshard.withdrawOtherTriggers(job.tree(), job.member());
        }
        String about = job.member().id() + " " + scheduledTime;
        ClaimItems.Claim wanted = cut.isEmpty()
                ? LastFirings.once(
                        ClaimItems.ofFiring(job.tree(), job.member(), configuration, about),
                        job.tree(),
                        job.member(),
                        planned ? scheduledTime : null)
                : ClaimItems.ofCutItems(job.tree(), job.member(), cut, about);
        if (wanted.writes().isEmpty()) {
            end();
            return;
        }
        List<Write> writes = new ArrayList<>(wanted.writes());
        if (!wanted.items().isEmpty()) {
            writes.addAll(others);
        }
        step = Step.CLAIMING;
        job.commit(
                writes,
                zxid -> {
                    items = wanted.items();
                    if (items.isEmpty()) {
                        end();
                    } else if (lost) {
                        release();
                    } else if (wanted.afterwards().isEmpty()) {
                        run(zxid);
                    } else {
                        job.read(wanted.afterwards(), () -> verified(zxid), this::giveBack);
                    }
                },
                () -> {
                    step = Step.DUE;
                    if (lost || !cut.isEmpty()) {
                        end();
                    }
                });
    }

    /** Under a leader of ElasticJob's: runs, unless the items were being dealt anew while they were claimed. */
    private void verified(long zxid) {
        if (lost) {
            release();
        } else if (ClaimItems.isStillMine(job.tree(), job.member(), items)) {
            run(zxid);
        } else {
            giveBack();
        }
    }

    /** Gives the items back before anything ran, to claim again when it is clear whose they are. */
    private void giveBack() {
        again = true;
        step = Step.RELEASING;
        job.wake();
    }

    // ---- run ---------------------------------------------------------------------------------------------------

    private void run(long zxid) {
        step = Step.RUNNING;
        Claim held = new Claim(zxid, job.parts().alive().get());
        claim = held;
        String taskId = job.name() + "@-@" + items.stream().map(String::valueOf).collect(Collectors.joining(","))
                + "@-@READY@-@" + job.member().id();
        ErrorHandler errors = Objects.requireNonNullElse(
                ErrorHandler.of(configuration.getJobErrorHandlerType()), ErrorHandler.Standard.LOG);
        Map<Integer, String> parameters = configuration.shardingParameters();
        FiringListeners listeners = new FiringListeners(
                configuration.getJobListenerTypes().stream()
                        .map(JobListener::of)
                        .filter(Objects::nonNull)
                        .toList(),
                new JobListener.Firing(
                        job.name(),
                        taskId,
                        configuration.getShardingTotalCount(),
                        configuration.getJobParameter(),
                        items.stream()
                                .collect(Collectors.toMap(item -> item, item -> parameters.getOrDefault(item, ""))),
                        scheduledTime,
                        zxid),
                errors);
        unfinished = items.size();
        for (int item : items) {
            runs.add(new ItemRun(
                    new ItemRun.Order(
                            job.userCode(),
                            configuration,
                            item,
                            taskId,
                            scheduledTime,
                            held,
                            errors,
                            listeners,
                            job::mustPause),
                    job.parts().time(),
                    run -> job.post(() -> observe(run))));
        }
        int atOnce = Objects.requireNonNullElse(
                        ParallelItems.of(configuration.getJobExecutorThreadPoolSizeProviderType()),
                        ParallelItems.Standard.CPU)
                .atOnce();
        runs.forEach(run -> job.parts().workers().start(run, Math.max(1, atOnce)));
    }

    // ---- observe -----------------------------------------------------------------------------------------------

    private void observe(ItemRun run) {
        ItemRunLife.State state = run.state();
        Throwable failure = run.failure();
        job.parts()
                .observer()
                .accept(new RunRecord(
                        UUID.randomUUID(),
                        job.name(),
                        run.order().item(),
                        job.member().id(),
                        run.order().claim().fence(),
                        source,
                        scheduledTime,
                        run.started(),
                        run.ended(),
                        state == ItemRunLife.State.SUCCEEDED
                                ? RunRecord.Outcome.SUCCEEDED
                                : state == ItemRunLife.State.FAILED
                                        ? RunRecord.Outcome.FAILED
                                        : RunRecord.Outcome.INTERRUPTED,
                        run.handled(),
                        failure == null ? null : stackTrace(failure)));
        if (--unfinished == 0) {
            step = Step.RELEASING;
            job.wake();
        }
    }

    private static String stackTrace(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text, true));
        return text.toString();
    }

    // ---- release -----------------------------------------------------------------------------------------------

    private void release() {
        step = Step.RELEASING;
        List<Write> writes = new ArrayList<>(ReleaseItems.decide(job.tree(), job.member(), items, !cut.isEmpty()));
        if (!lost && Reshard.isMoveDue(job.tree(), configuration)) {
            writes.addAll(Reshard.request(job.tree()));
        }
        if (writes.isEmpty()) {
            end();
        } else {
            job.commit(writes, zxid -> end());
        }
    }

    private void end() {
        if (again && !lost) {
            again = false;
            items = List.of();
            step = Step.DUE;
            job.wake();
            return;
        }
        step = Step.ENDED;
        job.firingEnded(this, lost);
    }

    // ---- asked and told by the job -----------------------------------------------------------------------------

    /** A later firing came due while this one waits for its claim: it takes the later time. */
    void replaceTime(Instant later) {
        scheduledTime = later;
        source = source == Source.MISFIRE ? Source.NORMAL_TRIGGER : source;
        planned = true;
        onlyDeals = false;
    }

    boolean isWaiting() {
        return step == Step.DUE;
    }

    boolean isReleasing() {
        return step == Step.RELEASING;
    }

    /** The items that user code may be working on. */
    List<Integer> held() {
        return step == Step.RUNNING || step == Step.RELEASING ? items : List.of();
    }

    /** The claim is lost, or the job is closed: stops what runs, and starts nothing any more. */
    void stop() {
        lost = true;
        if (claim != null) {
            claim.lose();
        }
        runs.forEach(ItemRun::stop);
        if (step == Step.DUE) {
            end();
        }
    }
}
