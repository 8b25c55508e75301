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

import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.execution.ItemTrace;
import io.carillon.jobs.execution.Workers;
import io.carillon.jobs.history.JobObserver;
import io.carillon.jobs.model.InstanceId;
import io.carillon.jobs.model.PeerVersion;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * What all jobs of an engine share. Thread-safe.
 *
 * @param registryTimeout how long user code waits for the registry at most
 * @param alive makes a question: whether the process was not frozen longer than the session timeout since it was made
 * @param observer is told what happens to firings; does not block
 * @param trace is opened around user code
 */
record Parts(
        Registry registry,
        String namespace,
        InstanceId id,
        InstantSource time,
        EngineLoop loop,
        Workers workers,
        Duration closeGrace,
        Duration registryTimeout,
        Supplier<BooleanSupplier> alive,
        JobObserver observer,
        PeerVersion peers,
        ItemTrace trace,
        InstanceClock clock,
        ShowProgress progress) {

    Parts(
            Registry registry,
            String namespace,
            InstanceId id,
            InstantSource time,
            EngineLoop loop,
            Workers workers,
            Duration closeGrace,
            Duration registryTimeout,
            Supplier<BooleanSupplier> alive,
            JobObserver observer,
            PeerVersion peers,
            ItemTrace trace) {
        this(
                registry,
                namespace,
                id,
                time,
                loop,
                workers,
                closeGrace,
                registryTimeout,
                alive,
                observer,
                peers,
                trace,
                new InstanceClock(),
                new ShowProgress(registry, namespace, id.toString(), loop, time));
    }
}
