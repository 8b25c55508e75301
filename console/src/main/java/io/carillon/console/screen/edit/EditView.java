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
package io.carillon.console.screen.edit;

import io.carillon.console.ask.Answer;
import io.carillon.console.command.Settings;
import io.carillon.jobs.operations.ConfigurationVersion;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the config editor shows. Immutable.
 *
 * @param values what stands in the fields
 * @param stored what is stored now
 * @param version from which the values were made
 * @param problem what is wrong with the values, or empty
 * @param conflict whether somebody else has changed it meanwhile: what is stored is newer than the version
 * @param changes what would change; null before that was asked
 * @param done what came of saving, or empty
 * @param runs the next runs by the values
 * @param status the job as it is, or null
 * @param versions what is and was stored, newest first
 */
public record EditView(
        String jobName,
        Map<String, String> values,
        Map<String, String> stored,
        int version,
        String problem,
        boolean conflict,
        @Nullable List<Settings.Change> changes,
        String done,
        ScheduleView runs,
        @Nullable JobStatus status,
        Answer<List<ConfigurationVersion>> versions) {
    /** Whether a field has been changed. */
    public boolean isChanged(Settings.Field field) {
        return !String.valueOf(values.get(field.name())).equals(stored.get(field.name()));
    }

    /** The value of a field. */
    public String value(Settings.Field field) {
        return String.valueOf(values.getOrDefault(field.name(), ""));
    }
}
