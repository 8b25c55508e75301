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
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.JobTree;
import io.carillon.jobs.coordination.JoinJob;
import io.carillon.jobs.coordination.LeaveJob;
import io.carillon.jobs.coordination.Member;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.Change;
import io.carillon.jobs.coordination.Registry.CommitResult;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.ReadResult;
import io.carillon.jobs.coordination.Registry.SessionEvent;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.coordination.ReleaseItems;
import io.carillon.jobs.coordination.Reshard;
import io.carillon.jobs.execution.Claim;
import io.carillon.jobs.history.RunRecord.Source;
import io.carillon.jobs.scheduling.CronSchedule;
import io.carillon.jobs.scheduling.MisfirePolicy;
import io.carillon.jobs.scheduling.PlanFire;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
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
    /** How long after a firing, and until how long before the next, ElasticJob's instances take news well. */
    private static final Duration QUIET_AFTER = Duration.ofMillis(500);

    private static final Duration QUIET_BEFORE = Duration.ofMillis(200);
    private static final Duration AFTER_INTERRUPT = Duration.ofSeconds(2);

    private final Parts parts;
    private final ElasticJob userCode;
    private final String jobClass;
    private final JobConfiguration local;
    private final JobPaths paths;
    private final EngineLoop.Mailbox mailbox;
    private final Runnable onLeft;
    private final CompletableFuture<Void> joined = new CompletableFuture<>();
    private final CompletableFuture<Void> left = new CompletableFuture<>();

    private JobTree tree;
    private Member member;
    private JobConfiguration configuration;
    private Registry.@Nullable Watch watch;
    private boolean watching;
    private boolean connected;
    private boolean loaded;
    private long resyncs;
    private boolean asking;
    private boolean pausing;
    private int refusals;
    private boolean awake;
    private boolean checkHolders;
    private long registeredSession;
    private boolean leaving;
    private @Nullable String configText;
    private @Nullable CronSchedule schedule;
    private @Nullable Instant planned;
    private @Nullable Instant missed;
    private @Nullable FireJob regular;
    private @Nullable FireJob takeover;
    private @Nullable Instant peersTurnEnds;
    private volatile boolean mustPause;
    private @Nullable String dealingProblem;

    LocalJob(Parts parts, ElasticJob userCode, String jobClass, JobConfiguration local, Runnable onLeft) {
        this.parts = parts;
        this.userCode = userCode;
        this.jobClass = jobClass;
        this.local = local;
        this.configuration = local;
        this.onLeft = onLeft;
        this.paths = new JobPaths(parts.namespace(), local.getJobName());
        this.tree = new JobTree(paths);
        this.member = new Member(parts.id().toString(), parts.id().ip(), 0, "");
        this.mailbox = parts.loop().mailbox(local.getJobName());
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
                                    post(LocalJob.this::readAgain);
                                }
                            },
                            () -> post(() -> {
                                watching = true;
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
        mailbox.cancel("fire");
        dropIfWaiting(regular);
        dropIfWaiting(takeover);
        Instant grace = now().plus(parts.closeGrace());
        mailbox.timer("grace", grace, this::loseClaims);
        mailbox.timer("give up", grace.plus(AFTER_INTERRUPT), () -> {
            if (regular != null || takeover != null) {
                LOG.warn(
                        "job '{}': left while {} still works; it was interrupted and did not return",
                        name(),
                        localItems());
            }
            farewell();
        });
        wake();
    }

    private static void dropIfWaiting(@Nullable FireJob firing) {
        if (firing != null && firing.isWaiting()) {
            firing.stop();
        }
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
        mailbox.cancelAll();
        if (watch != null) {
            watch.close();
        }
        joined.completeExceptionally(new IllegalStateException("job '" + name() + "' was closed"));
        left.complete(null);
        onLeft.run();
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
            mailbox.timer(
                    "suspended", now().plus(Claim.trustedFor(parts.registry().sessionTimeout())), this::loseClaims);
        } else {
            connected = false;
            readAgain();
            loseClaims();
        }
        wake();
    }

    /** The claims may belong to others by now: stops what runs. */
    void loseClaims() {
        if (regular != null) {
            regular.stop();
        }
        if (takeover != null) {
            takeover.stop();
        }
        missed = null;
        wake();
    }

    private void changed(Change change) {
        tree.changed(change);
        if (change.kind() == Change.Kind.DELETED && change.path().startsWith(paths.instances() + "/")) {
            checkHolders = true;
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
        if (cron == null || leaving) {
            return;
        }
        FireJob current = regular;
        PlanFire.Plan plan = PlanFire.decide(cron, planned, now(), current != null);
        planned = plan.next();
        if (plan.fire() != null) {
            regular = new FireJob(this, Source.NORMAL_TRIGGER, plan.fire(), List.of());
        } else if (plan.missed() != null && current != null) {
            if (current.isWaiting()) {
                current.replaceTime(plan.missed());
            } else {
                missed = plan.missed();
            }
        }
        setTimer();
        wake();
    }

    private void setTimer() {
        if (planned != null && !leaving) {
            mailbox.timer("fire", planned, this::due);
        }
    }

    void firingEnded(FireJob firing, boolean claimLost) {
        if (firing == takeover) {
            takeover = null;
        } else if (firing == regular) {
            regular = null;
            Instant makeUp =
                    PlanFire.afterRun(MisfirePolicy.of(configuration.isMisfire()), missed, tree.isReshardingPending());
            if (missed != null && tree.isReshardingPending() && member.isLeader(tree)) {
                // the others wait for the items to be dealt since then; they need not wait for the next firing, too
                makeUp = missed;
            }
            missed = null;
            if (makeUp != null && !claimLost && !leaving) {
                regular = new FireJob(this, Source.MISFIRE, makeUp, List.of());
            }
        }
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
        mustPause = tree.isReshardingPending() || leaving;
        if (asking || pausing || !connected || !watching) {
            if (leaving && !connected && regular == null && takeover == null) {
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
        takeConfiguration();
        if (member.isRegistered(tree)) {
            registeredSession = member.session();
        }
        if (proceedIfReleasing(takeover) || proceedIfReleasing(regular)) {
            return;
        }
        if (leaving) {
            if (regular == null && takeover == null) {
                List<Write> writes = LeaveJob.decide(tree, member);
                if (writes.isEmpty()) {
                    left();
                } else if (isQuietForPeers()) {
                    commit(writes, zxid -> {});
                }
            } else {
                proceedWaiting();
            }
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
        proceedWaiting();
    }

    private static boolean proceedIfReleasing(@Nullable FireJob firing) {
        if (firing == null || !firing.isReleasing()) {
            return false;
        }
        firing.proceed();
        return true;
    }

    private void proceedWaiting() {
        FireJob first = takeover;
        if (first != null && first.isWaiting()) {
            first.proceed();
        }
        FireJob second = regular;
        if (!asking && second != null && second.isWaiting()) {
            second.proceed();
        }
    }

    private void join() {
        if (registeredSession == member.session()) {
            LOG.info(
                    "job '{}': somebody removed instance {} from the registry; it leaves the job", name(), member.id());
            startToLeave();
            return;
        }
        JoinJob.Decision decision = JoinJob.decide(tree, member, jobClass, local);
        if (decision instanceof JoinJob.Decision.Join join) {
            if (!isQuietForPeers()) {
                return;
            }
            commit(join.writes(), zxid -> {});
        } else if (decision instanceof JoinJob.Decision.Conflict conflict) {
            joined.completeExceptionally(new IllegalStateException(conflict.message()));
            LOG.error(conflict.message());
            left();
        }
    }

    /** The next commit that keeps the job in order: election, the request to deal anew, marks that nobody needs. */
    private List<Write> housekeeping() {
        List<Write> election = ElectLeader.decide(tree, member);
        if (!election.isEmpty()) {
            return election;
        }
        warnOfDealing();
        if (Reshard.isRequestDue(tree, member, configuration) && isQuietForPeers()) {
            return Reshard.request(tree);
        }
        boolean waiting = regular != null && regular.isWaiting();
        if (!configuration.isFailover() || waiting) {
            List<Integer> mine = ClaimItems.leftByMe(tree, member, localItems()).stream()
                    // what it took over from another, it still has to run
                    .filter(item -> !configuration.isFailover() || !tree.exists(paths.failovering(item)))
                    .toList();
            if (!mine.isEmpty()) {
                return ReleaseItems.decide(tree, member, mine, true);
            }
        }
        if (!configuration.isMonitorExecution() && member.isLeader(tree)) {
            return ReleaseItems.decide(tree, member, tree.items(), false);
        }
        return List.of();
    }

    private void warnOfDealing() {
        String problem = member.isLeader(tree) ? Reshard.problem(tree, configuration) : null;
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
    }

    /**
     * Whether a change of who takes part, or a request to deal, comes at a good moment for instances of ElasticJob. They look
     * for a request only when they begin a firing, so one that comes while some have begun and others have not makes an item
     * run twice, or not at all. Brings the next look when it is not a good moment.
     */
    private boolean isQuietForPeers() {
        CronSchedule cron = schedule;
        if (cron == null || !tree.hasPeers()) {
            return true;
        }
        Instant firing = cron.next(now().minus(QUIET_AFTER));
        if (firing == null || firing.isAfter(now().plus(QUIET_BEFORE))) {
            return true;
        }
        mailbox.timer("quiet", firing.plus(QUIET_AFTER).plusMillis(1), this::wake);
        return false;
    }

    /**
     * Whether cut items are this side's part. Instances of ElasticJob begin to repeat what a dead instance was running as
     * soon as they see it gone, whoever else does; so they go first, and have the session time-out for it.
     */
    private boolean arePeersLate() {
        if (!tree.available().stream().anyMatch(tree::isPeer)) {
            peersTurnEnds = null;
            return true;
        }
        if (peersTurnEnds == null) {
            peersTurnEnds = now().plus(parts.registry().sessionTimeout());
        }
        if (now().isBefore(peersTurnEnds)) {
            mailbox.timer("peers", peersTurnEnds, this::wake);
            return false;
        }
        peersTurnEnds = null;
        return true;
    }

    private void takeConfiguration() {
        String text = tree.data(paths.config());
        if (text == null || text.isBlank() || text.equals(configText)) {
            return;
        }
        configText = text;
        JobConfiguration taken;
        try {
            taken = ConfigYaml.read(text);
        } catch (InvalidSettingException e) {
            LOG.error(
                    "job '{}': its stored configuration cannot be used, the last good one stays: {}",
                    name(),
                    e.getMessage());
            return;
        }
        try {
            DrivenEngine.checkServices(taken);
        } catch (InvalidSettingException e) {
            LOG.warn("job '{}': {}", name(), e.getMessage());
        }
        boolean sameTimes = schedule != null
                && Objects.equals(taken.getCron(), configuration.getCron())
                && Objects.equals(taken.getTimeZone(), configuration.getTimeZone());
        configuration = taken;
        if (!sameTimes) {
            String cron = taken.getCron();
            schedule = cron == null ? null : CronSchedule.of(cron, taken.getTimeZone());
            mailbox.cancel("fire");
            planned = schedule == null ? null : schedule.next(now());
            setTimer();
        }
    }

    // ---- the registry ------------------------------------------------------------------------------------------

    private void load() {
        long resync = resyncs;
        JobTree fresh = new JobTree(paths);
        ask(fresh.firstReads(), first -> {
            tree = fresh;
            first.run();
            List<Read> second = fresh.secondReads();
            if (second.isEmpty()) {
                loaded = resync == resyncs;
            } else {
                ask(second, rest -> {
                    rest.run();
                    loaded = resync == resyncs;
                });
            }
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

    private void ask(List<Read> reads, java.util.function.Consumer<Runnable> then) {
        ask(reads, then, () -> {});
    }

    private void ask(List<Read> reads, java.util.function.Consumer<Runnable> then, Runnable otherwise) {
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
                                otherwise.run();
                                readAgain();
                                pause();
                            }
                            wake();
                        }));
    }

    /** Commits; a refused or unknown outcome is resolved by reading everything again. */
    void commit(List<Write> writes, LongConsumer then) {
        commit(writes, then, () -> {});
    }

    void commit(List<Write> writes, LongConsumer then, Runnable otherwise) {
        asking = true;
        long session = member.session();
        parts.registry()
                .commit(
                        writes,
                        result -> post(() -> {
                            asking = false;
                            if (result instanceof CommitResult.Committed committed) {
                                refusals = 0;
                                tree.committed(writes, committed.paths(), session);
                                then.accept(committed.zxid());
                            } else {
                                LOG.debug("job '{}': {} after {}", name(), result, writes);
                                otherwise.run();
                                readAgain();
                                pause();
                            }
                            wake();
                        }));
    }

    /** After several refusals in a row, waits longer and longer before the next attempt. */
    private void pause() {
        refusals++;
        if (refusals < 4) {
            return;
        }
        pausing = true;
        Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(refusals - 4, 10));
        mailbox.timer("pause", now().plus(pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause), () -> {
            pausing = false;
            wake();
        });
    }

    // ---- asked by firings --------------------------------------------------------------------------------------

    private Set<Integer> localItems() {
        Set<Integer> items = new HashSet<>();
        if (regular != null) {
            items.addAll(regular.held());
        }
        if (takeover != null) {
            items.addAll(takeover.held());
        }
        return items;
    }

    String name() {
        return local.getJobName();
    }

    JobTree tree() {
        return tree;
    }

    Member member() {
        return member;
    }

    Parts parts() {
        return parts;
    }

    ElasticJob userCode() {
        return userCode;
    }

    JobConfiguration configuration() {
        return configuration;
    }

    /** Whether a streaming data flow should end its run, so that the items can be dealt anew. Thread-safe. */
    boolean mustPause() {
        return mustPause;
    }

    private Instant now() {
        return parts.time().instant();
    }
}
