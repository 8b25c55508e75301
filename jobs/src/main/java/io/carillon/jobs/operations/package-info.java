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
 * For people and the console: queries, commands, health. Imports {@code model}, the ports, and what reads a job's nodes and
 * its schedule ({@code coordination}, {@code scheduling}), so that the protocol is written down once. Open {@link
 * io.carillon.jobs.operations.RegistryOperations} first.
 */
@NullMarked
package io.carillon.jobs.operations;

import org.jspecify.annotations.NullMarked;
