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
 * Alarms: what is to be said to whom about jobs, clusters and message stores that are not well. One pure decision, {@link
 * io.carillon.jobs.alarms.DecideAlarms}, over what is seen now and what was said before, and a port that keeps the latter, {@link
 * io.carillon.jobs.alarms.AlarmStore}. It knows neither channels nor languages. May import {@code operations}.
 */
@NullMarked
package io.carillon.jobs.alarms;

import org.jspecify.annotations.NullMarked;
