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
import io.carillon.jobs.coordination.FailedItems;
import io.carillon.jobs.coordination.JobIntent;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.LastFirings;
import io.carillon.jobs.coordination.OncePerFiring.Phase;
import io.carillon.jobs.coordination.Registry.CommitResult;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.coordination.Reshard;
import io.carillon.jobs.execution.Claim;
import io.carillon.jobs.execution.DistributeOnceListener;
import io.carillon.jobs.execution.ErrorHandler;
import io.carillon.jobs.execution.FiringListeners;
import io.carillon.jobs.execution.ItemPolicy;
import io.carillon.jobs.execution.ItemRun;
import io.carillon.jobs.execution.JobListener;
import io.carillon.jobs.history.JobObserver.Task;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.history.RunRecord.Source;
import io.carillon.jobs.model.FiringLife;
import io.carillon.jobs.model.FiringLife.Event;
import io.carillon.jobs.model.FiringLife.State;
import io.carillon.jobs.model.ItemRunLife;
import io.carillon.jobs.model.WhyNot;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One firing of one job on this instance, top to bottom: due, claim, run, observe, release. Confined to the job loop.
 *
 * <p>{@link #proceed} is called whenever something has changed; it does what can be done now and otherwise waits for the
 * next change. It never polls.
 */
final class FireJob {

    private final LocalJob job;
    private final List<Integer> cut;
    private Set<Integer> among;
    private final @Nullable RequestedRun requested;
    private JobConfiguration configuration;
    private Source source;
    private Instant scheduledTime;
    /** Whether that time is one of the schedule's, which a trigger's is not, unless it waited until one came. */
    private boolean planned;

    private State step = State.DUE;
    private boolean lost;
    private boolean sessionLost;
    private boolean onlyDeals;
    private int askedAtDeal = Integer.MIN_VALUE;
    private boolean again;
    private @Nullable String noteBefore;
    /** The note of a claim whose answer has not come; see {@link #takeBackUnsure}. */
    private @Nullable String unsure;

    /** What the node of the trigger said that this firing took up; null when it took none up. */
    private @Nullable String trigger;

    /** The same of a claim whose answer has not come: when it was made, the node is gone, and nothing has run. */
    private @Nullable String owed;

    private List<Integer> items = List.of();
    private @Nullable Claim claim;
    private final List<ItemRun> runs = new ArrayList<>();
    private Instant asked;
    private @Nullable TendRuns tend;
    private final List<FailedItems.Entry> failed = new ArrayList<>();
    private final List<Integer> succeeded = new ArrayList<>();
    private int unfinished;
    private @Nullable Task task;
    private final List<String> failures = new ArrayList<>();
    private Meetings.@Nullable Topic meeting;

    /** @param cut the items to take over from a dead instance; empty for a firing of this instance's own items */
    FireJob(LocalJob job, Source source, Instant scheduledTime, List<Integer> cut) {
        this(job, source, scheduledTime, cut, Set.of(), null);
    }

    /** @param among only these of this instance's own items; empty: all */
    FireJob(LocalJob job, Source source, Instant scheduledTime, List<Integer> cut, Set<Integer> among) {
        this(job, source, scheduledTime, cut, among, null);
    }

    /** A firing that serves a request: what it runs, and for which business time, it asks when it claims. */
    FireJob(LocalJob job, RequestedRun requested, Instant now) {
        this(job, Source.MANUAL, now, List.of(), Set.of(), requested);
    }

    private FireJob(
            LocalJob job,
            Source source,
            Instant scheduledTime,
            List<Integer> cut,
            Set<Integer> among,
            @Nullable RequestedRun requested) {
        this.among = among;
        this.requested = requested;
        this.job = job;
        this.source = source;
        this.scheduledTime = scheduledTime;
        this.asked = scheduledTime;
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
        if (planned && requested == null && cut.isEmpty() && among.isEmpty() && job.sayIfSkipped(scheduledTime)) {
            end();
            return;
        }
        boolean out = !job.tree().isEnabled(job.member().ip());
        boolean leader = job.member().isLeader(job.tree());
        if (!out
                && isTriggered()
                && ClaimItems.waitsForOwners(job.tree(), job.configuration())
                && !job.tree().isReshardingPending()) {
            // the leader is about to ask for the deal
            job.why()
                    .say(
                            scheduledTime,
                            WhyNot.WAITS_FOR_DEAL,
                            orEmpty(job.tree().leader()));
            return;
        }
        if (out || !cut.isEmpty() || !job.tree().isReshardingPending()) {
            if (onlyDeals) {
                job.why().say(scheduledTime, WhyNot.MISFIRE_AT_DEAL);
                end();
            } else {
                claim();
            }
        } else if (source == Source.MISFIRE && !leader) {
            job.why().say(scheduledTime, WhyNot.MISFIRE_AT_DEAL);
            end();
        } else if (leader) {
            // what is made up for may have been run by the items' former owners, so it is not claimed after the deal
            onlyDeals = source == Source.MISFIRE;
            reshard();
        } else {
            job.why()
                    .say(
                            scheduledTime,
                            WhyNot.WAITS_FOR_DEAL,
                            orEmpty(job.tree().leader()));
        }
    }

    /** Whether it runs for a trigger of this instance, and no planned time has come meanwhile. */
    private boolean isTriggered() {
        return source == Source.MANUAL && requested == null && cut.isEmpty() && among.isEmpty() && !planned;
    }

    private static String orEmpty(@Nullable String text) {
        return Objects.requireNonNullElse(text, "");
    }

    /** The leader deals the items anew before it claims its own; the others wait until it has. */
    private void reshard() {
        JobConfiguration current = job.configuration();
        List<Integer> blockers = Reshard.blockers(job.tree(), current);
        if (!blockers.isEmpty()) {
            if (!job.readHolders()) {
                int item = blockers.get(0);
                job.why()
                        .say(
                                scheduledTime,
                                WhyNot.WAITS_FOR_ITEM,
                                item,
                                orEmpty(job.tree().runningBy(item)));
            }
            return;
        }
        String problem = Reshard.problem(job.tree(), current);
        if (problem != null) {
            job.why().say(scheduledTime, WhyNot.CANNOT_DEAL, problem);
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
        if (cut.isEmpty() && among.isEmpty() && requested == null && job.takesTurns()) {
            int deal = job.tree().version(job.tree().paths().deal());
            if (deal != askedAtDeal) {
                askedAtDeal = deal;
                job.read(Reshard.turnReads(job.tree()), () -> {});
                return;
            }
            if (Reshard.hadItsTurn(
                    job.tree(), job.member(), source == Source.MANUAL ? null : String.valueOf(scheduledTime))) {
                job.why()
                        .say(
                                scheduledTime,
                                WhyNot.HAD_ITS_TURN,
                                orEmpty(job.tree().data(job.tree().paths().claim())));
                end();
                return;
            }
            others = Reshard.withdrawOtherTriggers(job.tree(), job.member());
        }
        boolean triggered = isTriggered();
        List<Read> unknown = triggered ? ClaimItems.triggerReads(job.tree(), job.member()) : List.of();
        if (!unknown.isEmpty()) {
            job.read(unknown, () -> {});
            return;
        }
        String about = job.member().id() + " " + scheduledTime;
        ClaimItems.Claim wanted = requested != null
                ? requested.claim()
                : triggered
                        ? ClaimItems.ofTrigger(job.tree(), job.member(), configuration, about, owed)
                        : cut.isEmpty()
                                ? LastFirings.once(
                                        ClaimItems.ofFiring(job.tree(), job.member(), configuration, about, among),
                                        job.tree(),
                                        job.member(),
                                        planned ? scheduledTime : null)
                                : ClaimItems.ofCutItems(job.tree(), job.member(), cut, about);
        if (requested != null) {
            configuration = requested.configuration(configuration);
            scheduledTime = requested.time(scheduledTime);
            source = requested.source();
        } else if (cut.isEmpty()
                && among.isEmpty()
                && (!triggered || ClaimItems.isWholeTrigger(job.tree(), job.member()))) {
            sayWhatIsPassedBy(wanted.items());
        }
        trigger = triggered ? ClaimItems.triggerData(job.tree(), job.member()) : null;
        if (wanted.writes().isEmpty()) {
            end();
            return;
        }
        List<Write> writes = new ArrayList<>(wanted.writes());
        if (!wanted.items().isEmpty()) {
            writes.addAll(others);
        }
        asked = job.parts().time().instant();
        String noteAt = job.tree().paths().claimOf(job.member().id());
        noteBefore = job.tree().data(noteAt);
        unsure = writes.stream()
                .filter(write -> write.path().equals(noteAt))
                .map(FireJob::dataOf)
                .findFirst()
                .orElse(null);
        move(Event.CLAIM);
        long mark = job.viewMark();
        job.commit(
                writes,
                zxid -> {
                    unsure = null;
                    items = wanted.items();
                    if (items.isEmpty()) {
                        end();
                    } else if (lost) {
                        release();
                    } else if (wanted.afterwards().isEmpty()) {
                        run(zxid);
                    } else if (job.hasFollowedSince(mark)) {
                        verified(zxid);
                    } else {
                        job.read(wanted.afterwards(), () -> verified(zxid), this::giveBack);
                    }
                },
                result -> {
                    if (trigger != null && result instanceof CommitResult.Unknown) {
                        owed = trigger;
                    }
                    trigger = null;
                    if (requested != null) {
                        // when only the answer was lost, it took effect: then there is something to give back
                        items = wanted.items();
                        move(Event.RELEASE);
                        return;
                    }
                    move(Event.REFUSE);
                    if (!lost) {
                        job.why()
                                .say(
                                        scheduledTime,
                                        cut.isEmpty() ? WhyNot.CLAIM_REFUSED : WhyNot.TAKEOVER_REFUSED,
                                        cut);
                    }
                    if (lost || !cut.isEmpty()) {
                        end();
                    }
                });
    }

    private void sayWhatIsPassedBy(List<Integer> claimed) {
        List<ClaimItems.Passed> passed = ClaimItems.passedBy(job.tree(), job.member(), configuration, claimed);
        for (ClaimItems.Passed item : passed) {
            if (item.why() == WhyNot.ITEM_DISABLED) {
                job.why()
                        .item(
                                item.item(),
                                scheduledTime,
                                item.why(),
                                byWhom(job.tree().intent().ofItem(item.item())));
            } else {
                job.why().item(item.item(), scheduledTime, item.why(), orEmpty(item.by()));
            }
        }
        if (claimed.isEmpty() && passed.isEmpty()) {
            String ip = job.member().ip();
            if (job.tree().isEnabled(ip)) {
                job.why().say(scheduledTime, WhyNot.NO_ITEMS);
            } else {
                job.why()
                        .say(
                                scheduledTime,
                                WhyNot.SERVER_DISABLED,
                                byWhom(job.tree().intent().ofServer(ip)));
            }
        }
    }

    private static Object[] byWhom(JobIntent.@Nullable Mark mark) {
        return mark == null
                ? new Object[0]
                : new Object[] {mark.actor(), mark.since(), mark.until() == null ? "" : mark.until(), mark.reason()};
    }

    /** Under a leader of ElasticJob's: runs, unless the items were being dealt anew while they were claimed. */
    private void verified(long zxid) {
        if (lost) {
            release();
        } else if (requested != null
                ? requested.isStillMine()
                : ClaimItems.isStillMine(job.tree(), job.member(), items)) {
            run(zxid);
        } else {
            giveBack();
        }
    }

    private static @Nullable String dataOf(Write write) {
        return write instanceof Write.Create create
                ? create.data()
                : write instanceof Write.SetData set ? set.data() : null;
    }

    /**
     * A claim whose answer was lost may have been made: then its marks and its note are taken back in one commit, so that no
     * deal reads the note and takes the items for run.
     *
     * @param left what this instance is marked to run and does not
     */
    List<Write> takeBackUnsure(List<Integer> left) {
        String note = unsure;
        if (note == null
                || !note.equals(
                        job.tree().data(job.tree().paths().claimOf(job.member().id())))) {
            unsure = null;
            return List.of();
        }
        if (note.equals(noteBefore)) {
            noteBefore = null;
        }
        List<Write> writes = new ArrayList<>(ClaimItems.release(job.tree(), job.member(), left, true));
        writes.addAll(LastFirings.takeBack(job.tree(), job.member(), noteBefore));
        return writes;
    }

    /** Gives the items back before anything ran, to claim again when it is clear whose they are. */
    private void giveBack() {
        again = true;
        job.why().say(scheduledTime, WhyNot.CLAIM_GIVEN_BACK);
        move(Event.RELEASE);
        job.wake();
    }

    // ---- run ---------------------------------------------------------------------------------------------------

    private void run(long zxid) {
        move(Event.GRANT);
        Claim held = new Claim(zxid, job.parts().alive().get());
        claim = held;
        job.why().runs(items);
        String taskId = job.name() + "@-@" + items.stream().map(String::valueOf).collect(Collectors.joining(","))
                + "@-@READY@-@" + job.member().id();
        ErrorHandler errors = job.errors();
        List<JobListener> told = job.listeners();
        Supplier<JobListener.Firing> here = () -> firing(taskId, zxid);
        FiringListeners listeners = new FiringListeners(told, items.size(), here, errors, configuration);
        unfinished = items.size();
        Parts parts = job.parts();
        ItemPolicy policy = job.policy();
        Instant retryUntil = policy.pastNextFiring() ? null : job.nextFiring();
        int atOnce = job.atOnce();
        JobPaths paths = job.tree().paths();
        String me = job.member().id();
        TendRuns tending = new TendRuns(job, atOnce, this::observe);
        tend = tending;
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
                            job::mustPause,
                            policy,
                            retryUntil,
                            () -> new RegistryCheckpoint(parts, paths, me, item, held),
                            parts.trace()),
                    job.parts().time(),
                    tending));
        }
        begin(errors, told, here, () -> {
            Task begun = new Task(
                    taskId,
                    job.name(),
                    me,
                    zxid,
                    items,
                    source,
                    scheduledTime,
                    asked,
                    parts.time().instant());
            task = begun;
            parts.observer().begins(begun);
            runs.forEach(run -> parts.workers().start(run, atOnce));
        });
    }

    /** What listeners are told of this firing. */
    private JobListener.Firing firing(String taskId, long zxid) {
        Map<Integer, String> parameters = configuration.shardingParameters();
        return new JobListener.Firing(
                job.name(),
                taskId,
                configuration.getShardingTotalCount(),
                configuration.getJobParameter(),
                items.stream().collect(Collectors.toMap(item -> item, item -> parameters.getOrDefault(item, ""))),
                scheduledTime,
                zxid);
    }

    /** What comes before the items: a look at the clocks, and a meeting with the other instances where a listener wants one. */
    private void begin(ErrorHandler errors, List<JobListener> told, Supplier<JobListener.Firing> here, Runnable start) {
        List<DistributeOnceListener> once = told.stream()
                .filter(DistributeOnceListener.class::isInstance)
                .map(DistributeOnceListener.class::cast)
                .toList();
        Runnable then = start;
        if (!once.isEmpty() && cut.isEmpty() && among.isEmpty() && requested == null) {
            Meetings.Topic topic = new Meetings.Topic(
                    this,
                    once,
                    here.get(),
                    source == Source.MANUAL ? "" : scheduledTime.toString(),
                    errors,
                    configuration,
                    job.tree().version(job.tree().paths().deal()));
            meeting = topic;
            then = () -> job.meetings().meet(topic, Phase.STARTED, start, () -> {
                runs.clear();
                failed.clear();
                failures.clear();
                succeeded.clear();
                unfinished = 0;
                giveBack();
            });
        }
        String clocks =
                configuration.getMaxTimeDiffSeconds() < 0 ? null : job.clock().problem(configuration);
        if (clocks == null) {
            then.run();
            return;
        }
        Runnable next = then;
        int first = items.get(0);
        job.parts().workers().execute(() -> {
            boolean goOn = false;
            try {
                errors.handle(configuration, first, new IllegalStateException(clocks));
                goOn = true;
            } finally {
                boolean allowed = goOn;
                job.post(() -> {
                    if (allowed && !lost) {
                        next.run();
                    } else {
                        meeting = null;
                        runs.forEach(run -> run.stop(lost ? null : clocks));
                    }
                });
            }
        });
    }

    // ---- observe -----------------------------------------------------------------------------------------------

    private void observe(ItemRun run, ItemRun.Result result) {
        if (requested != null) {
            requested.ended(run, result);
        }
        job.parts()
                .observer()
                .ended(new RunRecord(
                        UUID.randomUUID(),
                        job.name(),
                        run.order().item(),
                        job.member().id(),
                        run.order().claim().fence(),
                        source,
                        scheduledTime,
                        result.started(),
                        result.ended(),
                        outcome(result.state()),
                        result.handled(),
                        cause(result),
                        Math.max(1, result.attempt()),
                        run.order().configuration().getJobParameter(),
                        run.order()
                                .configuration()
                                .shardingParameters()
                                .getOrDefault(run.order().item(), ""),
                        result.traceId()));
        if (result.state() == ItemRunLife.State.SUCCEEDED) {
            succeeded.add(run.order().item());
        } else if (failureOf(result) != null) {
            failed.add(new FailedItems.Entry(
                    run.order().item(),
                    Objects.requireNonNull(failureOf(result)),
                    scheduledTime,
                    job.member().id(),
                    Objects.requireNonNullElse(cause(result), "")));
        }
        if (result.state() == ItemRunLife.State.PAUSING) {
            return;
        }
        if (result.state() != ItemRunLife.State.SUCCEEDED) {
            failures.add(run.order().item() + ": "
                    + Objects.requireNonNullElse(cause(result), "stopped: its claim was lost, or the job was closed"));
        }
        if (--unfinished == 0) {
            if (task != null) {
                job.parts().observer().ends(task, job.parts().time().instant(), failures);
            }
            if (meeting == null || lost) {
                releaseNow();
            } else if (task == null) {
                // all were interrupted before any began: nobody is to be met after that
                job.meetings().abandon(this);
                releaseNow();
            } else {
                job.meetings().meet(meeting, Phase.COMPLETED, this::releaseNow, this::releaseNow);
            }
        }
    }

    private void releaseNow() {
        move(Event.RELEASE);
        job.wake();
    }

    private static RunRecord.Outcome outcome(ItemRunLife.State state) {
        return switch (state) {
            case SUCCEEDED -> RunRecord.Outcome.SUCCEEDED;
            case FAILED -> RunRecord.Outcome.FAILED;
            case TIMED_OUT -> RunRecord.Outcome.TIMED_OUT;
            case PAUSING -> RunRecord.Outcome.RETRIED;
            default -> RunRecord.Outcome.INTERRUPTED;
        };
    }

    /** What is put on record of an item, so that it can be run again; null when nothing is. */
    private static FailedItems.@Nullable State failureOf(ItemRun.Result result) {
        return switch (result.state()) {
            case FAILED -> FailedItems.State.FAILED;
            case TIMED_OUT -> FailedItems.State.TIMED_OUT;
            case INTERRUPTED -> result.reason() == null ? null : FailedItems.State.INTERRUPTED;
            default -> null;
        };
    }

    private static @Nullable String cause(ItemRun.Result result) {
        Throwable failure = result.failure();
        String reason = result.reason();
        if (failure == null || reason == null) {
            return failure == null ? reason : stackTrace(failure);
        }
        return reason + "\n" + stackTrace(failure);
    }

    private static String stackTrace(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text, true));
        return text.toString();
    }

    // ---- release -----------------------------------------------------------------------------------------------

    private void release() {
        if (step != State.RELEASING) {
            move(Event.RELEASE);
        }
        RequestedRun request = requested;
        if (request == null) {
            release(List.of());
        } else {
            job.read(request.releaseReads(), () -> release(request.release(sessionLost)));
        }
    }

    private void release(List<Write> ofRequest) {
        List<Write> writes = new ArrayList<>(ClaimItems.release(job.tree(), job.member(), items, !cut.isEmpty()));
        writes.addAll(ofRequest);
        if (again && !lost && trigger != null) {
            // what was triggered is owed still, by whom the items belong to when they are claimed again
            writes.addAll(ClaimItems.giveTriggerBack(job.tree(), job.member(), trigger));
            trigger = null;
        }
        if (task == null && cut.isEmpty() && planned && requested == null && !sessionLost) {
            // nothing began: the items are owed for this time still
            writes.addAll(LastFirings.takeBack(job.tree(), job.member(), noteBefore));
        }
        if (requested == null
                && !sessionLost
                && (!failed.isEmpty() || job.tree().exists(job.tree().paths().failed()))) {
            List<Write> record = FailedItems.decide(job.tree(), failed, succeeded);
            if (writes.isEmpty() && !record.isEmpty()) {
                writes.add(
                        new Write.Check(job.tree().paths().instance(job.member().id()), -1));
            }
            writes.addAll(record);
        }
        if (!lost
                && requested == null
                && job.takesTurns()
                && !job.tree().hasPeers()
                && Reshard.isMoveDue(job.tree(), configuration)) {
            writes.addAll(Reshard.request(job.tree()));
        }
        if (writes.isEmpty()) {
            end();
        } else {
            job.commit(writes, zxid -> end());
        }
    }

    private void end() {
        if (again && !lost && requested == null) {
            again = false;
            items = List.of();
            move(Event.AGAIN);
            job.wake();
            return;
        }
        move(Event.END);
        job.firingEnded(this, lost);
    }

    private void move(Event event) {
        State from = step;
        step = FiringLife.after(from, event)
                .orElseThrow(() -> new IllegalStateException("job '" + job.name() + "': " + event + " in " + from));
    }

    // ---- asked and told by the job -----------------------------------------------------------------------------

    /** A later firing came due while this one waits for its claim: it takes the later time. */
    void replaceTime(Instant later) {
        job.why().say(scheduledTime, WhyNot.MERGED, later);
        if (!among.isEmpty()) {
            job.rerun(List.copyOf(among), scheduledTime);
            among = Set.of();
            source = Source.NORMAL_TRIGGER;
        }
        scheduledTime = later;
        source = source == Source.MISFIRE ? Source.NORMAL_TRIGGER : source;
        planned = true;
        onlyDeals = false;
    }

    Instant scheduledTime() {
        return scheduledTime;
    }

    boolean isWaiting() {
        return step == State.DUE;
    }

    boolean isReleasing() {
        return step == State.RELEASING;
    }

    /** The items that user code may be working on. */
    List<Integer> held() {
        return step == State.RUNNING || step == State.RELEASING ? items : List.of();
    }

    /** The instance has left, and code of this firing still works: nothing more will be told of it. */
    void leftBehind() {
        if (task != null && unfinished > 0) {
            job.parts()
                    .observer()
                    .ends(task, job.parts().time().instant(), List.of("the instance left while its code still worked"));
        }
    }

    /** Failed items are not tried again; those that wait for it end as failed. */
    void tryNoMore() {
        if (tend != null) {
            tend.tryNoMore(runs);
        }
    }

    /** Somebody commands that what runs of some items ends; all when none is named. */
    void interrupt(List<Integer> named, String why) {
        if (tend != null) {
            for (ItemRun run : runs) {
                if (named.isEmpty() || named.contains(run.order().item())) {
                    tend.interrupt(run, why);
                }
            }
        }
    }

    /**
     * The claim is lost, or the job is closed: stops what runs, and starts nothing any more.
     *
     * @param why for people, when this instance gives up the claim itself; null when it is lost
     */
    void stop(@Nullable String why) {
        if (!lost && step != State.ENDED) {
            job.sayLost(scheduledTime);
        }
        lost = true;
        sessionLost |= why == null;
        if (claim != null) {
            claim.lose();
        }
        runs.forEach(run -> run.stop(why));
        if (meeting != null) {
            job.meetings().abandon(this);
        }
        if (step == State.RUNNING && unfinished == 0) {
            releaseNow();
        }
        if (step == State.DUE) {
            end();
        }
    }
}
