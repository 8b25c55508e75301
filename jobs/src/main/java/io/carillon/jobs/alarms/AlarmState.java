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
package io.carillon.jobs.alarms;

import java.util.List;

/**
 * What is known from before. Immutable.
 *
 * @param incidents one per subject at most
 * @param announcements those that wait for a summary, and the latest
 */
public record AlarmState(List<Incident> incidents, List<Announcement> announcements) {

    /** Nothing has been wrong yet. */
    public static final AlarmState EMPTY = new AlarmState(List.of(), List.of());

    public AlarmState {
        incidents = List.copyOf(incidents);
        announcements = List.copyOf(announcements);
    }
}
