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
package io.carillon.jobs.coordination;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.Registry.Answer;
import io.carillon.jobs.coordination.Registry.Change;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Node;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.model.PeerVersion;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The decisions of the protocol, each on a view made by hand. */
class DecisionsTest {

    private static final String A = "10.0.0.1@-@a";
    private static final String B = "10.0.0.2@-@b";
    private static final Member ME = new Member(A, "10.0.0.1", 7, "token");
    private static final JobConfiguration TWO_ITEMS =
            JobConfiguration.newBuilder("job", 2).build();

    private final JobPaths paths = new JobPaths("ns", "job");
    private final JobTree tree = new JobTree(paths);

    private void node(String path, String data, long owner) {
        node(path, data, owner, 0);
    }

    private void node(String path, String data, long owner, int version) {
        tree.answered(new Read.Get(path), new Answer.Found(new Node(path, data, version, 1, 1, owner, 0)));
    }

    private void node(String path, String data) {
        node(path, data, 0);
    }

    private void member(String id, long session) {
        node(paths.server(JobPaths.ipOf(id)), "ENABLED");
        node(paths.instance(id), "", session, 1);
    }

    /** An instance of ElasticJob's: its node was written once. */
    private void peer(String id, long session) {
        member(id, session);
        node(paths.instance(id), "", session);
    }

    private void peerLeads(String id, long session) {
        leaderIs(id, session);
        node(paths.leaderInstance(), id, session);
    }

    private void leaderIs(String id, long session) {
        node(paths.leaderInstance(), id, session, 1);
        node(paths.claim(), "");
        node(paths.deal(), "");
        for (String path : List.of("/ns", paths.root(), paths.leader(), paths.leaderSharding())) {
            node(path, "");
        }
    }

    private void owned(String first, String second) {
        for (String path : List.of(paths.sharding(), paths.item(0), paths.item(1))) {
            node(path, "");
        }
        node(paths.owner(0), first);
        node(paths.owner(1), second);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "3 | 8  | 0 0 1 1 2 2 0 1",
                "3 | 10 | 0 0 0 1 1 1 2 2 2 0",
                "2 | 3  | 0 1 0",
                "4 | 3  | 0 1 2",
                "1 | 4  | 0 0 0 0",
                "5 | 0  | ''",
                "2 | 20 | 0 0 0 0 0 0 0 0 0 0 1 1 1 1 1 1 1 1 1 1"
            })
    void itemsAreDealtAsElasticJobDealsThem(int instances, int total, String owners) {
        List<String> ids = List.of("0", "1", "2", "3", "4").subList(0, instances);
        assertThat(Arrays.stream(AverageAllocation.allocate(ids, total)).collect(Collectors.joining(" ")))
                .isEqualTo(owners);
    }

    @Test
    void aNewJobIsJoinedInOneCommitWithTheServersMarkBeforeTheInstance() {
        JoinJob.Decision decision = JoinJob.decide(tree, ME, "com.Job", TWO_ITEMS);
        List<Write> writes = ((JoinJob.Decision.Join) decision).writes();
        List<String> written = writes.stream().map(Write::path).toList();
        assertThat(written.subList(0, written.size() - 1))
                .doesNotHaveDuplicates()
                .startsWith("/ns");
        assertThat(written.indexOf(paths.server("10.0.0.1"))).isLessThan(written.indexOf(paths.instance(A)));
        assertThat(writes)
                .contains(new Write.Create(paths.root(), "com.Job", CreateMode.PERSISTENT))
                .contains(new Write.Create(
                        paths.instance(A), "jobInstanceId: " + A + "\nserverIp: 10.0.0.1\n", CreateMode.EPHEMERAL));
    }

    @Test
    void aDisabledServerStaysDisabledWhenItsInstanceStartsAgain() {
        node(paths.server("10.0.0.1"), "DISABLED");
        List<Write> writes = ((JoinJob.Decision.Join) JoinJob.decide(tree, ME, "com.Job", TWO_ITEMS)).writes();
        // written as it is, so that whoever forgets the server in this moment is refused
        assertThat(writes)
                .filteredOn(write -> write.path().equals(paths.server("10.0.0.1")))
                .containsExactly(new Write.SetData(paths.server("10.0.0.1"), "DISABLED", 0));
    }

    @Test
    void aJobOfAnotherClassIsAConflictButNotAnotherLambdaOfTheSameClass() {
        node(paths.root(), "com.Other");
        assertThat(JoinJob.decide(tree, ME, "com.Job", TWO_ITEMS)).isInstanceOf(JoinJob.Decision.Conflict.class);
        node(paths.root(), "com.App$$Lambda");
        assertThat(JoinJob.decide(tree, ME, "com.App$$Lambda$", TWO_ITEMS)).isInstanceOf(JoinJob.Decision.Join.class);
    }

    @Test
    void aStoredConfigurationIsKeptUnlessOverwriteIsAsked() {
        node(paths.config(), ConfigYaml.write(TWO_ITEMS, null));
        JobConfiguration other = JobConfiguration.newBuilder("job", 5).build();
        assertThat(((JoinJob.Decision.Join) JoinJob.decide(tree, ME, "c", other)).writes())
                .noneMatch(write -> write.path().equals(paths.config()));
        assertThat(((JoinJob.Decision.Join) JoinJob.decide(
                                tree, ME, "c", other.toBuilder().overwrite(true).build()))
                        .writes())
                .anyMatch(write -> write.path().equals(paths.config()));
    }

    @Test
    void theFirstInTheQueueBecomesLeaderAndLeavesTheQueue() {
        member(A, 7);
        assertThat(ElectLeader.decide(tree, ME))
                .last()
                .isEqualTo(new Write.Create(paths.latch() + "/_c_token-latch-", "", CreateMode.EPHEMERAL_SEQUENTIAL));
        node(paths.latch() + "/_c_zzz-latch-0000000003", "");
        node(paths.latch() + "/_c_token-latch-0000000004", "");
        assertThat(ElectLeader.decide(tree, ME)).as("another is first").isEmpty();
        tree.changed(new Change(paths.latch() + "/_c_zzz-latch-0000000003", Change.Kind.DELETED, 9));
        assertThat(ElectLeader.decide(tree, ME))
                .contains(new Write.Create(paths.leaderInstance(), A, CreateMode.EPHEMERAL))
                .contains(new Write.Delete(paths.latch() + "/_c_token-latch-0000000004", -1));
    }

    @Test
    void aLeaderWhoseServerIsDisabledResigns() {
        member(A, 7);
        leaderIs(A, 7);
        node(paths.server("10.0.0.1"), "DISABLED");
        assertThat(ElectLeader.decide(tree, ME)).containsExactly(new Write.Delete(paths.leaderInstance(), -1));
    }

    @Test
    void aRequestToReshardThatCameDuringAReshardingIsAskedForAgain() {
        member(A, 7);
        leaderIs(A, 7);
        owned(A, A);
        assertThat(Reshard.isRequestDue(tree, ME, TWO_ITEMS)).isFalse();
        member(B, 8);
        assertThat(Reshard.isRequestDue(tree, ME, TWO_ITEMS))
                .as("the owners on record are not those of the instances that are there")
                .isTrue();
        node(paths.necessary(), "");
        assertThat(Reshard.isRequestDue(tree, ME, TWO_ITEMS)).isFalse();
    }

    @Test
    void onlyTheLeaderAsksAndStaticItemsStay() {
        member(A, 7);
        member(B, 8);
        leaderIs(B, 8);
        owned(A, A);
        assertThat(Reshard.isRequestDue(tree, ME, TWO_ITEMS)).isFalse();
        leaderIs(A, 7);
        assertThat(Reshard.isRequestDue(
                        tree, ME, TWO_ITEMS.toBuilder().staticSharding(true).build()))
                .isFalse();
    }

    @Test
    void dealingIsOneCommitThatEndsTheRequestAndIsRefusedAfterAClaim() {
        member(A, 7);
        member(B, 8);
        leaderIs(A, 7);
        owned(A, A);
        node(paths.necessary(), "");
        List<Write> writes = Reshard.deal(tree, ME, TWO_ITEMS);
        assertThat(writes)
                .contains(new Write.Check(paths.claim(), 0))
                .contains(new Write.SetData(paths.deal(), A, 0))
                .contains(new Write.SetData(paths.owner(0), B, -1))
                .contains(new Write.Delete(paths.necessary(), -1))
                .doesNotContain(new Write.SetData(paths.owner(1), A, -1));
    }

    @Test
    void aRunningItemHoldsTheDealUpUnlessItsHolderIsDead() {
        member(A, 7);
        leaderIs(A, 7);
        owned(A, B);
        node(paths.running(1), B);
        assertThat(Reshard.blockers(tree, TWO_ITEMS)).isEmpty();
        assertThat(Reshard.deal(tree, ME, TWO_ITEMS)).contains(new Write.Delete(paths.running(1), -1));
        member(B, 8);
        assertThat(Reshard.blockers(tree, TWO_ITEMS)).containsExactly(1);
        assertThat(Reshard.deal(tree, ME, TWO_ITEMS)).isNull();
    }

    @Test
    void aClaimTakesMyItemsButNotTheDisabledOrTheRunning() {
        member(A, 7);
        leaderIs(B, 8);
        owned(A, A);
        ClaimItems.Claim claim = ClaimItems.ofFiring(tree, ME, TWO_ITEMS, "about");
        assertThat(claim.items()).containsExactly(0, 1);
        assertThat(claim.writes())
                .containsExactly(
                        new Write.Check(paths.leaderInstance(), 1),
                        new Write.Check(paths.deal(), 0),
                        new Write.Check(paths.instance(A), -1),
                        new Write.SetData(paths.claim(), "about", -1),
                        new Write.Create(paths.running(0), A, CreateMode.EPHEMERAL),
                        new Write.Create(paths.running(1), A, CreateMode.EPHEMERAL));
        node(paths.disabled(0), "");
        node(paths.running(1), B);
        assertThat(ClaimItems.ofFiring(tree, ME, TWO_ITEMS, "about").writes()).isEmpty();
    }

    @Test
    void marksArePersistentWithFailoverAndAbsentWithoutMonitoring() {
        member(A, 7);
        leaderIs(B, 8);
        owned(A, B);
        JobConfiguration failover = TWO_ITEMS.toBuilder().failover(true).build();
        assertThat(ClaimItems.ofFiring(tree, ME, failover, "about").writes())
                .contains(new Write.Create(paths.running(0), A, CreateMode.PERSISTENT));
        JobConfiguration unmonitored =
                TWO_ITEMS.toBuilder().monitorExecution(false).build();
        assertThat(ClaimItems.ofFiring(tree, ME, unmonitored, "about").writes())
                .noneMatch(write -> write.path().equals(paths.running(0)));
    }

    @Test
    void theCutItemsOfADeadInstanceAreDealtToTheSurvivorsAllAtOnce() {
        member(A, 7);
        leaderIs(A, 7);
        owned(B, B);
        node(paths.running(0), B);
        node(paths.running(1), B);
        JobConfiguration failover = TWO_ITEMS.toBuilder().failover(true).build();
        assertThat(ClaimItems.cutItems(tree, ME, failover, Set.of())).containsExactly(0, 1);
        assertThat(ClaimItems.cutItems(tree, ME, TWO_ITEMS, Set.of()))
                .as("failover is off")
                .isEmpty();
        member("10.0.0.3@-@c", 9);
        assertThat(ClaimItems.cutItems(tree, ME, failover, Set.of())).hasSize(1);
        assertThat(ClaimItems.ofCutItems(tree, ME, List.of(1), "about").writes())
                .startsWith(new Write.SetData(paths.claim(), "about", 0))
                .contains(new Write.Create(paths.failover(1), A, CreateMode.EPHEMERAL))
                .contains(new Write.Create(paths.failovering(1), A, CreateMode.PERSISTENT));
    }

    @Test
    void whatItHoldsAndDoesNotRunIsItsOwnWhoeverElseIsThere() {
        member(A, 7);
        leaderIs(A, 7);
        member("10.0.0.3@-@c", 9);
        owned(A, A);
        node(paths.running(0), A);
        node(paths.failovering(0), A);
        JobConfiguration failover = TWO_ITEMS.toBuilder().failover(true).build();
        assertThat(ClaimItems.cutItems(tree, ME, failover, Set.of())).containsExactly(0);
        assertThat(ClaimItems.cutItems(tree, ME, failover, Set.of(0))).isEmpty();
    }

    @Test
    void aReleaseLeavesTheMarkOfAnotherAlone() {
        member(A, 7);
        owned(A, A);
        node(paths.running(0), A);
        node(paths.running(1), B);
        assertThat(ClaimItems.release(tree, ME, List.of(0, 1), false))
                .containsExactly(new Write.Check(paths.instance(A), -1), new Write.Delete(paths.running(0), -1));
    }

    @Test
    void runningMarksOfOthersAreKnownByExistenceAndNotRead() {
        member(A, 7);
        owned(B, B);
        tree.changed(new Change(paths.running(0), Change.Kind.CREATED, 5));
        assertThat(tree.isRunning(0)).isTrue();
        assertThat(tree.staleReads()).isEmpty();
        tree.changed(new Change(paths.config(), Change.Kind.CREATED, 6));
        assertThat(tree.staleReads()).containsExactly(new Read.Get(paths.config()));
    }

    @Test
    void withAStrategyThatIsNotKnownNothingIsDealtAnewAndTheReasonIsSaid() {
        member(A, 7);
        leaderIs(A, 7);
        owned("10.0.0.9@-@gone", A);
        JobConfiguration unknown =
                TWO_ITEMS.toBuilder().jobShardingStrategyType("MINE").build();
        assertThat(Reshard.isRequestDue(tree, ME, TWO_ITEMS)).isTrue();
        assertThat(Reshard.isRequestDue(tree, ME, unknown)).isFalse();
        assertThat(Reshard.deal(tree, ME, unknown)).isNull();
        assertThat(Reshard.problem(tree, unknown))
                .startsWith("jobShardingStrategyType: 'MINE' (expected: one of [AVG_ALLOCATION,")
                .contains("not dealt anew");
        assertThat(Reshard.problem(tree, TWO_ITEMS)).isNull();
    }

    @Test
    void whereItemsTakeTurnsOneRunAsksForTheNextDealAndAnswersAllTriggers() {
        member(A, 7);
        member(B, 8);
        leaderIs(A, 7);
        node(paths.sharding(), "");
        node(paths.item(0), "");
        node(paths.owner(0), B);
        JobConfiguration turns = TWO_ITEMS.toBuilder()
                .shardingTotalCount(1)
                .jobShardingStrategyType("SINGLE_SHARDING_BALANCE")
                .build();
        assertThat(Reshard.isRequestDue(tree, ME, turns)).isFalse();
        assertThat(Reshard.isMoveDue(tree, turns)).isTrue();
        assertThat(Reshard.isMoveDue(tree, TWO_ITEMS)).isFalse();
        assertThat(Reshard.isMoveDue(
                        tree, turns.toBuilder().shardingTotalCount(2).build()))
                .as("of two items each has its own owner, and no claim answers for both")
                .isFalse();
        node(paths.claim(), B + " 2026-01-01T00:00:01Z");
        assertThat(Reshard.hadItsTurn(tree, ME, "2026-01-01T00:00:01Z")).isTrue();
        assertThat(Reshard.hadItsTurn(tree, ME, "2026-01-01T00:00:02Z")).isFalse();
        assertThat(Reshard.hadItsTurn(tree, ME, null)).isTrue();
        node(paths.trigger(A), "");
        node(paths.trigger(B), "");
        assertThat(Reshard.hadItsTurn(tree, ME, null)).isFalse();
        assertThat(Reshard.withdrawOtherTriggers(tree, ME)).containsExactly(new Write.Delete(paths.trigger(B), -1));
    }

    // ---- beside instances of ElasticJob ------------------------------------------------------------------------

    @Test
    void instancesAndLeadersOfOursAreToldFromElasticJobsByTheirSecondWrite() {
        List<Write> joined = ((JoinJob.Decision.Join) JoinJob.decide(tree, ME, "com.Job", TWO_ITEMS)).writes();
        assertThat(joined)
                .last()
                .isEqualTo(new Write.SetData(paths.instance(A), "jobInstanceId: " + A + "\nserverIp: 10.0.0.1\n", 0));
        member(A, 7);
        node(paths.latch() + "/_c_token-latch-0000000004", "");
        assertThat(ElectLeader.decide(tree, ME)).contains(new Write.SetData(paths.leaderInstance(), A, 0));
        assertThat(tree.hasPeers()).isFalse();
        peer(B, 8);
        assertThat(tree.hasPeers()).isTrue();
        assertThat(tree.isPeer(A)).isFalse();
        leaderIs(A, 7);
        assertThat(tree.isLedByOurs()).isTrue();
        peerLeads(B, 8);
        assertThat(tree.isLedByOurs()).isFalse();
    }

    @Test
    void aNewLeaderOfOursMakesClaimsThatWereDecidedUnderAnElasticJobLeaderFail() {
        member(A, 7);
        node(paths.deal(), "");
        node(paths.latch() + "/_c_token-latch-0000000004", "");
        assertThat(ElectLeader.decide(tree, ME)).contains(new Write.SetData(paths.deal(), A, 0));
    }

    @Test
    void aClaimUnderAnElasticJobLeaderIsLookedAtAgainBeforeItRuns() {
        member(A, 7);
        peer(B, 8);
        peerLeads(B, 8);
        owned(A, B);
        ClaimItems.Claim claim = ClaimItems.ofFiring(tree, ME, TWO_ITEMS, "about");
        assertThat(claim.items()).containsExactly(0);
        assertThat(claim.afterwards())
                .containsExactly(
                        new Read.Get(paths.necessary()),
                        new Read.Get(paths.processing()),
                        new Read.Get(paths.owner(0)));
        assertThat(ClaimItems.isStillMine(tree, ME, claim.items())).isTrue();
        node(paths.processing(), "", 8);
        assertThat(ClaimItems.isStillMine(tree, ME, claim.items()))
                .as("while it deals")
                .isFalse();
        tree.changed(new Change(paths.processing(), Change.Kind.DELETED, 9));
        node(paths.owner(0), B);
        assertThat(ClaimItems.isStillMine(tree, ME, claim.items()))
                .as("after it dealt the item to another")
                .isFalse();
    }

    @Test
    void ownersThatChangeAreRemovedBeforeADealThatElasticJobInstancesHearOf() {
        member(A, 7);
        member(B, 8);
        leaderIs(A, 7);
        owned(A, A);
        assertThat(Reshard.prepare(tree, ME, TWO_ITEMS)).isEmpty();
        peer(B, 8);
        assertThat(Reshard.prepare(tree, ME, TWO_ITEMS))
                .contains(new Write.Check(paths.claim(), 0))
                .contains(new Write.Create(paths.processing(), "", CreateMode.EPHEMERAL))
                .contains(new Write.Delete(paths.owner(0), -1))
                .doesNotContain(new Write.Delete(paths.owner(1), -1));
        tree.changed(new Change(paths.owner(0), Change.Kind.DELETED, 9));
        assertThat(Reshard.prepare(tree, ME, TWO_ITEMS)).isEmpty();
        assertThat(Reshard.deal(tree, ME, TWO_ITEMS))
                .contains(new Write.Create(paths.owner(0), B, CreateMode.PERSISTENT));
    }

    @Test
    void ownersAreRemovedBeforeADealAsTheJobsStrategyWantsAndNeverForOneThatIsNotKnown() {
        member(A, 7);
        leaderIs(A, 7);
        peer(B, 8);
        JobConfiguration reversed =
                TWO_ITEMS.toBuilder().jobShardingStrategyType("ODEVITY").build();
        List<String> wanted = ShardingStrategy.of("ODEVITY")
                .owners(new ShardingStrategy.Deal(reversed.getJobName(), tree.available(), 2, List.of("", "")));
        owned(wanted.get(0), wanted.get(1));
        assertThat(Reshard.prepare(tree, ME, reversed)).isEmpty();
        JobConfiguration unknown =
                TWO_ITEMS.toBuilder().jobShardingStrategyType("MINE").build();
        owned(A, A);
        assertThat(Reshard.prepare(tree, ME, TWO_ITEMS)).isNotEmpty();
        assertThat(Reshard.prepare(tree, ME, unknown)).isEmpty();
    }

    @Test
    void aStrategyThatTheReleaseOfAnElasticJobLeaderDoesNotKnowIsToldOf() {
        JobConfiguration turns = TWO_ITEMS.toBuilder()
                .jobShardingStrategyType("SINGLE_SHARDING_BALANCE")
                .build();
        member(A, 7);
        peer(B, 8);
        peerLeads(B, 8);
        assertThat(Reshard.problemOfPeers(tree, turns, PeerVersion.V3_0_4))
                .contains("SINGLE_SHARDING_BALANCE")
                .contains(B)
                .contains("peerVersion");
        assertThat(Reshard.problemOfPeers(tree, turns, PeerVersion.V3_0_5)).isNull();
        assertThat(Reshard.problemOfPeers(tree, TWO_ITEMS, PeerVersion.V3_0_4)).isNull();
        leaderIs(A, 7);
        assertThat(Reshard.problemOfPeers(tree, turns, PeerVersion.V3_0_4)).isNull();
    }

    @Test
    void whereItemsTakeTurnsTheirOwnersAreNotedWhenTheyAreRemoved() {
        JobConfiguration turns = TWO_ITEMS.toBuilder()
                .jobShardingStrategyType("SINGLE_SHARDING_BALANCE")
                .build();
        member(A, 7);
        peer(B, 8);
        leaderIs(A, 7);
        owned(A, A);
        assertThat(Reshard.prepare(tree, ME, turns))
                .contains(new Write.Create(paths.processing(), A + "\n" + A, CreateMode.EPHEMERAL));
        tree.changed(new Change(paths.owner(0), Change.Kind.DELETED, 9));
        node(paths.processing(), A + "\n" + A, 7);
        assertThat(Reshard.prepare(tree, ME, turns))
                .as("nothing more to remove")
                .noneMatch(write -> write.path().equals(paths.owner(1)));
        assertThat(Reshard.deal(tree, ME, turns)).contains(new Write.Create(paths.owner(0), B, CreateMode.PERSISTENT));
    }

    @Test
    void theClassThatAnElasticJobInstanceWritesAfterTheConfigurationIsRead() {
        node(paths.root(), "");
        tree.changed(new Change(paths.root(), Change.Kind.DATA_CHANGED, 3));
        assertThat(tree.staleReads()).containsExactly(new Read.Get(paths.root()));
    }

    @Test
    void itemsThatAnElasticJobInstanceTookOverAreLeftToItUntilNoneIsThere() {
        JobConfiguration failover = TWO_ITEMS.toBuilder().failover(true).build();
        member(A, 7);
        peer(B, 8);
        peerLeads(B, 8);
        owned(A, A);
        node(paths.failover(0), B, 8);
        assertThat(ClaimItems.ofFiring(tree, ME, failover, "about").items()).containsExactly(1);
        node(paths.failoverItem(1), "");
        assertThat(ClaimItems.cutItems(tree, ME, failover, Set.of())).isEmpty();
        tree.changed(new Change(paths.instance(B), Change.Kind.DELETED, 9));
        assertThat(ClaimItems.cutItems(tree, ME, failover, Set.of())).containsExactly(1);
        assertThat(ClaimItems.ofCutItems(tree, ME, List.of(1), "about").writes())
                .contains(new Write.Delete(paths.failoverItem(1), -1))
                .contains(new Write.Create(paths.running(1), A, CreateMode.PERSISTENT));
        tree.changed(new Change(paths.failoverItem(1), Change.Kind.DELETED, 10));
        node(paths.failovering(1), B);
        assertThat(ClaimItems.cutItems(tree, ME, failover, Set.of()))
                .as("the taker died before it ran it")
                .containsExactly(1);
    }

    @Test
    void whatATakerLeftBeforeItRanItIsOursAlsoBesideAnInstanceOfElasticJobThatCameLater() {
        JobConfiguration failover = TWO_ITEMS.toBuilder().failover(true).build();
        member(A, 7);
        peer(B, 8);
        peerLeads(B, 8);
        owned(A, A);
        node(paths.failovering(1), "10.0.0.9@-@gone");
        assertThat(ClaimItems.cutItems(tree, ME, failover, Set.of())).containsExactly(1);
        node(paths.failoverItem(1), "");
        assertThat(ClaimItems.cutItems(tree, ME, failover, Set.of()))
                .as("an instance of ElasticJob saw the taker go, and has put it up anew")
                .isEmpty();
    }

    @Test
    void cutItemsThatElasticJobInstancesLeaveAreDealtToInstancesOfOursOnly() {
        member(A, 7);
        peer(B, 8);
        leaderIs(A, 7);
        owned("10.0.0.9@-@dead", "10.0.0.9@-@dead");
        node(paths.running(0), "10.0.0.9@-@dead");
        node(paths.running(1), "10.0.0.9@-@dead");
        JobConfiguration failover = TWO_ITEMS.toBuilder().failover(true).build();
        assertThat(ClaimItems.cutItems(tree, ME, failover, Set.of())).containsExactly(0, 1);
    }

    @Test
    void cutItemsAreElasticJobsForOneSessionTimeoutAndThenOurs() {
        Duration timeout = Duration.ofSeconds(4);
        Instant found = Instant.parse("2026-01-01T00:00:00Z");
        member(A, 7);
        assertThat(PeersTurn.end(tree, null, found, timeout)).as("nobody else").isNull();
        peer(B, 8);
        Instant end = PeersTurn.end(tree, null, found, timeout);
        assertThat(end).isEqualTo(found.plus(timeout));
        assertThat(PeersTurn.end(tree, end, found.plusSeconds(3), timeout))
                .as("looking again makes it no longer")
                .isEqualTo(end);
        node(paths.server("10.0.0.2"), "DISABLED");
        assertThat(PeersTurn.end(tree, end, found.plusSeconds(3), timeout))
                .as("theirs takes no part")
                .isNull();
        node(paths.server("10.0.0.2"), "ENABLED");
        tree.changed(new Change(paths.instance(B), Change.Kind.DELETED, 9));
        assertThat(PeersTurn.end(tree, end, found.plusSeconds(3), timeout))
                .as("theirs has gone")
                .isNull();
    }

    @Test
    void whoClaimsWhereItemsMoveWithdrawsTheTriggersOfAllOthersAndOnlyThose() {
        assertThat(Reshard.withdrawOtherTriggers(tree, ME)).as("none").isEmpty();
        node(paths.trigger(A), "");
        assertThat(Reshard.withdrawOtherTriggers(tree, ME)).as("its own").isEmpty();
        node(paths.trigger(B), "");
        node(paths.trigger("10.0.0.3@-@c"), "");
        assertThat(Reshard.withdrawOtherTriggers(tree, ME))
                .containsExactly(
                        new Write.Delete(paths.trigger(B), -1), new Write.Delete(paths.trigger("10.0.0.3@-@c"), -1));
    }

    private void triggered(String id, String data, int version) {
        node(paths.triggers(), "", 0, 5);
        node(paths.trigger(id), data, 0, version);
    }

    private List<Write> dealOfTwo(String first, String second) {
        member(A, 7);
        member(B, 8);
        leaderIs(A, 7);
        owned(first, second);
        node(paths.necessary(), "");
        return Objects.requireNonNull(Reshard.deal(tree, ME, TWO_ITEMS));
    }

    @Test
    void anItemThatGoesFromWhoHasNotTakenUpItsTriggerToWhoHasIsHandedOverWithTheTrigger() {
        triggered(A, "", 0);
        assertThat(dealOfTwo(A, A))
                .contains(
                        new Write.SetData(paths.owner(0), B, -1),
                        new Write.Create(paths.trigger(B), "", CreateMode.PERSISTENT),
                        new Write.Check(paths.trigger(A), 0),
                        new Write.Check(paths.triggers(), 5));
    }

    @Test
    void whoHasRunItsOtherItemsAlreadyIsTriggeredForTheOwedOnesOnly() {
        triggered(A, "", 0);
        member(A, 7);
        member(B, 8);
        leaderIs(A, 7);
        owned(A, B);
        for (int item : List.of(2, 3)) {
            node(paths.item(item), "");
            node(paths.owner(item), A);
        }
        node(paths.necessary(), "");
        // dealt from now on: 0 and 1 to B, 2 and 3 to A
        assertThat(Reshard.deal(
                        tree, ME, TWO_ITEMS.toBuilder().shardingTotalCount(4).build()))
                .contains(
                        new Write.Create(paths.trigger(B), "items 0", CreateMode.PERSISTENT),
                        new Write.Check(paths.trigger(A), 0));
    }

    @Test
    void whatItsFormerOwnerHasRunIsTakenFromTheTriggerOfTheNextOne() {
        triggered(B, "", 0);
        assertThat(dealOfTwo(A, A)).contains(new Write.Delete(paths.trigger(B), 0));
    }

    @Test
    void aTriggerThatSomebodyLeftBehindGoesToTheNextOwnerOfItsItems() {
        String gone = "10.0.0.3@-@c";
        triggered(gone, "", 0);
        assertThat(dealOfTwo(gone, A))
                .contains(
                        new Write.Delete(paths.trigger(gone), 0),
                        new Write.Create(paths.trigger(B), "", CreateMode.PERSISTENT));
    }

    @Test
    void itemsOfWhoWentBeforeTheTriggerAreOwedToo() {
        node(paths.triggers(), "", 0, 5);
        tree.answered(new Read.Get(paths.trigger(A)), new Answer.Found(new Node(paths.trigger(A), "", 0, 9, 9, 0, 0)));
        member(A, 7);
        member(B, 8);
        leaderIs(A, 7);
        owned("10.0.0.3@-@c", "10.0.0.3@-@c");
        node(paths.necessary(), "");
        assertThat(Reshard.deal(tree, ME, TWO_ITEMS))
                .contains(new Write.Create(paths.trigger(B), "", CreateMode.PERSISTENT));
    }

    @Test
    void anInstanceOfElasticJobIsTriggeredOnlyWhenItRunsNothingTwiceForIt() {
        triggered(A, "", 0);
        peer(B, 8);
        member(A, 7);
        leaderIs(A, 7);
        owned(A, A);
        node(paths.necessary(), "");
        tree.changed(new Change(paths.owner(0), Change.Kind.DELETED, 9));
        node(paths.processing(), "");
        assertThat(Reshard.deal(tree, ME, TWO_ITEMS))
                .as("nobody knows whether item 0 was run")
                .noneMatch(write -> write.path().equals(paths.trigger(B)));
        node(paths.owner(0), A);
        tree.changed(new Change(paths.processing(), Change.Kind.DELETED, 9));
        assertThat(Reshard.deal(tree, ME, TWO_ITEMS))
                .contains(new Write.Create(paths.trigger(B), "", CreateMode.PERSISTENT));
        owned(A, B);
        JobConfiguration three = TWO_ITEMS.toBuilder().shardingTotalCount(3).build();
        node(paths.item(2), "");
        node(paths.owner(2), A);
        assertThat(Reshard.deal(tree, ME, three))
                .as("it would run all its items again")
                .noneMatch(write -> write.path().equals(paths.trigger(B)));
    }

    @Test
    void aTriggerIsLeftUntilTheItemsHaveOwners() {
        member(A, 7);
        leaderIs(A, 7);
        assertThat(ClaimItems.waitsForOwners(tree, TWO_ITEMS)).isTrue();
        owned(A, "10.0.0.3@-@c");
        assertThat(ClaimItems.waitsForOwners(tree, TWO_ITEMS))
                .as("one of the owners has gone")
                .isTrue();
        assertThat(ClaimItems.waitsForOwners(
                        tree, TWO_ITEMS.toBuilder().staticSharding(true).build()))
                .as("static: nobody will deal them")
                .isFalse();
        peerLeads(A, 7);
        assertThat(ClaimItems.waitsForOwners(tree, TWO_ITEMS))
                .as("a leader of ElasticJob's may not deal before its next firing")
                .isFalse();
    }

    @Test
    void onlyTheItemsThatATriggerNamesAreClaimedForIt() {
        member(A, 7);
        leaderIs(A, 7);
        owned(A, A);
        triggered(A, "items 1", 3);
        ClaimItems.Claim claim = ClaimItems.ofTrigger(tree, ME, TWO_ITEMS, "", null);
        assertThat(claim.items()).containsExactly(1);
        assertThat(claim.writes()).contains(new Write.Delete(paths.trigger(A), 3));
        triggered(A, "items of another release", 4);
        assertThat(ClaimItems.ofTrigger(tree, ME, TWO_ITEMS, "", null).items())
                .as("what cannot be read stands for all")
                .containsExactly(0, 1);
        tree.changed(new Change(paths.trigger(A), Change.Kind.DELETED, 9));
        assertThat(ClaimItems.ofTrigger(tree, ME, TWO_ITEMS, "", null).writes())
                .as("withdrawn by whoever dealt")
                .isEmpty();
        assertThat(ClaimItems.ofTrigger(tree, ME, TWO_ITEMS, "", "items 0").items())
                .as("taken up by a claim whose answer was lost")
                .containsExactly(0);
    }
}
