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

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.jobs.CheckpointException;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.execution.Claim;
import io.carillon.jobs.execution.ItemTrace;
import io.carillon.jobs.execution.WorkerPool;
import io.carillon.jobs.model.InstanceId;
import io.carillon.jobs.model.PeerVersion;
import io.carillon.testkit.jobs.InMemoryRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Checkpoints of two owners of one item, of whom the older has lost its claim and does not know. */
class RegistryCheckpointTest {

    private static final JobPaths PATHS = new JobPaths("ns", "job");

    private final InMemoryRegistry server = InMemoryRegistry.threaded(new SystemTime(), Duration.ofSeconds(20));
    private final Claim old = new Claim(5, () -> true);
    private final Claim young = new Claim(9, () -> true);
    private final InMemoryRegistry.Client oldClient = server.connect();
    private final RegistryCheckpoint loser = checkpoint(oldClient, "a", old, Duration.ofSeconds(30));
    private final RegistryCheckpoint successor = checkpoint(server.connect(), "b", young, Duration.ofSeconds(30));

    private static RegistryCheckpoint checkpoint(
            InMemoryRegistry.Client client, String me, Claim claim, Duration timeout) {
        SystemTime time = new SystemTime();
        Parts parts = new Parts(
                client,
                "ns",
                new InstanceId("10.0.0.1", me),
                time,
                new EngineLoop(time),
                new WorkerPool(1),
                Duration.ofSeconds(1),
                timeout,
                () -> () -> true,
                run -> {},
                PeerVersion.V3_0_4,
                ItemTrace.ofLog(ItemTrace.DEFAULT_KEY));
        return new RegistryCheckpoint(parts, PATHS, me, 3, claim);
    }

    @BeforeEach
    void makeTheJob() throws Exception {
        for (String path : List.of("/ns", PATHS.root(), PATHS.instances(), "/ns-carillon", PATHS.ownRoot())) {
            write(new Write.Create(path, "", CreateMode.PERSISTENT));
        }
        write(new Write.Create(PATHS.instance("a"), "", CreateMode.PERSISTENT));
        write(new Write.Create(PATHS.instance("b"), "", CreateMode.PERSISTENT));
    }

    private void write(Write write) throws Exception {
        CompletableFuture<Object> done = new CompletableFuture<>();
        server.connect().commit(List.of(write), done::complete);
        done.get(30, TimeUnit.SECONDS);
    }

    private String node() {
        return server.dump().get(PATHS.checkpoint(3));
    }

    @Test
    void aCheckpointTravelsFromOwnerToOwner() {
        assertThat(loser.load()).isNull();
        loser.save("page 7");
        loser.save("page 8\nrow 2");
        assertThat(successor.load()).isEqualTo("page 8\nrow 2");
        successor.save(null);
        assertThat(checkpoint(server.connect(), "b", new Claim(12, () -> true), Duration.ofSeconds(30))
                        .load())
                .isNull();
    }

    @Test
    void aLoserIsRefusedAsSoonAsItsSuccessorHasLooked() {
        loser.save("page 7");
        assertThat(successor.load()).isEqualTo("page 7");
        assertThatThrownBy(() -> loser.save("page 8"))
                .isInstanceOfSatisfying(CheckpointException.class, e -> assertThat(e.isClaimLost())
                        .isTrue())
                .hasMessageContaining("the claim with fence 5 is lost: a newer owner, with fence 9");
        successor.save("page 9");
        assertThatThrownBy(() -> loser.save(null)).isInstanceOf(CheckpointException.class);
        assertThatThrownBy(loser::load).isInstanceOf(CheckpointException.class);
        assertThat(node()).isEqualTo("9\npage 9");
    }

    @Test
    void aCheckpointThatWasRemovedIsNotBroughtBackByALoser() {
        loser.save("page 7");
        successor.save(null);
        assertThatThrownBy(() -> loser.save("page 8")).isInstanceOf(CheckpointException.class);
        assertThat(successor.load()).isNull();
    }

    @Test
    void aLoserThatWroteBeforeItsSuccessorLookedHasHandedItsWorkOver() {
        loser.save("page 7");
        assertThat(successor.load()).isEqualTo("page 7");
        successor.save("page 8");
        assertThat(node()).isEqualTo("9\npage 8");
    }

    @Test
    void anOwnerThatIsNotRegisteredAnyMoreIsRefused() throws Exception {
        loser.save("page 7");
        write(new Write.Delete(PATHS.instance("a"), -1));
        assertThatThrownBy(() -> loser.save("page 8")).hasMessageContaining("not registered any more");
        assertThat(node()).isEqualTo("5\npage 7");
    }

    @Test
    void aClaimThatIsKnownToBeLostAsksNothing() {
        loser.save("page 7");
        long asked = server.requests();
        old.lose();
        assertThatThrownBy(loser::load).isInstanceOf(CheckpointException.class);
        assertThatThrownBy(() -> loser.save("x")).isInstanceOf(CheckpointException.class);
        assertThat(server.requests()).isEqualTo(asked);
    }

    @Test
    void anAnswerThatIsLostIsFoundOutByLookingAgain() {
        loser.save("page 7");
        oldClient.loseNextAnswer();
        CompletableFuture<Void> saving = CompletableFuture.runAsync(() -> loser.save("page 8"));
        while (!saving.isDone()) {
            LockSupport.parkNanos(20_000_000);
            oldClient.reconnect();
        }
        assertThat(saving).isCompleted();
        assertThat(node()).isEqualTo("5\npage 8");
        loser.save("page 9");
        assertThat(node()).isEqualTo("5\npage 9");
    }

    @Test
    void nothingHangsLongerThanTheRegistryTimeoutAndAnInterruptEndsTheWait() throws Exception {
        InMemoryRegistry.Client away = server.connect();
        RegistryCheckpoint impatient = checkpoint(away, "a", old, Duration.ofMillis(200));
        away.disconnect();
        assertThatThrownBy(() -> impatient.save("x"))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("registryTimeout: no answer for PT0.2S");

        RegistryCheckpoint patient = checkpoint(away, "a", old, Duration.ofMinutes(5));
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        Thread worker = new Thread(() -> {
            try {
                patient.save("x");
            } catch (CheckpointException e) {
                interrupted.complete(e.isClaimLost() && Thread.currentThread().isInterrupted());
            }
        });
        worker.start();
        LockSupport.parkNanos(50_000_000);
        old.lose();
        worker.interrupt();
        assertThat(interrupted.get(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void whatWasSavedWithoutAnAnswerIsClearedAllTheSame() {
        RegistryCheckpoint hasty = checkpoint(oldClient, "a", new Claim(6, () -> true), Duration.ofMillis(300));
        assertThat(hasty.load()).isNull();
        oldClient.loseNextAnswer();
        assertThatThrownBy(() -> hasty.save("page 8")).isInstanceOf(CheckpointException.class);
        assertThat(node()).isEqualTo("6\npage 8");
        oldClient.reconnect();
        hasty.save(null);
        assertThat(node()).isEqualTo("6");
    }
}
