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
 * What people ask of a job beyond its schedule: a run with a parameter, a business time or chosen items, and the planned
 * times of a range. Pure: values and decisions; {@code engine} runs them, {@code operations} takes them in.
 */
@NullMarked
package io.carillon.jobs.requests;

import org.jspecify.annotations.NullMarked;
