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
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Node;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.Write;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is written when an instance goes away, and of items that did not end well. */
class HandOverTest {

    private static final String A = "10.0.0.1@-@a";
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final Member ME = new Member(A, "10.0.0.1", 7, "token");
    private static final JobConfiguration JOB =
            JobConfiguration.newBuilder("job", 2).build();

    private final JobPaths paths = new JobPaths("ns", "job");
    private final JobTree tree = new JobTree(paths);

    private void node(String path, String data, long owner, int version) {
        tree.answered(new Read.Get(path), new Answer.Found(new Node(path, data, version, 1, 1, owner, 0)));
    }

    private void job(String ownerOfItem1) {
        for (String path : List.of(
                "/ns",
                paths.root(),
                paths.leader(),
                paths.leaderSharding(),
                paths.sharding(),
                paths.item(0),
                paths.item(1))) {
            node(path, "", 0, 0);
        }
        node(paths.owner(0), "10.0.0.2@-@b", 0, 0);
        node(paths.owner(1), ownerOfItem1, 0, 0);
        node(paths.claim(), A + " " + NOON, 0, 8);
        node(paths.deal(), "", 0, 3);
        node(paths.instance(A), "", 7, 1);
        node(paths.leaderInstance(), A, 7, 1);
    }

    @Test
    void anOwnerAsksForTheDealInItsFarewellAndRefusesClaimsThatDoNotKnowOfIt() {
        job(A);
        assertThat(LeaveJob.handOver(tree, ME, JOB))
                .containsExactly(
                        new Write.Check(paths.claim(), 8),
                        new Write.Create(paths.necessary(), "", CreateMode.PERSISTENT),
                        new Write.SetData(paths.deal(), A, 3),
                        new Write.Delete(paths.leaderInstance(), -1),
                        new Write.Delete(paths.instance(A), -1));
        node(paths.necessary(), "", 0, 0);
        assertThat(LeaveJob.handOver(tree, ME, JOB))
                .as("asked for already")
                .doesNotContain(new Write.Create(paths.necessary(), "", CreateMode.PERSISTENT))
                .contains(new Write.SetData(paths.deal(), A, 3));
    }

    @Test
    void theFarewellKeepsWhatTheDealSaysOfTheLastFirings() {
        job(A);
        node(paths.deal(), "10.0.0.2@-@b\n2026-01-01T11:59:58Z 0-1", 0, 4);
        assertThat(LeaveJob.handOver(tree, ME, JOB))
                .contains(new Write.SetData(paths.deal(), A + "\n2026-01-01T11:59:58Z 0-1", 4));
    }

    @Test
    void nothingIsDealtForWhoOwnsNothingNorWhereItemsStayWithTheirOwners() {
        job("10.0.0.2@-@b");
        assertThat(LeaveJob.handOver(tree, ME, JOB)).hasSize(3);
        node(paths.owner(1), A, 0, 1);
        assertThat(LeaveJob.handOver(
                        tree, ME, JOB.toBuilder().staticSharding(true).build()))
                .hasSize(3);
    }

    @Test
    void whoHasYetToBeginWhatAnotherHasClaimedIsBehind() {
        job(A);
        assertThat(LeaveJob.isBehind(tree, NOON)).isTrue();
        assertThat(LeaveJob.isBehind(tree, NOON.plusSeconds(1))).isFalse();
        assertThat(LeaveJob.isBehind(tree, null)).isFalse();
        node(paths.claim(), "somebody else's words", 0, 9);
        assertThat(LeaveJob.isBehind(tree, NOON)).isFalse();
    }

    @Test
    void aFailureIsNotedOnceAndGoesWhenTheItemSucceeds() {
        FailedItems.Entry failed = new FailedItems.Entry(1, FailedItems.State.FAILED, NOON, A, "no light\nnowhere");
        job(A);
        node(paths.ownNamespaceRoot(), "", 0, 0);
        node(paths.ownRoot(), "", 0, 0);
        List<Write> writes = FailedItems.decide(tree, List.of(failed), List.of());
        assertThat(writes).extracting(Write::path).containsExactly(paths.failed(), paths.failedItem(1));
        tree.committed(writes, writes.stream().map(Write::path).toList(), 7);
        assertThat(FailedItems.Entry.parse(1, String.valueOf(tree.data(paths.failedItem(1)))))
                .isEqualTo(failed);
        assertThat(FailedItems.decide(tree, List.of(failed), List.of())).isEmpty();
        assertThat(FailedItems.decide(tree, List.of(), List.of(0, 1)))
                .containsExactly(new Write.Delete(paths.failedItem(1), -1));
        assertThat(FailedItems.Entry.parse(1, "of a newer\nversion")).isNull();
    }

    @Test
    void anOrderIsReadAsItWasWrittenAndOneOfANewerVersionIsPassedOver() {
        InstanceOrder order =
                new InstanceOrder(InstanceOrder.Kind.RERUN, "job", List.of(1, 12), NOON, "alice", "one\nline");
        assertThat(InstanceOrder.parse(order.print())).isEqualTo(order);
        assertThat(order.about()).isEqualTo("by alice: one line");
        InstanceOrder drain = new InstanceOrder(InstanceOrder.Kind.DRAIN, "", List.of(), null, "bob", "");
        assertThat(InstanceOrder.parse(drain.print())).isEqualTo(drain);
        assertThat(InstanceOrder.parse("DANCE\n\n\n-\n\n")).isNull();
        assertThat(InstanceOrder.parse("DRAIN")).isNull();
    }
}
