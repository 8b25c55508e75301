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

import io.carillon.jobs.alarms.Finding.Kind;
import io.carillon.jobs.alarms.Finding.Subject;
import java.util.List;
import java.util.Set;

/**
 * What is seen now. Immutable.
 *
 * @param findings one per subject at most
 * @param silentClusters clusters whose jobs cannot be seen now: what was known of them stays as it was
 */
public record AlarmView(List<Finding> findings, Set<String> silentClusters) {

    public AlarmView {
        findings = List.copyOf(findings);
        silentClusters = Set.copyOf(silentClusters);
    }

    /** Whether nothing can be said of a subject now. */
    boolean isHidden(Subject subject) {
        return subject.kind() == Kind.JOB && silentClusters.contains(subject.cluster());
    }
}
