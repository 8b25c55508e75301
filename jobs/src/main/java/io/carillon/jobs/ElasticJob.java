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
package io.carillon.jobs;

/**
 * A job that can be scheduled on a {@link JobEngine}: a {@link SimpleJob}, a {@link DataflowJob}, or a
 * {@link TypedJob} that is configured instead of programmed.
 *
 * <p>The engine calls one job object from several threads at once, one thread per sharding item; implementations must be
 * thread-safe.
 */
public interface ElasticJob {}
