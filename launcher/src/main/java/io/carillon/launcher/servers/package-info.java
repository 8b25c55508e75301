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
/**
 * Real servers from Maven Central, each a small program of its own: ZooKeeper, RocketMQ, H2, MariaDB, an S3 object store.
 * Started by the launcher and by stories as processes, so that they can be killed. May import the servers' own classes and
 * the JDK. Open {@link io.carillon.launcher.servers.ServerProcess} first: it says how each is started.
 */
@NullMarked
package io.carillon.launcher.servers;

import org.jspecify.annotations.NullMarked;
