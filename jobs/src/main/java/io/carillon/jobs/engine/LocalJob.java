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

import io.carillon.jobs.ElasticJob;
import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.ClaimItems;
import io.carillon.jobs.coordination.ConfigYaml;
import io.carillon.jobs.coordination.ElectLeader;
import io.carillon.jobs.coordination.FailedItems;
import io.carillon.jobs.coordination.ForgetServers;
import io.carillon.jobs.coordination.JobIntent;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.JobTree;
import io.carillon.jobs.coordination.JoinJob;
import io.carillon.jobs.coordination.KeepIntent;
import io.carillon.jobs.coordination.LastFirings;
import io.carillon.jobs.coordination.LeaveJob;
import io.carillon.jobs.coordination.Member;
import io.carillon.jobs.coordination.PeersTurn;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.Change;
import io.carillon.jobs.coordination.Registry.CommitResult;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.ReadResult;
import io.carillon.jobs.coordination.Registry.Reason;
import io.carillon.jobs.coordination.Registry.SessionEvent;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.coordination.Reshard;
import io.carillon.jobs.coordination.ZonesForPeers;
import io.carillon.jobs.execution.Claim;
import io.carillon.jobs.execution.ErrorHandler;
import io.carillon.jobs.execution.ItemPolicy;
import io.carillon.jobs.execution.ItemRun;
import io.carillon.jobs.execution.JobListener;
import io.carillon.jobs.execution.ParallelItems;
import io.carillon.jobs.history.Decision;
import io.carillon.jobs.history.RunRecord.Source;
import io.carillon.jobs.model.WhyNot;
import io.carillon.jobs.requests.PeersNext;
import io.carillon.jobs.requests.ServeRequests;
import io.carillon.jobs.scheduling.CronSchedule;
import io.carillon.jobs.scheduling.MisfirePolicy;
import io.carillon.jobs.scheduling.PlanFire;
import io.carillon.jobs.scheduling.QuietMoment;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One job on this instance: its membership, its schedule and its firings. Confined to the job loop, but for {@link #post}
 * and what is said to be thread-safe.
 *
 * <p>{@link #advance} is the heart: after each event it asks the decisions in their order, and commits the first that has
 * something to write. One request to the registry is under way at a time. What is due is always asked of the view, never
 * remembered from an event, so a lost answer needs no more than reading everything again.
 */
final class LocalJob {

    private static final Logger LOG = LoggerFactory.getLogger(LocalJob.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    private static final Duration FORGET_EVERY = Duration.ofMinutes(1);
    private static final Duration COMPARE_CLOCKS_EVERY = Duration.ofMinutes(1);
    private static final int READS_AT_ONCE = 5_000;
    private static final Duration AFTER_INTERRUPT = Duration.ofSeconds(2);

    private final Parts parts;
    private final ElasticJob userCode;
    private final String jobClass;
    private final JobConfiguration local;
    private final JobPaths paths;
    private final EngineLoop.Mailbox mailbox;
    private final Runnable onLeft;
    private final SayWhy why;
    private @Nullable DealAround dealAround;
    private QuietMoment.Wait dealWait = new QuietMoment.Wait();
    private final PeersNext peersNext = new PeersNext();
    private final CompletableFuture<Void> joined = new CompletableFuture<>();
    private final CompletableFuture<Void> left = new CompletableFuture<>();

    private JobTree tree;
    private Member member;
    private JobConfiguration configuration;
    private Registry.@Nullable Watch watch;
    private boolean watching;
    private boolean connected;
    private boolean loaded;
    private boolean followed;
    private long resyncs;
    private boolean asking;
    private boolean pausing;
    private int refusals;
    private boolean awake;
    private boolean checkHolders;
    private boolean moveDue;
    /** {@link JobTree#changes} when nothing was to be done about leader and deal; a firing changes nothing of that. */
    private long inOrderAt = -1;

    private long registeredSession;
    private long joinedNamespace;
    private boolean leaving;
    private @Nullable String configText;
    private @Nullable CronSchedule schedule;
    private @Nullable Instant planned;
    private @Nullable Instant missed;
    private @Nullable FireJob regular;
    private @Nullable FireJob takeover;
    private @Nullable FireJob requested;
    private boolean requestsNews;
    private @Nullable Instant peersTurnEnds;
    private volatile boolean mustPause;
    private boolean takesTurns;
    private @Nullable String dealingProblem;
    private @Nullable HandOver handOver;
    private final Deque<FireJob> reruns = new ArrayDeque<>();
    private final List<FailedItems.Entry> overstaying = new ArrayList<>();
    private ItemPolicy policy;
    private @Nullable Meetings meetings;
    private Instant forgetAt = Instant.MIN;
    private ErrorHandler errors = ErrorHandler.Standard.LOG;
    private List<JobListener> listeners = List.of();
    private int atOnce = 1;
    private final RegistryClock clock = new RegistryClock();
    private Instant compareClocksAt = Instant.MIN;
    private boolean peersZoneTold;

    LocalJob(Parts parts, ElasticJob userCode, String jobClass, JobConfiguration local, Runnable onLeft) {
        this.parts = parts;
        this.userCode = userCode;
        this.jobClass = jobClass;
        this.local = local;
        this.configuration = local;
        this.takesTurns = Reshard.takesTurns(local);
        this.policy = ItemPolicy.of(local);
        useServices(local);
        this.onLeft = onLeft;
        this.paths = new JobPaths(parts.namespace(), local.getJobName());
        this.tree = new JobTree(paths);
        this.member = new Member(parts.id().toString(), parts.id().ip(), 0, "");
        this.mailbox = parts.loop().mailbox(local.getJobName());
        this.why = new SayWhy(local.getJobName(), member.id(), parts.time(), parts.observer()::decided);
    }

    // ---- life --------------------------------------------------------------------------------------------------

    /** Opens the watch and registers as soon as the registry answers. Thread-safe; called once. */
    void open(SessionEvent present) {
        post(() -> {
            session(present);
            watch = parts.registry()
                    .watch(
                            paths.root(),
                            new Registry.Watcher() {
                                @Override
                                public void changed(Change change) {
                                    post(() -> LocalJob.this.changed(change));
                                }

                                @Override
                                public void resync() {
                                    post(() -> {
                                        followed = true;
                                        readAgain();
                                    });
                                }

                                @Override
                                public void refused(String cause) {
                                    post(() -> LocalJob.this.refused(cause));
                                }
                            },
                            () -> post(() -> {
                                watching = true;
                                followed = true;
                                wake();
                            }));
        });
    }

    /** Completed when this instance is registered; fails when it must not be. Thread-safe. */
    CompletableFuture<Void> joined() {
        return joined;
    }

    /** Leaves in order; the future completes when this instance's nodes are gone, or cannot be removed. Thread-safe. */
    CompletableFuture<Void> leave() {
        post(this::startToLeave);
        return left;
    }

    private void startToLeave() {
        if (leaving) {
            return;
        }
        leaving = true;
        handOver().begin(this);
        mailbox.after("give up", parts.closeGrace().plus(AFTER_INTERRUPT), () -> {
            if (isWorking()) {
                LOG.warn(
                        "job '{}': left while {} still works; it was interrupted and did not return",
                        name(),
                        localItems());
            }
            farewell();
        });
        wake();
    }

    /** Hands the items over and takes no part until {@link #undrain}; completed when that is done. Thread-safe. */
    CompletableFuture<Void> drain() {
        CompletableFuture<Void> away = new CompletableFuture<>();
        post(() -> {
            handOver().begin(this);
            handOver().tell(away);
            wake();
        });
        left.thenRun(() -> away.complete(null));
        return away;
    }

    /** Takes part again after {@link #drain}. Thread-safe. */
    void undrain() {
        post(() -> {
            boolean served = isServing();
            if (!leaving && handOver != null && handOver.end(this)) {
                registeredSession = 0;
                if (!served || planned == null) {
                    planned = schedule == null ? null : schedule.next(now());
                }
                setTimer();
                wake();
            }
        });
    }

    /** Somebody commands that what runs of some items ends; all when none is named. */
    void interrupt(List<Integer> items, String why) {
        firings().forEach(firing -> firing.interrupt(items, why));
    }

    /** Runs some of this instance's items once more, as of an earlier firing, when nothing else is under way. */
    void rerun(List<Integer> items, Instant scheduledTime) {
        reruns.add(new FireJob(this, Source.MANUAL, scheduledTime, List.of(), Set.copyOf(items)));
        wake();
    }

    /** No firing begins here any more; those that wait are left to others. */
    void stopServing() {
        mailbox.cancel("fire");
        reruns.clear();
        if (missed != null) {
            why.say(missed, WhyNot.CLOSED);
        }
        missed = null;
        dropWaiting();
    }

    /** Failed items are not tried again. */
    void tryNoMore() {
        firings().forEach(FireJob::tryNoMore);
    }

    private HandOver handOver() {
        HandOver made = handOver == null ? new HandOver() : handOver;
        handOver = made;
        return made;
    }

    private boolean isServing() {
        return handOver == null || handOver.isServing();
    }

    private boolean isHandingOver() {
        return handOver != null && handOver.isWanted();
    }

    boolean isIdle() {
        return !isWorking();
    }

    private boolean isWorking() {
        return !firings().isEmpty();
    }

    /** What is due or under way here. */
    private List<FireJob> firings() {
        List<FireJob> firings = new ArrayList<>(3);
        if (takeover != null) {
            firings.add(takeover);
        }
        if (regular != null) {
            firings.add(regular);
        }
        if (requested != null) {
            firings.add(requested);
        }
        return firings;
    }

    boolean isAskedToRun() {
        return !reruns.isEmpty() || tree.exists(paths.trigger(member.id()));
    }

    /** Nothing of this instance is registered any more. */
    void gone() {
        if (leaving) {
            left();
        } else {
            joined.complete(null);
        }
    }

    private void dropWaiting() {
        firings().stream().filter(FireJob::isWaiting).forEach(firing -> firing.stop(null));
    }

    private void farewell() {
        if (left.isDone()) {
            return;
        }
        List<Write> writes = LeaveJob.decide(tree, member);
        if (connected && loaded && !writes.isEmpty() && !asking) {
            parts.registry().commit(writes, result -> {});
        }
        left();
    }

    private void left() {
        firings().forEach(FireJob::leftBehind);
        mailbox.cancelAll();
        why.leaves();
        if (watch != null) {
            watch.close();
        }
        joined.completeExceptionally(new IllegalStateException("job '" + name() + "' was closed"));
        // before anybody hears of it: whoever waited for the end may start a job of the same name at once
        onLeft.run();
        left.complete(null);
    }

    // ---- events ------------------------------------------------------------------------------------------------

    /** Handles an event later, on the loop. Thread-safe. */
    void post(Runnable event) {
        mailbox.post(() -> {
            if (!left.isDone()) {
                event.run();
            }
        });
    }

    /** What happened to the registry session. */
    void session(SessionEvent event) {
        if (event instanceof SessionEvent.Connected now) {
            mailbox.cancel("suspended");
            connected = true;
            if (now.sessionId() != member.session()) {
                loseClaims();
                member = new Member(
                        member.id(),
                        member.ip(),
                        now.sessionId(),
                        UUID.randomUUID().toString());
                readAgain();
            }
        } else if (event instanceof SessionEvent.Suspended) {
            connected = false;
            mailbox.after("suspended", Claim.trustedFor(parts.registry().sessionTimeout()), this::loseClaims);
        } else {
            connected = false;
            readAgain();
            loseClaims();
        }
        wake();
    }

    /** The claims may belong to others by now: stops what runs. */
    void loseClaims() {
        stopRuns(null);
    }

    /** @param why for people, when this instance gives the claims up itself; null when they are lost */
    void stopRuns(@Nullable String why) {
        firings().forEach(firing -> firing.stop(why));
        if (missed != null) {
            sayLost(missed);
            missed = null;
        }
        wake();
    }

    void sayLost(Instant due) {
        if (leaving) {
            why.say(due, WhyNot.CLOSED);
        } else {
            why.say(
                    due,
                    WhyNot.CLAIM_LOST,
                    connected
                            ? "the process stood still, or its session had ended."
                            : "the session has ended, or was suspended too long.");
        }
    }

    /**
     * The connection is lost, so changes may be missed until the watch tells to read again. Told before {@link #session} is,
     * in the order of changes and outcomes. Thread-safe.
     */
    void loseSight() {
        post(() -> followed = false);
    }

    private void changed(Change change) {
        if (tree.hasPeers()) {
            peersNext.heard(tree, configuration, change, now());
        }
        tree.changed(change);
        if (!change.path().startsWith(paths.sharding())) {
            requestsNews |= ServeRequests.isNews(tree, change);
        }
        if (change.kind() == Change.Kind.DELETED && change.path().startsWith(paths.instances() + "/")) {
            checkHolders = true;
        }
        if (change.kind() == Change.Kind.DELETED
                && change.path().equals(paths.running(0))
                && tree.hasPeers()
                && Reshard.takesTurns(configuration)) {
            moveDue = true;
        }
        wake();
    }

    private void readAgain() {
        loaded = false;
        resyncs++;
        wake();
    }

    private void due() {
        CronSchedule cron = schedule;
        if (cron == null || !isServing()) {
            return;
        }
        FireJob current = regular;
        Instant skipped = tree.intent().skipped();
        PlanFire.Plan plan = PlanFire.decide(cron, planned, now(), current != null, skipped);
        sayMerged(planned, plan.fire() == null ? plan.missed() : plan.fire());
        if (skipped != null && planned != null && !skipped.isBefore(planned) && !skipped.isAfter(now())) {
            sayIfSkipped(skipped);
        }
        planned = plan.next();
        if (plan.fire() != null) {
            regular = new FireJob(this, Source.NORMAL_TRIGGER, plan.fire(), List.of());
        } else if (plan.missed() != null && current != null) {
            if (current.isWaiting()) {
                current.replaceTime(plan.missed());
                // what was missed while it ran, before it gave its items back: the later time stands for that, too
                sayMerged(missed, plan.missed());
                missed = null;
            } else {
                if (configuration.isMisfire()) {
                    sayMerged(missed, plan.missed());
                } else if (missed != null) {
                    // also when that was switched off during the run
                    why.say(missed, WhyNot.MISFIRE_OFF, current.scheduledTime());
                }
                missed = plan.missed();
                why.say(
                        missed,
                        configuration.isMisfire() ? WhyNot.STILL_RUNNING : WhyNot.MISFIRE_OFF,
                        current.scheduledTime());
            }
        }
        setTimer();
        wake();
    }

    /** Says so when a planned firing is left out because somebody wants that. */
    boolean sayIfSkipped(Instant due) {
        JobIntent.Mark mark = tree.intent().skip();
        if (mark == null || !due.equals(mark.until())) {
            return false;
        }
        why.say(due, WhyNot.SKIPPED, mark.actor(), mark.since(), mark.reason());
        return true;
    }

    /** Firings from one planned time on that a later one stands for. */
    private void sayMerged(@Nullable Instant first, @Nullable Instant into) {
        if (first != null && into != null && first.isBefore(into)) {
            why.range(Decision.ALL, first, into.minusMillis(1), WhyNot.MERGED, into);
        }
    }

    private void setTimer() {
        if (planned != null && isServing()) {
            mailbox.timer("fire", planned, this::due);
        }
    }

    void firingEnded(FireJob firing, boolean claimLost) {
        if (firing == takeover) {
            takeover = null;
        } else if (firing == requested) {
            requested = null;
        } else if (firing == regular) {
            regular = null;
            Instant makeUp = missed == null
                    ? null
                    : PlanFire.afterRun(
                            MisfirePolicy.of(configuration.isMisfire()), missed, tree.isReshardingPending());
            if (missed != null && tree.isReshardingPending() && member.isLeader(tree)) {
                // the others wait for the items to be dealt since then; they need not wait for the next firing, too
                makeUp = missed;
            }
            if (missed != null && (claimLost || leaving)) {
                sayLost(missed);
            } else if (missed != null && makeUp == null && configuration.isMisfire()) {
                why.say(missed, WhyNot.MISFIRE_AT_DEAL);
            } else if (missed != null && makeUp == null) {
                // also when that was switched off during the run
                why.say(missed, WhyNot.MISFIRE_OFF, firing.scheduledTime());
            }
            missed = null;
            if (makeUp != null && !claimLost && (handOver == null || handOver.mayMakeUp())) {
                regular = new FireJob(this, Source.MISFIRE, makeUp, List.of());
            }
        }
        overstaying.clear();
        wake();
    }

    // ---- the heart ---------------------------------------------------------------------------------------------

    /** Looks again at what is due, once the queued events are handled. */
    void wake() {
        if (!awake) {
            awake = true;
            post(() -> {
                awake = false;
                advance();
            });
        }
    }

    private void advance() {
        mustPause = tree.isReshardingPending() || isHandingOver();
        if (leaving && !connected) {
            dropWaiting();
        }
        if (asking || pausing || !connected || !watching) {
            if (!connected && regular != null && regular.isWaiting()) {
                why.say(regular.scheduledTime(), WhyNot.NOT_CONNECTED);
            }
            if (leaving && !connected && !isWorking()) {
                farewell();
            }
            return;
        }
        if (!loaded) {
            load();
            return;
        }
        List<Read> stale = tree.staleReads();
        if (!stale.isEmpty()) {
            read(stale, () -> {});
            return;
        }
        if (requestsNews) {
            requestsNews = false;
            read(ServeRequests.reads(tree), () -> {});
            return;
        }
        takeConfiguration();
        if (member.isRegistered(tree)) {
            registeredSession = member.session();
            if (joinedNamespace == 0) {
                joinedNamespace = tree.namespaceBorn();
            }
            if (!tree.exists(paths.config()) && !leaving) {
                leaveRemoved();
            }
        }
        if (proceedReleasing() || (meetings != null && meetings.advance())) {
            return;
        }
        if (handOver != null && handOver.proceed(this)) {
            return;
        }
        if (!member.isRegistered(tree)) {
            join();
            return;
        }
        joined.complete(null);
        List<Write> writes = housekeeping();
        if (!writes.isEmpty()) {
            commit(writes, zxid -> {});
            return;
        }
        if (checkHolders && configuration.isFailover()) {
            checkHolders = false;
            if (readHolders()) {
                return;
            }
        }
        startFirings();
        if (!dealAroundWhatRuns()) {
            proceedWaiting();
        }
    }

    /** After a long wait for running items, the leader deals the items around them, also while it is busy itself. */
    private boolean dealAroundWhatRuns() {
        boolean waits = missed != null
                || (regular != null && regular.isWaiting())
                || (requested != null && requested.isWaiting());
        if (dealAround == null && !(waits && tree.isReshardingPending())) {
            return false;
        }
        DealAround around = dealAround == null ? new DealAround() : dealAround;
        dealAround = around;
        Instant ends = around.ends(tree, member, configuration, waits, now());
        if (ends == null) {
            return false;
        }
        if (now().isBefore(ends)) {
            mailbox.timer("patience", ends, this::wake);
            return false;
        }
        Set<Integer> running = DealAround.running(tree, configuration);
        if (running == null) {
            return false;
        }
        LOG.info("job '{}': its items are dealt anew around {}, which run too long to be waited for", name(), running);
        read(
                Reshard.reads(tree),
                () -> read(LastFirings.reads(tree), () -> {
                    List<Write> before = Reshard.prepare(tree, member, configuration, running);
                    List<Write> writes = before.isEmpty() ? Reshard.deal(tree, member, configuration, running) : before;
                    if (writes != null) {
                        commit(writes, zxid -> around.dealt(running));
                    }
                }));
        return true;
    }

    private boolean proceedReleasing() {
        for (FireJob firing : firings()) {
            if (firing.isReleasing()) {
                firing.proceed();
                return true;
            }
        }
        return false;
    }

    void proceedWaiting() {
        FireJob first = takeover;
        if (first != null && first.isWaiting()) {
            first.proceed();
        }
        FireJob second = regular;
        FireJob third = requested;
        if (!asking && second != null && second.isWaiting() && (third == null || third.isWaiting())) {
            second.proceed();
        }
        if (!asking && third != null && third.isWaiting() && regular == null) {
            third.proceed();
        }
    }

    private void join() {
        if (registeredSession == member.session()) {
            LOG.info(
                    "job '{}': somebody removed instance {} from the registry; it leaves the job", name(), member.id());
            why.say(now(), WhyNot.REMOVED);
            startToLeave();
            if (configuration.isFailover() && !tree.available().isEmpty()) {
                // the others take it for dead and repeat what it runs
                loseClaims();
            }
            return;
        }
        List<Read> unknown = JoinJob.reads(tree, member);
        if (!unknown.isEmpty()) {
            read(unknown, () -> {});
            return;
        }
        JoinJob.Decision decision = JoinJob.decide(tree, member, jobClass, local, joinedNamespace, parts.peers());
        if (decision instanceof JoinJob.Decision.Join join) {
            if (!isQuietForPeers()) {
                return;
            }
            long born = tree.namespaceBorn();
            commit(join.writes(), zxid -> joinedNamespace = born == 0 ? zxid : born);
        } else if (decision instanceof JoinJob.Decision.Removed) {
            leaveRemoved();
        } else if (decision instanceof JoinJob.Decision.Conflict conflict) {
            joined.completeExceptionally(new IllegalStateException(conflict.message()));
            LOG.error(conflict.message());
            why.say(now(), WhyNot.JOB_CONFLICT, conflict.message());
            left();
        }
    }

    private void leaveRemoved() {
        LOG.info("job '{}': somebody removed it from the registry; instance {} leaves it", name(), member.id());
        startToLeave();
    }

    /** The next commit that keeps the job in order: election, the request to deal anew, marks that nobody needs. */
    private List<Write> housekeeping() {
        Set<Integer> running = dealAround == null ? Set.of() : dealAround.stillRunning(tree);
        if (running.isEmpty() && !tree.isReshardingPending()) {
            dealAround = null;
        }
        if (inOrderAt != tree.changes() || !running.isEmpty()) {
            List<Write> election = ElectLeader.decide(tree, member);
            if (!election.isEmpty()) {
                return election;
            }
            warnOfDealing();
            warnOfPeersZone();
            if (!Reshard.isRequestDue(tree, member, configuration, running)) {
                inOrderAt = dealingProblem == null && running.isEmpty() ? tree.changes() : -1;
                dealWait = new QuietMoment.Wait();
            } else if ((Reshard.isOrphaned(tree, configuration) && !tree.hasPeers())
                    || isNowOrLater(dealWait.after(schedule, now()))) {
                return Reshard.request(tree);
            }
        }
        if (!now().isBefore(forgetAt)) {
            List<Write> forgotten = ForgetServers.decide(tree, member, now());
            if (!forgotten.isEmpty()) {
                return forgotten;
            }
            forgetAt = now().plus(FORGET_EVERY);
        }
        if (tree.intent().job() != null) {
            List<Write> kept = KeepIntent.decide(tree, member, now());
            if (!kept.isEmpty()) {
                return kept;
            }
            Instant next = KeepIntent.next(tree, now());
            if (next != null && next.isAfter(now())) {
                mailbox.timer("intent", next, this::wake);
            }
        }
        if (moveDue && (!member.isLeader(tree) || !Reshard.isMoveDue(tree, configuration))) {
            moveDue = false;
        } else if (moveDue && isQuietForPeers()) {
            moveDue = false;
            return Reshard.request(tree);
        }
        boolean waiting = regular != null && regular.isWaiting();
        if (!configuration.isFailover() || waiting) {
            List<Integer> mine = ClaimItems.leftByMe(tree, member, localItems()).stream()
                    // what it took over from another, it still has to run
                    .filter(item -> !configuration.isFailover() || !tree.exists(paths.failovering(item)))
                    .toList();
            List<Write> unsure = regular != null && waiting ? regular.takeBackUnsure(mine) : List.of();
            if (!unsure.isEmpty()) {
                return unsure;
            }
            if (!mine.isEmpty()) {
                return ClaimItems.release(tree, member, mine, true);
            }
        }
        if (!overstaying.isEmpty()) {
            List<Write> notes = FailedItems.decide(tree, overstaying, List.of());
            if (!notes.isEmpty()) {
                return notes;
            }
        }
        if (!configuration.isMonitorExecution() && member.isLeader(tree)) {
            List<Write> marks = ClaimItems.release(tree, member, tree.items(), false);
            if (!marks.isEmpty()) {
                return marks;
            }
        }
        return tree.openRequests().isEmpty()
                ? List.of()
                : ServeRequests.housekeeping(tree, member, configuration, now());
    }

    private void warnOfPeersZone() {
        boolean differ = schedule != null && ZonesForPeers.mayDiffer(configuration.getTimeZone()) && tree.hasPeers();
        if (differ && !peersZoneTold) {
            LOG.warn(
                    "job '{}': instances of ElasticJob cannot read zone {}; each fires by the zone of its JVM. Set"
                            + " -Duser.timezone={} for them.",
                    name(),
                    configuration.getTimeZone(),
                    configuration.getTimeZone());
        }
        peersZoneTold = differ;
    }

    private void warnOfDealing() {
        String problem = member.isLeader(tree)
                ? Reshard.problem(tree, configuration)
                : Reshard.problemOfPeers(tree, configuration, parts.peers());
        if (problem != null && !problem.equals(dealingProblem)) {
            LOG.error("job '{}': {}", name(), problem);
        }
        dealingProblem = problem;
    }

    private void startFirings() {
        if (takeover == null) {
            List<Integer> cut = ClaimItems.cutItems(tree, member, configuration, localItems());
            if (cut.isEmpty()) {
                peersTurnEnds = null;
            }
            if (!cut.isEmpty() && arePeersLate()) {
                takeover = new FireJob(this, Source.FAILOVER, now(), cut);
            }
        }
        if (regular == null && tree.exists(paths.trigger(member.id()))) {
            regular = new FireJob(this, Source.MANUAL, now(), List.of());
        }
        if (regular == null) {
            regular = reruns.poll();
        }
        boolean wanted = !tree.openRequests().isEmpty()
                || (tree.isReshardingPending() && ServeRequests.isDealWanted(tree, member));
        if (wanted && !isHandingOver()) {
            serveRequests();
        }
    }

    /** Requests are served when no firing of the schedule is due or running here. */
    private void serveRequests() {
        if (requested == null
                && regular == null
                && (nextRequested() != null || ServeRequests.isDealWanted(tree, member))) {
            requested = new FireJob(this, new RequestedRun(this), now());
        }
        Instant next = ServeRequests.nextHousekeeping(tree, member, now());
        if (next != null) {
            mailbox.timer("requests", next, this::wake);
        }
    }

    ServeRequests.@Nullable Part nextRequested() {
        return ServeRequests.next(tree, member, configuration, isQuietForPeers(), leftToPeers(), localItems());
    }

    /** The items that ElasticJob's instances are about to begin by themselves; brings the next look when there are any. */
    Set<Integer> leftToPeers() {
        if (tree.openRequests().isEmpty() || !tree.hasPeers()) {
            return Set.of();
        }
        Map<Integer, Instant> left =
                peersNext.left(tree, schedule, now(), parts.registry().sessionTimeout());
        left.values().stream()
                .min(Comparator.naturalOrder())
                .ifPresent(next -> mailbox.timer("peers-next", next, this::wake));
        return left.keySet();
    }

    /** Whether news comes at a good moment for ElasticJob's instances; brings the next look when it does not. */
    boolean isQuietForPeers() {
        return !tree.hasPeers() || isNowOrLater(QuietMoment.after(schedule, now()));
    }

    /** Whether there is no need to look again later; brings the next look when there is. */
    private boolean isNowOrLater(@Nullable Instant later) {
        if (later != null) {
            mailbox.timer("quiet", later, this::wake);
        }
        return later == null;
    }

    /** Whether cut items are this side's part yet; brings the next look when they are not. */
    private boolean arePeersLate() {
        peersTurnEnds =
                PeersTurn.end(tree, peersTurnEnds, now(), parts.registry().sessionTimeout());
        if (peersTurnEnds != null && now().isBefore(peersTurnEnds)) {
            mailbox.timer("peers", peersTurnEnds, this::wake);
            return false;
        }
        peersTurnEnds = null;
        return true;
    }

    private void takeConfiguration() {
        String text = tree.data(paths.config());
        if (text == null || text.equals(configText)) {
            return;
        }
        boolean first = configText == null;
        configText = text;
        JobConfiguration taken;
        try {
            taken = ConfigYaml.read(text);
        } catch (InvalidSettingException e) {
            LOG.error(
                    "job '{}': its stored configuration cannot be used, {}: {}",
                    name(),
                    first ? "the one in the code is used until it is corrected" : "the last good one stays",
                    e.getMessage());
            why.say(now(), WhyNot.CONFIGURATION_UNUSABLE, String.valueOf(e.getMessage()));
            if (!first) {
                return;
            }
            taken = local;
        }
        try {
            DrivenEngine.checkServices(taken);
        } catch (InvalidSettingException e) {
            LOG.warn("job '{}': {}", name(), e.getMessage());
        }
        reconcileLater(taken.getReconcileIntervalMinutes());
        configuration = taken;
        takesTurns = Reshard.takesTurns(taken);
        policy = ItemPolicy.of(taken);
        useServices(taken);
        CronSchedule times = taken.schedule();
        if (!Objects.equals(times, schedule)) {
            schedule = times;
            mailbox.cancel("fire");
            planned = times == null ? null : times.next(now());
            setTimer();
            if (times != null && planned == null) {
                LOG.warn("job '{}': {} names no time from now on; it runs only when it is triggered", name(), times);
            }
        }
    }

    /**
     * A watch that was lost heals: from time to time, everything is read again, and what is due is asked of that. A job whose
     * schedule names no time before the next look asks nothing.
     */
    private void reconcileLater(int minutes) {
        if (minutes < 1) {
            mailbox.cancel("reconcile");
            return;
        }
        Duration interval = Duration.ofMinutes(minutes);
        mailbox.timer("reconcile", now().plus(interval), () -> {
            Instant next = planned;
            boolean idle = schedule != null
                    && isIdle()
                    && tree.items().stream().noneMatch(tree::isRunning)
                    && (next == null || next.isAfter(now().plus(interval)));
            if (!idle) {
                readAgain();
            }
            reconcileLater(minutes);
        });
    }

    // ---- the registry ------------------------------------------------------------------------------------------

    private void load() {
        long resync = resyncs;
        JobTree fresh = new JobTree(paths);
        ask(fresh.firstReads(), first -> {
            tree = fresh;
            inOrderAt = -1;
            checkHolders = true;
            first.run();
            List<Read> rest = new ArrayList<>(fresh.secondReads());
            if (fresh.exists(paths.claimOf(member.id()))) {
                rest.add(new Read.Get(paths.claimOf(member.id())));
            }
            loadRest(rest, resync);
        });
    }

    /** In several requests where the answer to one would be longer than a server's longest. */
    private void loadRest(List<Read> reads, long resync) {
        if (reads.isEmpty()) {
            loaded = resync == resyncs;
            peersNext.loaded(tree, configuration, now());
            return;
        }
        int now = Math.min(READS_AT_ONCE, reads.size());
        ask(reads.subList(0, now), some -> {
            some.run();
            loadRest(reads.subList(now, reads.size()), resync);
        });
    }

    /** Reads into the view, then goes on. */
    void read(List<Read> reads, Runnable then) {
        read(reads, then, () -> {});
    }

    void read(List<Read> reads, Runnable then, Runnable otherwise) {
        if (reads.isEmpty()) {
            then.run();
            return;
        }
        ask(
                reads,
                take -> {
                    take.run();
                    then.run();
                },
                otherwise);
    }

    /** Reads who holds the marks whose holders are not known; false when all are known. */
    boolean readHolders() {
        List<Read> reads = tree.runningReads();
        if (reads.isEmpty()) {
            return false;
        }
        read(reads, () -> {});
        return true;
    }

    private void ask(List<Read> reads, Consumer<Runnable> then) {
        ask(reads, then, () -> {});
    }

    private void ask(List<Read> reads, Consumer<Runnable> then, Runnable otherwise) {
        asking = true;
        parts.registry()
                .read(
                        reads,
                        result -> post(() -> {
                            asking = false;
                            if (result instanceof ReadResult.Values values) {
                                then.accept(() -> {
                                    for (int i = 0; i < reads.size(); i++) {
                                        tree.answered(
                                                reads.get(i), values.answers().get(i));
                                    }
                                });
                            } else {
                                refuseWithoutPermission(result);
                                otherwise.run();
                                readAgain();
                                pause();
                            }
                            wake();
                        }));
    }

    /** Says so when the registry does not let this instance in; a job that has not joined yet never will. */
    private void refuseWithoutPermission(Object result) {
        if (result instanceof CommitResult.Refused commit && commit.reason() == Reason.NO_PERMISSION) {
            refused("no permission to write");
        } else if (result instanceof ReadResult.Failed read && read.reason() == Reason.NO_PERMISSION) {
            refused(read.cause());
        }
    }

    private void refused(String cause) {
        String message = "digest: (not shown) (expected: the user and password that made the nodes of job '" + name()
                + "' in namespace '" + paths.namespace() + "'). The registry answers: " + cause
                + ". Set the same digest, or the same JAAS login, on all instances";
        if (!joined.isDone()) {
            joined.completeExceptionally(new IllegalStateException(message + "; the job was not started."));
            left();
        } else if (refusals == 0) {
            LOG.error("job '{}': {}.", name(), message);
        }
    }

    /** Commits; a refused or unknown outcome is resolved by reading everything again. */
    void commit(List<Write> writes, LongConsumer then) {
        commit(writes, then, result -> {});
    }

    void commit(List<Write> writes, LongConsumer then, Consumer<CommitResult> otherwise) {
        asking = true;
        long session = member.session();
        Instant sent = now();
        parts.registry().commit(writes, result -> {
            Instant answered = now();
            post(() -> {
                asking = false;
                if (result instanceof CommitResult.Committed committed) {
                    refusals = 0;
                    if (configuration.getMaxTimeDiffSeconds() >= 0) {
                        clock.heard(sent, committed.millis(), answered);
                    }
                    if (!answered.isBefore(compareClocksAt)) {
                        compareClocksAt = answered.plus(COMPARE_CLOCKS_EVERY);
                        parts.clock().heard(sent, committed.millis(), answered);
                    }
                    tree.committed(writes, committed.paths(), session);
                    then.accept(committed.zxid());
                } else {
                    LOG.debug("job '{}': {} after {}", name(), result, writes);
                    refuseWithoutPermission(result);
                    otherwise.accept(result);
                    readAgain();
                    pause();
                }
                wake();
            });
        });
    }

    /** After several refusals in a row, waits longer and longer before the next attempt. */
    private void pause() {
        refusals++;
        if (refusals < 4) {
            return;
        }
        pausing = true;
        Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(refusals - 4, 10));
        mailbox.after("pause", pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause, () -> {
            pausing = false;
            wake();
        });
    }

    /** User code goes on after its interrupt: written down, so that people see it. */
    void overstays(ItemRun run) {
        overstaying.add(new FailedItems.Entry(
                run.order().item(),
                FailedItems.State.OVERSTAYING,
                run.order().scheduledTime(),
                member.id(),
                "its code goes on after an interrupt"));
        wake();
    }

    /** Marks the state of the view, for {@link #hasFollowedSince}. */
    long viewMark() {
        return loaded && followed ? resyncs : -1;
    }

    /**
     * Whether the view has heard of every change since a mark. Then, in the outcome of a commit, it shows the registry as it
     * was at that commit: changes and outcomes come in one order.
     */
    boolean hasFollowedSince(long mark) {
        return mark >= 0 && mark == viewMark();
    }

    // ---- asked by firings --------------------------------------------------------------------------------------

    private Set<Integer> localItems() {
        Set<Integer> items = new HashSet<>();
        firings().forEach(firing -> items.addAll(firing.held()));
        return items;
    }

    String name() {
        return local.getJobName();
    }

    JobTree tree() {
        return tree;
    }

    Meetings meetings() {
        Meetings made = meetings == null ? new Meetings(this) : meetings;
        meetings = made;
        return made;
    }

    RegistryClock clock() {
        return clock;
    }

    void timer(String key, Duration after, Runnable event) {
        mailbox.after(key, after, event);
    }

    void cancelTimer(String key) {
        mailbox.cancel(key);
    }

    Member member() {
        return member;
    }

    Parts parts() {
        return parts;
    }

    SayWhy why() {
        return why;
    }

    ElasticJob userCode() {
        return userCode;
    }

    JobConfiguration configuration() {
        return configuration;
    }

    /** Whether the job's strategy moves the items after each run. */
    boolean takesTurns() {
        return takesTurns;
    }

    /** Looks up what the configuration names by type, once per configuration. */
    private void useServices(JobConfiguration wanted) {
        errors =
                Objects.requireNonNullElse(ErrorHandler.of(wanted.getJobErrorHandlerType()), ErrorHandler.Standard.LOG);
        listeners = wanted.getJobListenerTypes().stream()
                .map(JobListener::of)
                .filter(Objects::nonNull)
                .toList();
        atOnce = Math.max(
                1,
                Objects.requireNonNullElse(
                                ParallelItems.of(wanted.getJobExecutorThreadPoolSizeProviderType()),
                                ParallelItems.Standard.CPU)
                        .atOnce());
    }

    ErrorHandler errors() {
        return errors;
    }

    List<JobListener> listeners() {
        return listeners;
    }

    /** How many items of the job may run at once here. */
    int atOnce() {
        return atOnce;
    }

    /** What the configuration says of time-outs and repetitions; read once per configuration. */
    ItemPolicy policy() {
        return policy;
    }

    /** When the job is next due, or null. */
    @Nullable
    Instant nextFiring() {
        return planned;
    }

    @Nullable
    CronSchedule schedule() {
        return schedule;
    }

    EngineLoop.Mailbox mailbox() {
        return mailbox;
    }

    /** Whether a streaming data flow should end its run, so that the items can be dealt anew. Thread-safe. */
    boolean mustPause() {
        return mustPause;
    }

    private Instant now() {
        return parts.time().instant();
    }
}
