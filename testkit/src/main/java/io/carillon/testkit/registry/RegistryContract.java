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
package io.carillon.testkit.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.Answer;
import io.carillon.jobs.coordination.Registry.Change;
import io.carillon.jobs.coordination.Registry.CommitResult;
import io.carillon.jobs.coordination.Registry.CommitResult.Committed;
import io.carillon.jobs.coordination.Registry.CommitResult.Refused;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Node;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.ReadResult;
import io.carillon.jobs.coordination.Registry.Reason;
import io.carillon.jobs.coordination.Registry.SessionEvent;
import io.carillon.jobs.coordination.Registry.Watch;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.testkit.registry.RegistryRecorder.Told;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every registry must do: the port's Javadoc as tests. Extend it in the tests of a registry; one thread at a time.
 */
public abstract class RegistryContract {

    private static final AtomicLong ROOTS = new AtomicLong();

    private final List<Registry> opened = new ArrayList<>();

    /** A folder in the tree that no other test uses; exists. */
    private String root = "";

    /** The client that a test begins with. */
    @SuppressWarnings("NullAway.Init") // set before each test
    private RegistryRecorder here;

    /** A client with a new session, connected to the one tree that all clients of a test see. */
    protected abstract Registry open();

    /** Ends the client's session on the server, against the client's will; its connection is good afterwards. */
    protected abstract void expire(Registry client);

    /** Cuts the client's connection and keeps it cut; the session lives on. */
    protected abstract void cut(Registry client);

    /** Lets the client connect again. */
    protected abstract void mend(Registry client);

    /** How long one wait may take before a test fails; default 60 s. */
    protected Duration patience() {
        return Duration.ofSeconds(60);
    }

    @BeforeEach
    final void openOneClient() {
        root = "/contract-" + ROOTS.incrementAndGet();
        here = client();
        here.commit(create(root));
    }

    @AfterEach
    final void closeAllClients() {
        opened.forEach(Registry::close);
    }

    /** A client that is closed after the test. */
    private RegistryRecorder client() {
        Registry registry = open();
        opened.add(registry);
        return new RegistryRecorder(registry, patience());
    }

    // ---- commits ---------------------------------------------------------------------------------------------------

    @Test
    void aCommitAppliesAllItsWritesAndSaysItsPaths() {
        CommitResult result = here.commit(
                create(at("a"), "one"),
                create(at("a/b"), "two"),
                new Write.SetData(at("a"), "three", 0),
                new Write.Check(at("a/b"), 0));

        assertThat(result).isInstanceOf(Committed.class);
        assertThat(((Committed) result).paths()).containsExactly(at("a"), at("a/b"), at("a"), at("a/b"));
        assertThat(here.node(at("a")).data()).isEqualTo("three");
        assertThat(here.node(at("a")).version()).isEqualTo(1);
        assertThat(here.node(at("a/b")).data()).isEqualTo("two");
    }

    @Test
    void aRefusedWriteUndoesTheWholeCommitAndIsNamedByItsIndex() {
        here.commit(create(at("kept"), "before"));

        CommitResult result = here.commit(
                create(at("new")),
                new Write.SetData(at("kept"), "after", -1),
                new Write.Delete(at("absent"), -1),
                create(at("later")));

        assertThat(result).isEqualTo(new Refused(2, Reason.NO_NODE));
        assertThat(here.exists(at("new"))).isFalse();
        assertThat(here.exists(at("later"))).isFalse();
        assertThat(here.node(at("kept")).data()).isEqualTo("before");
        assertThat(here.node(at("kept")).version()).isZero();
    }

    @Test
    void everyRefusalHasItsReason() {
        here.commit(create(at("parent")), create(at("parent/child")));

        assertThat(here.commit(create(at("parent")))).isEqualTo(new Refused(0, Reason.NODE_EXISTS));
        assertThat(here.commit(create(at("absent/child")))).isEqualTo(new Refused(0, Reason.NO_NODE));
        assertThat(here.commit(new Write.SetData(at("absent"), "", -1))).isEqualTo(new Refused(0, Reason.NO_NODE));
        assertThat(here.commit(new Write.Check(at("absent"), -1))).isEqualTo(new Refused(0, Reason.NO_NODE));
        assertThat(here.commit(new Write.Delete(at("absent"), -1))).isEqualTo(new Refused(0, Reason.NO_NODE));
        assertThat(here.commit(new Write.SetData(at("parent"), "", 7))).isEqualTo(new Refused(0, Reason.BAD_VERSION));
        assertThat(here.commit(new Write.Check(at("parent"), 7))).isEqualTo(new Refused(0, Reason.BAD_VERSION));
        assertThat(here.commit(new Write.Delete(at("parent/child"), 7))).isEqualTo(new Refused(0, Reason.BAD_VERSION));
        assertThat(here.commit(new Write.Delete(at("parent"), -1))).isEqualTo(new Refused(0, Reason.NOT_EMPTY));
    }

    @Test
    void aWriteSeesTheWritesBeforeItInTheSameCommit() {
        CommitResult result = here.commit(
                create(at("a")),
                create(at("a/b")),
                new Write.SetData(at("a/b"), "x", 0),
                new Write.SetData(at("a/b"), "y", 1),
                new Write.Delete(at("a/b"), 2),
                new Write.Delete(at("a"), -1));

        assertThat(result).isInstanceOf(Committed.class);
        assertThat(here.exists(at("a"))).isFalse();
    }

    @Test
    void versionsCountTheTimesThatDataWasSet() {
        here.commit(create(at("a"), "0"));
        for (int version = 0; version < 5; version++) {
            assertThat(here.node(at("a")).version()).isEqualTo(version);
            assertThat(here.commit(new Write.SetData(at("a"), "" + version, version)))
                    .isInstanceOf(Committed.class);
        }
        here.commit(new Write.Delete(at("a"), -1));
        here.commit(create(at("a"), "again"));
        assertThat(here.node(at("a")).version()).isZero();
    }

    @Test
    void ofTwoClientsThatExpectTheSameVersionOneWins() {
        RegistryRecorder there = client();
        here.commit(create(at("a"), ""));

        CompletableFuture<CommitResult> first = new CompletableFuture<>();
        CompletableFuture<CommitResult> second = new CompletableFuture<>();
        here.registry().commit(List.of(new Write.SetData(at("a"), "here", 0)), first::complete);
        there.registry().commit(List.of(new Write.SetData(at("a"), "there", 0)), second::complete);

        List<CommitResult> results =
                List.of(here.await(first, "the first commit"), there.await(second, "the second commit"));
        assertThat(results).filteredOn(Committed.class::isInstance).hasSize(1);
        assertThat(results)
                .filteredOn(new Refused(0, Reason.BAD_VERSION)::equals)
                .hasSize(1);
    }

    @Test
    void theNumberOfACommitGrowsFromCommitToCommitAndIsTheNumberOfItsNodes() {
        here.commit(create(at("claim")));
        long last = 0;
        for (int i = 0; i < 10; i++) {
            Committed committed =
                    (Committed) here.commit(create(at("running-" + i)), new Write.SetData(at("claim"), "" + i, -1));
            assertThat(committed.zxid()).isGreaterThan(last);
            last = committed.zxid();
            assertThat(here.node(at("claim")).modifiedZxid()).isEqualTo(last);
            assertThat(here.node(at("claim")).modifiedMillis()).isEqualTo(committed.millis());
            assertThat(here.node(at("running-" + i)).createdZxid()).isEqualTo(last);
        }
    }

    @Test
    void aCommitWithoutSetDataDoesNotTellItsNumber() {
        assertThat(((Committed) here.commit(create(at("a")))).zxid()).isEqualTo(-1);
    }

    @Test
    void anEmptyCommitAndAnEmptyReadAreAnswered() {
        assertThat(here.commit(List.of())).isEqualTo(new Committed(-1, List.of()));
        assertThat(here.tryToRead()).isEqualTo(new ReadResult.Values(List.of()));
    }

    @Test
    void aThousandNodesAreCreatedInOneCommit() {
        List<Write> writes = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            writes.add(create(at("item-" + i), "10.0.0.1@-@" + i));
        }

        assertThat(((Committed) here.commit(writes)).paths()).hasSize(1_000);
        assertThat(children(root)).hasSize(1_000);

        writes.replaceAll(write -> create(write.path() + "-more"));
        writes.set(998, create(at("absent/child")));
        assertThat(here.commit(writes)).isEqualTo(new Refused(998, Reason.NO_NODE));
        assertThat(children(root)).hasSize(1_000);
    }

    @Test
    void textOfAnyLanguageComesBackAsItWas() {
        String text = "雪 ❄ \n\ttab 'quote' \\ 🎐";
        here.commit(create(at("a"), text), create(at("名"), ""));

        assertThat(here.node(at("a")).data()).isEqualTo(text);
        assertThat(here.node(at("名")).data()).isEmpty();
        assertThat(children(root)).containsExactlyInAnyOrder("a", "名");
    }

    @Test
    void aDeepTreeIsBuiltReadAndTakenDown() {
        List<Write> up = new ArrayList<>();
        List<Write> down = new ArrayList<>();
        StringBuilder path = new StringBuilder(root);
        for (int depth = 0; depth < 50; depth++) {
            path.append("/level-").append(depth);
            up.add(create(path.toString(), "" + depth));
            down.add(0, new Write.Delete(path.toString(), 0));
        }

        assertThat(here.commit(up)).isInstanceOf(Committed.class);
        assertThat(here.node(path.toString()).data()).isEqualTo("49");
        assertThat(here.commit(down)).isInstanceOf(Committed.class);
        assertThat(children(root)).isEmpty();
    }

    // ---- reads -----------------------------------------------------------------------------------------------------

    @Test
    void aReadAnswersEveryQuestionInItsOrder() {
        here.commit(create(at("a"), "x"), create(at("a/1")), create(at("a/2")));

        List<Answer> answers = here.read(
                new Read.Children(at("a")),
                new Read.Get(at("absent")),
                new Read.Get(at("a")),
                new Read.Children(at("absent")),
                new Read.Children(at("a/1")));

        assertThat(((Answer.Names) answers.get(0)).children()).containsExactlyInAnyOrder("1", "2");
        assertThat(answers.get(1)).isEqualTo(new Answer.Absent());
        Node node = ((Answer.Found) answers.get(2)).node();
        assertThat(node.path()).isEqualTo(at("a"));
        assertThat(node.data()).isEqualTo("x");
        assertThat(node.ephemeralOwner()).isZero();
        assertThat(node.modifiedMillis()).isPositive();
        assertThat(answers.get(3)).isEqualTo(new Answer.Absent());
        assertThat(answers.get(4)).isEqualTo(new Answer.Names(List.of()));
    }

    @Test
    void aNodeIsReadAsItIsOnTheWireWithTheNumberOfItsChildren() {
        here.commit(create(at("a"), "\u96ea"), create(at("a/1")), create(at("a/2")));

        List<Answer> answers = here.read(new Read.Raw(at("a")), new Read.Raw(at("absent")), new Read.Raw(at("a/1")));

        Answer.RawNode raw = (Answer.RawNode) answers.get(0);
        assertThat(raw.node().data()).isEqualTo("\u96ea");
        assertThat(raw.octets()).isEqualTo("\u00e9\u009b\u00aa");
        assertThat(raw.children()).isEqualTo(2);
        assertThat(answers.get(1)).isEqualTo(new Answer.Absent());
        assertThat(((Answer.RawNode) answers.get(2)).octets()).isEmpty();
    }

    @Test
    void aReadSeesOnePointOfHistory() {
        RegistryRecorder there = client();
        here.commit(create(at("left"), "0"), create(at("right"), "0"));
        CountDownLatch written = new CountDownLatch(100);
        for (int i = 1; i <= 100; i++) {
            there.registry()
                    .commit(
                            List.of(
                                    new Write.SetData(at("left"), "" + i, -1),
                                    new Write.SetData(at("right"), "" + i, -1)),
                            done -> written.countDown());
        }

        boolean over = false;
        while (!over) {
            over = written.getCount() == 0;
            List<Answer> answers = here.read(new Read.Get(at("left")), new Read.Get(at("right")));
            Node left = ((Answer.Found) answers.get(0)).node();
            Node right = ((Answer.Found) answers.get(1)).node();
            assertThat(left.data()).isEqualTo(right.data());
            assertThat(left.modifiedZxid()).isEqualTo(right.modifiedZxid());
        }
    }

    @Test
    void aClientReadsItsOwnWrites() {
        here.commit(create(at("a"), "0"));
        for (int i = 1; i <= 50; i++) {
            String text = "" + i;
            here.registry().commit(List.of(new Write.SetData(at("a"), text, -1)), ignored -> {});
            assertThat(here.node(at("a")).data()).isEqualTo(text);
        }
    }

    // ---- kinds of nodes --------------------------------------------------------------------------------------------

    @Test
    void anEphemeralNodeEndsWithTheSessionThatIsClosed() {
        RegistryRecorder there = client();
        there.commit(new Write.Create(at("e"), "x", CreateMode.EPHEMERAL), create(at("p")));
        assertThat(here.node(at("e")).ephemeralOwner()).isNotZero();
        here.watch(root);

        there.registry().close();

        here.await(isChange(at("e"), Change.Kind.DELETED), "the end of the ephemeral node");
        assertThat(here.exists(at("e"))).isFalse();
        assertThat(here.exists(at("p"))).isTrue();
    }

    @Test
    void anEphemeralNodeEndsWithTheSessionThatExpires() {
        RegistryRecorder there = client();
        there.listen();
        there.commit(new Write.Create(at("e"), "x", CreateMode.EPHEMERAL));
        here.watch(root);

        expire(there.registry());

        here.await(isChange(at("e"), Change.Kind.DELETED), "the end of the ephemeral node");
        there.await(isSession(SessionEvent.Expired.class), "the expiry");
        there.await(isSession(SessionEvent.Connected.class), 2, "a new session");
        assertThat(there.exists(at("e"))).isFalse();
        assertThat(there.commit(new Write.Create(at("e"), "again", CreateMode.EPHEMERAL)))
                .isInstanceOf(Committed.class);
    }

    @Test
    void anEphemeralNodeHasNoChildren() {
        here.commit(new Write.Create(at("e"), "", CreateMode.EPHEMERAL));

        assertThat(here.commit(create(at("e/child")))).isEqualTo(new Refused(0, Reason.OTHER));
    }

    @Test
    void theOwnerOfAnEphemeralNodeIsTheSessionThatConnectedToldOf() {
        here.listen();
        Told.Session told =
                (Told.Session) here.await(isSession(SessionEvent.Connected.class), "the present state of the session");
        here.commit(new Write.Create(at("e"), "", CreateMode.EPHEMERAL));

        assertThat(here.node(at("e")).ephemeralOwner()).isEqualTo(((SessionEvent.Connected) told.event()).sessionId());
    }

    @Test
    void aSequentialNodeGetsTenDigitsThatOnlyGrow() {
        here.commit(create(at("latch")));
        String last = "";
        for (int i = 0; i < 12; i++) {
            Committed committed =
                    (Committed) here.commit(new Write.Create(at("latch/n-"), "", CreateMode.EPHEMERAL_SEQUENTIAL));
            String path = committed.paths().get(0);
            assertThat(path).matches("\\Q" + at("latch/n-") + "\\E[0-9]{10}");
            assertThat(path).isGreaterThan(last);
            assertThat(here.node(path).ephemeralOwner()).isNotZero();
            if (i % 3 == 0) {
                here.commit(new Write.Delete(path, -1));
            }
            last = path;
        }
    }

    @Test
    void aContainerHoldsChildrenAndReadsAsPersistent() {
        Committed committed = (Committed)
                here.commit(new Write.Create(at("c"), "", CreateMode.CONTAINER), create(at("c/child"), "x"));

        assertThat(committed.paths()).containsExactly(at("c"), at("c/child"));
        assertThat(here.node(at("c")).ephemeralOwner()).isZero();
        assertThat(here.node(at("c/child")).data()).isEqualTo("x");
    }

    // ---- watches ---------------------------------------------------------------------------------------------------

    @Test
    void aWatchTellsOfEveryChangeAtAndBelowItsPathInOrder() {
        here.commit(create(at("job")), create(at("beside")));
        here.watch(at("job"));

        RegistryRecorder there = client();
        there.commit(new Write.SetData(at("beside"), "not seen", -1));
        there.commit(create(at("job/a")), create(at("job/a/b")));
        there.commit(new Write.SetData(at("job"), "x", -1));
        there.commit(new Write.SetData(at("job/a/b"), "y", -1));
        there.commit(new Write.Delete(at("job/a/b"), -1));
        there.commit(create(at("job/last")));
        here.await(isChange(at("job/last"), Change.Kind.CREATED), "the last change");

        assertThat(here.changes(at("job")))
                .extracting(change -> change.kind() + " " + change.path().substring(root.length()))
                .containsExactly(
                        "CREATED /job/a",
                        "CREATED /job/a/b",
                        "DATA_CHANGED /job",
                        "DATA_CHANGED /job/a/b",
                        "DELETED /job/a/b",
                        "CREATED /job/last");
        assertThat(here.told()).noneMatch(Told.Resync.class::isInstance);
    }

    @Test
    void aChangeCarriesTheNumberOfItsCommit() {
        here.commit(create(at("claim")));
        here.watch(root);

        Committed committed = (Committed) here.commit(create(at("running")), new Write.SetData(at("claim"), "x", -1));

        here.await(isChange(at("claim"), Change.Kind.DATA_CHANGED), "the change of the claim");
        assertThat(here.changes(root)).allMatch(change -> change.zxid() == committed.zxid() || change.zxid() == -1);
    }

    @Test
    void aPathMayBeWatchedBeforeItsNodeExists() {
        here.watch(at("not/yet"));

        here.commit(create(at("not")), create(at("not/yet")), create(at("not/yet/there")));

        here.await(isChange(at("not/yet/there"), Change.Kind.CREATED), "a change below the path");
        assertThat(here.changes(at("not/yet")))
                .extracting(Change::path)
                .containsExactly(at("not/yet"), at("not/yet/there"));
    }

    @Test
    void aWatchDoesNotTellOfAPathThatOnlyBeginsAlike() {
        here.watch(at("job"));

        here.commit(create(at("job-2")), create(at("job-2/config")), create(at("job")));

        here.await(isChange(at("job"), Change.Kind.CREATED), "the change of the path itself");
        assertThat(here.changes(at("job"))).hasSize(1);
    }

    @Test
    void aChangeComesBeforeTheAnswerOfALaterReadThatShowsIt() {
        RegistryRecorder there = client();
        here.commit(create(at("a"), "0"));
        here.watch(root);

        for (int i = 1; i <= 50; i++) {
            there.registry().commit(List.of(new Write.SetData(at("a"), "" + i, -1)), ignored -> {});
            here.askToTell(new Read.Get(at("a")));
        }
        there.commit(create(at("end")));
        here.await(isChange(at("end"), Change.Kind.CREATED), "the last change");
        here.await(Told.Read.class::isInstance, 50, "the answers of all reads");

        int changes = 0;
        for (Told told : here.told()) {
            if (told instanceof Told.Changed changed && changed.change().path().equals(at("a"))) {
                changes++;
            } else if (told instanceof Told.Read read) {
                Answer answer = ((ReadResult.Values) read.result()).answers().get(0);
                int seen = Integer.parseInt(((Answer.Found) answer).node().data());
                assertThat(changes)
                        .as("changes told before a read showed %s", seen)
                        .isGreaterThanOrEqualTo(seen);
            }
        }
        assertThat(changes).isEqualTo(50);
    }

    @Test
    void aChangeComesBeforeTheOutcomeOfACommitThatComesAfterIt() {
        RegistryRecorder there = client();
        here.commit(create(at("a"), "0"), create(at("mine"), ""));
        here.watch(root);

        for (int i = 1; i <= 50; i++) {
            there.registry().commit(List.of(new Write.SetData(at("a"), "" + i, -1)), ignored -> {});
            here.commitToTell(new Write.SetData(at("mine"), "", -1));
        }
        there.commit(create(at("end")));
        here.await(isChange(at("end"), Change.Kind.CREATED), "the last change");
        here.await(Told.Commit.class::isInstance, 50, "the outcomes of all commits");

        List<Told> told = here.told();
        for (int at = 0; at < told.size(); at++) {
            if (told.get(at) instanceof Told.Commit commit) {
                long number = ((Committed) commit.result()).zxid();
                assertThat(told.subList(at, told.size()))
                        .as("told after the outcome of commit %s", number)
                        .noneMatch(later -> later instanceof Told.Changed changed
                                && changed.change().zxid() != -1
                                && changed.change().zxid() <= number);
            }
        }
    }

    @Test
    void everyWatchTellsOfAChangeOnceAlsoWhenOneLiesBelowTheOther() {
        here.watch(root);
        here.watch(at("job"));

        here.commit(create(at("job")));
        here.commit(create(at("end")));

        here.await(isChange(at("end"), Change.Kind.CREATED), "the last change");
        assertThat(here.changes(root)).extracting(Change::path).containsExactly(at("job"), at("end"));
        assertThat(here.changes(at("job"))).extracting(Change::path).containsExactly(at("job"));
    }

    @Test
    void aClosedWatchTellsNothingAndLeavesTheOthersAlone() {
        here.watch(root);
        Watch watch = here.watch(at("job"));
        watch.close();
        watch.close();

        here.commit(create(at("job")));
        here.commit(create(at("end")));

        here.await(isChange(at("end"), Change.Kind.CREATED), "the last change");
        assertThat(here.changes(at("job"))).isEmpty();
        assertThat(here.changes(root)).hasSize(2);

        here.watchWithoutWaiting(at("job"));
        here.await(new Told.Ready(at("job"))::equals, 2, "the same path watched again");
        here.commit(create(at("job/again")));
        here.await(
                told -> told instanceof Told.Changed changed
                        && changed.watched().equals(at("job"))
                        && changed.change().path().equals(at("job/again")),
                "a change, by the new watch");
    }

    // ---- sessions --------------------------------------------------------------------------------------------------

    @Test
    void aListenerFirstHearsThePresentState() {
        here.listen();
        here.await(isSession(SessionEvent.Connected.class), "the present state of the session");
        assertThat(here.told()).hasSize(1);
        assertThat(here.registry().sessionTimeout()).isPositive();
    }

    @Test
    void anExpiryIsToldThenANewSessionThenToLookAgain() {
        here.listen();
        here.watch(root);
        Told first = here.await(isSession(SessionEvent.Connected.class), "the first session");

        expire(here.registry());

        here.await(isSession(SessionEvent.Expired.class), "the expiry");
        Told second = here.await(isSession(SessionEvent.Connected.class), 2, "a new session");
        here.await(new Told.Resync(root)::equals, "the request to look again");
        assertThat(second).isNotEqualTo(first);
        assertThat(here.told()).filteredOn(new Told.Ready(root)::equals).hasSize(1);
        List<Told> told = here.told();
        assertThat(told.indexOf(new Told.Resync(root))).isGreaterThan(told.lastIndexOf(second));

        client().commit(create(at("after")));
        here.await(isChange(at("after"), Change.Kind.CREATED), "a change in the new session");
    }

    @Test
    void aCutConnectionIsToldAndTheSameSessionComesBackAndLooksAgain() {
        here.listen();
        here.watch(root);
        here.commit(new Write.Create(at("e"), "", CreateMode.EPHEMERAL));
        Told first = here.await(isSession(SessionEvent.Connected.class), "the first session");

        cut(here.registry());
        here.await(isSession(SessionEvent.Suspended.class), "the loss of the connection");
        mend(here.registry());

        assertThat(here.await(isSession(SessionEvent.Connected.class), 2, "the connection again"))
                .isEqualTo(first);
        here.await(new Told.Resync(root)::equals, "the request to look again");
        assertThat(here.exists(at("e"))).isTrue();
        here.commit(create(at("after")));
        here.await(isChange(at("after"), Change.Kind.CREATED), "a change after the reconnect");
    }

    @Test
    void whatIsAskedWhileCutIsAnsweredWithUnknownAndFailedOrWhenConnectedAgain() {
        here.listen();
        here.commit(create(at("a"), "0"));
        cut(here.registry());
        here.await(isSession(SessionEvent.Suspended.class), "the loss of the connection");

        CompletableFuture<CommitResult> commit = new CompletableFuture<>();
        CompletableFuture<ReadResult> read = new CompletableFuture<>();
        here.registry().commit(List.of(new Write.SetData(at("a"), "1", 0)), commit::complete);
        here.registry().read(List.of(new Read.Get(at("a"))), read::complete);
        mend(here.registry());

        CommitResult written = here.await(commit, "the outcome of a commit while cut");
        ReadResult seen = here.await(read, "the outcome of a read while cut");
        here.await(isSession(SessionEvent.Connected.class), 2, "the connection again");
        assertThat(written).isInstanceOfAny(Committed.class, CommitResult.Unknown.class);
        assertThat(seen).isInstanceOfAny(ReadResult.Values.class, ReadResult.Failed.class);
        assertThat(here.node(at("a")).version()).isEqualTo(written instanceof Committed ? 1 : 0);
    }

    @Test
    void aWatchAskedForWhileCutIsInPlaceAfterwards() {
        here.listen();
        cut(here.registry());
        here.await(isSession(SessionEvent.Suspended.class), "the loss of the connection");
        here.watchWithoutWaiting(root);
        mend(here.registry());

        here.await(new Told.Ready(root)::equals, "the watch in place");
        here.commit(create(at("a")));
        here.await(isChange(at("a"), Change.Kind.CREATED), "a change");
    }

    // ---- callbacks and closing -------------------------------------------------------------------------------------

    @Test
    void callbacksComeOneAtATimeAndNotOnTheCallersThread() {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger together = new AtomicInteger();
        AtomicInteger onCaller = new AtomicInteger();
        CountDownLatch answered = new CountDownLatch(400);
        Thread caller = Thread.currentThread();
        for (int i = 0; i < 400; i++) {
            here.registry().read(List.of(new Read.Get(root)), ignored -> {
                together.addAndGet(inside.incrementAndGet() - 1);
                onCaller.addAndGet(Thread.currentThread() == caller ? 1 : 0);
                inside.decrementAndGet();
                answered.countDown();
            });
        }

        assertThat(inTime(answered)).isTrue();
        assertThat(together).hasValue(0);
        assertThat(onCaller).hasValue(0);
    }

    @Test
    void answersComeInTheOrderOfTheQuestions() {
        List<Integer> order = new ArrayList<>();
        CountDownLatch answered = new CountDownLatch(200);
        for (int i = 0; i < 200; i++) {
            int number = i;
            Runnable note = () -> {
                order.add(number);
                answered.countDown();
            };
            if (i % 3 == 0) {
                here.registry().commit(List.of(create(at("n-" + i))), ignored -> note.run());
            } else {
                here.registry().read(List.of(new Read.Children(root)), ignored -> note.run());
            }
        }

        assertThat(inTime(answered)).isTrue();
        assertThat(order).isSorted().hasSize(200);
    }

    @Test
    void aCallbackMayAsk() {
        CompletableFuture<ReadResult> result = new CompletableFuture<>();
        here.registry().commit(List.of(create(at("a"), "x")), committed -> here.registry()
                .read(List.of(new Read.Get(at("a"))), result::complete));

        assertThat(here.await(result, "a read asked by a callback")).isInstanceOf(ReadResult.Values.class);
    }

    @Test
    void aCallbackThatThrowsDoesNotStopTheOthers() {
        here.registry().read(List.of(new Read.Get(root)), ignored -> {
            throw new IllegalStateException("thrown on purpose by a test");
        });

        assertThat(here.exists(root)).isTrue();
    }

    @Test
    void noCallbackComesAfterClose() {
        RegistryRecorder there = client();
        there.listen();
        there.watch(root);
        AtomicInteger late = new AtomicInteger();
        AtomicInteger closed = new AtomicInteger();
        for (int i = 0; i < 200; i++) {
            there.registry().commit(List.of(create(at("n-" + i))), ignored -> late.addAndGet(closed.get()));
        }

        there.registry().close();
        closed.set(1);
        int told = there.told().size();
        there.registry().close();
        here.commit(create(at("after")));
        here.read(new Read.Get(at("after")));

        assertThat(late).hasValue(0);
        assertThat(there.told()).hasSize(told);
    }

    // ---- words -----------------------------------------------------------------------------------------------------

    private String at(String path) {
        return root + "/" + path;
    }

    private static Write create(String path) {
        return create(path, "");
    }

    private static Write create(String path, String data) {
        return new Write.Create(path, data, CreateMode.PERSISTENT);
    }

    private List<String> children(String path) {
        return ((Answer.Names) here.read(new Read.Children(path)).get(0)).children();
    }

    private boolean inTime(CountDownLatch latch) {
        try {
            return latch.await(patience().toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static Predicate<Told> isChange(String path, Change.Kind kind) {
        return told -> told instanceof Told.Changed changed
                && changed.change().path().equals(path)
                && changed.change().kind() == kind;
    }

    private static Predicate<Told> isSession(Class<? extends SessionEvent> kind) {
        return told -> told instanceof Told.Session session && kind.isInstance(session.event());
    }
}
