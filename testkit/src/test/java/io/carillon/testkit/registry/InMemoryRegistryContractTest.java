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

import io.carillon.jobs.coordination.Registry;
import io.carillon.testkit.jobs.InMemoryRegistry;
import java.time.Duration;
import java.time.Instant;

final class InMemoryRegistryContractTest extends RegistryContract {

    private final InMemoryRegistry registry =
            InMemoryRegistry.threaded(() -> Instant.parse("2026-11-22T10:15:30Z"), Duration.ofSeconds(10));

    @Override
    protected Duration patience() {
        return Duration.ofSeconds(20);
    }

    @Override
    protected Registry open() {
        return registry.connect();
    }

    @Override
    protected void expire(Registry client) {
        ((InMemoryRegistry.Client) client).expireSession();
    }

    @Override
    protected void cut(Registry client) {
        ((InMemoryRegistry.Client) client).disconnect();
    }

    @Override
    protected void mend(Registry client) {
        ((InMemoryRegistry.Client) client).reconnect();
    }
}
