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
package io.carillon.jobs.scheduling;

/** What becomes of the firings that came due while the job was still running on this instance. */
public enum MisfirePolicy {
    /** However many there were, one run makes up for them, right after the long run. */
    COMPENSATE_ONCE,
    /** They are left out. */
    DROP;

    /** The policy that ElasticJob's flag asks for. */
    public static MisfirePolicy of(boolean misfire) {
        return misfire ? COMPENSATE_ONCE : DROP;
    }
}
