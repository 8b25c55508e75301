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
 * The protocol: the registry port, the view of a job, and the decisions about leader, resharding, claims and failover.
 * Everything that makes it ElasticJob's protocol is here. Pure but for the port interface; imports {@code model} and the
 * values of the root package. Open {@link io.carillon.jobs.coordination.JobTree} first, then {@link
 * io.carillon.jobs.coordination.Reshard}.
 */
@NullMarked
package io.carillon.jobs.coordination;

import org.jspecify.annotations.NullMarked;
