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
package io.carillon.testkit.simulation;

import io.carillon.jobs.model.InstanceId;
import io.carillon.testkit.jobs.InMemoryRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A process with ElasticJob 3.0.4, as far as its wire goes: a model made from the description of its protocol, with its many
 * small steps, its cache that hears of changes late, and its waiting in loops. One thread at a time.
 */
final class ElasticJobPeer {

    private final EngineSimulation simulation;
    private final VirtualWorld world;
    private final InstanceId id;
    private final VirtualWorld.Link link;
    private final InMemoryRegistry.Client client;
    private final List<ElasticJobPeerJob> jobs = new ArrayList<>();
    private boolean dead;
    private boolean leaving;

    ElasticJobPeer(EngineSimulation simulation, InstanceId id) {
        this.simulation = simulation;
        this.world = simulation.world();
        this.id = id;
        this.link = world.link();
        this.client = simulation.server().connect(link);
    }

    void join(List<SimulatedJob> all) {
        note("starts, an instance of ElasticJob");
        simulation.disturbed();
        all.forEach(job -> jobs.add(new ElasticJobPeerJob(simulation, this, client, job)));
    }

    String name() {
        return id.suffix();
    }

    InstanceId id() {
        return id;
    }

    boolean isWell() {
        return !dead && !leaving;
    }

    /** Each item whose user code is at work, with its job. */
    void eachRunning(BiConsumer<String, Integer> action) {
        jobs.forEach(job -> job.eachRunning(action));
    }

    /** Does what is due; says when the next thing is. */
    @Nullable
    Instant poll() {
        Instant next = null;
        for (ElasticJobPeerJob job : jobs) {
            Instant wakes = dead ? null : job.poll();
            next = wakes != null && (next == null || wakes.isBefore(next)) ? wakes : next;
        }
        if (leaving && !dead && jobs.stream().allMatch(ElasticJobPeerJob::hasLeft)) {
            note("has left");
            end();
            return null;
        }
        return next;
    }

    void crash(Duration expiry) {
        note("crashes");
        simulation.disturbed();
        simulation.reasons().beginOwner(ObservedReasons.ANY, id.toString(), world.now(), "its owner had crashed");
        eachRunning((job, item) -> simulation.invariants().peerCrashed(this, job, item));
        dead = true;
        jobs.forEach(ElasticJobPeerJob::kill);
        client.disconnect();
        world.after(expiry, () -> {
            simulation.trace().add(name(), () -> "its session has expired");
            client.expireSession();
            end();
        });
    }

    /** Leaves in order, when what runs has ended. */
    void leave() {
        if (!leaving && !dead) {
            note("leaves");
            simulation.disturbed();
            leaving = true;
            simulation
                    .reasons()
                    .beginOwner(
                            ObservedReasons.ANY, id.toString(), world.now(), "its owner, ElasticJob's, was leaving");
            jobs.forEach(ElasticJobPeerJob::leave);
        }
    }

    /** Its messages are held back. */
    void slow(Duration length) {
        note("has a slow network for " + length.toMillis() + " ms");
        simulation.disturbed();
        simulation
                .reasons()
                .beginOwner(ObservedReasons.ANY, id.toString(), world.now(), "its owner had a slow network")
                .ends(world.now().plus(length).plusMillis(500));
        link.delay(length);
    }

    /** Ends it for good; idempotent. */
    void end() {
        dead = true;
        simulation.disturbed();
        jobs.forEach(ElasticJobPeerJob::kill);
        client.close();
        link.close();
        simulation.peers().remove(this);
    }

    private void note(String what) {
        simulation.trace().add(name(), () -> what);
    }

    @Override
    public String toString() {
        return id.toString();
    }
}
