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
package io.carillon.console;

import io.carillon.jobs.alarms.AlarmStore;
import java.util.List;

/**
 * The alarms of an application that sends them, so that pages can show which are open. Without such a bean the pages say where
 * alarms come from. Immutable.
 *
 * @param store where they are kept
 * @param enabled whether anybody is told
 * @param channels the names of those who are told
 */
public record ConsoleAlarms(AlarmStore store, boolean enabled, List<String> channels) {
    public ConsoleAlarms {
        channels = List.copyOf(channels);
    }
}
