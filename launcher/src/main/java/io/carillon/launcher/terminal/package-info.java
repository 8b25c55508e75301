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
 * What {@code ./carillon} does with a running centre: jobs, messages, and whole clusters, over its JSON API. Knows nothing of the
 * rest of the launcher. Open {@link io.carillon.launcher.terminal.Terminal} first.
 */
@NullMarked
package io.carillon.launcher.terminal;

import org.jspecify.annotations.NullMarked;
