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
import io.carillon.console.command.ThreeForms;
import io.carillon.jobs.operations.ChangePreview;
import io.carillon.jobs.operations.ConfigurationVersion;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the config editor shows. Immutable.
 *
 * @param values what stands in the fields
 * @param stored what a change begins with: what is stored now, or is in effect where that cannot be used
 * @param forms what the code declares, what is stored, what is in effect
 * @param version from which the values were made
 * @param problem what is wrong with the values, or empty
 * @param changes what would change; null before that was asked
 * @param effects what the values would bring; empty when that is not known
 * @param done what came of saving, or empty
 * @param taken whether what the code declares has just been put into the form
 * @param runs the next runs by the values
 * @param status the job as it is
 * @param versions what is and was stored, newest first
 */
public record EditView(
        String jobName,
        Map<String, String> values,
        Map<String, String> stored,
        ThreeForms forms,
        int version,
        String problem,
        @Nullable List<Settings.Change> changes,
        Set<ChangePreview.Effect> effects,
        String done,
        boolean taken,
        ScheduleView runs,
        JobStatus status,
        Answer<List<ConfigurationVersion>> versions) {
    /** Whether somebody else has changed it meanwhile: what is stored is newer than the version. */
    public boolean conflict() {
        return version != forms.version();
    }

    /** Whether there is something to store. */
    public boolean isChange() {
        return changes != null && (!changes.isEmpty() || !forms.unusable().isEmpty());
    }

    /** Whether a field has been changed. */
    public boolean isChanged(Settings.Field field) {
        return !String.valueOf(values.get(field.name())).equals(stored.get(field.name()));
    }

    /** The value of a field. */
    public String value(Settings.Field field) {
        return String.valueOf(values.getOrDefault(field.name(), ""));
    }

    /** The settings in which the three forms differ, or those in which they do not. */
    public List<ThreeForms.Row> rows(boolean differing) {
        return forms.rows().stream().filter(row -> row.differs() == differing).toList();
    }

    /** Whether the code says another value than is stored. */
    public boolean isDrift(Settings.Field field) {
        return rows(true).stream().anyMatch(row -> row.field().equals(field) && row.declared() != null);
    }

    /** What the code says of a setting; empty when it says nothing. Values that look secret are not told. */
    public String declared(Settings.Field field) {
        return forms.declared() == null
                ? ""
                : Settings.masked(field, field.read().apply(forms.declared()));
    }

    /** Whether the code's value of a setting does not stand in the form, so that it can be taken over. */
    public boolean isToTake(ThreeForms.Row row) {
        return row.declared() != null && !row.declared().equals(value(row.field()));
    }

    /** Whether some differing setting could be taken over. */
    public boolean isAnyToTake() {
        return rows(true).stream().anyMatch(this::isToTake);
    }

    /** What the values would bring, apart from being used from the next run on. */
    public List<String> effectKeys() {
        return effects.stream()
                .sorted()
                .map(effect -> "changeEffect." + effect.name())
                .toList();
    }
}
