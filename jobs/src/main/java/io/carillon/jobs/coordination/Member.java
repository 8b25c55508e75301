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
package io.carillon.jobs.coordination;

/**
 * This instance as a member of a job. Immutable.
 *
 * @param id printed as {@code ip@-@suffix}
 * @param ip the address in the id
 * @param session the registry session that owns its ephemeral nodes
 * @param token makes its place in the election's queue its own; another for each session
 */
public record Member(String id, String ip, long session, String token) {

    /** Whether it is registered in this session. */
    public boolean isRegistered(JobTree tree) {
        return tree.isOwnedBy(tree.paths().instance(id), session);
    }

    /** Whether it leads the job. */
    public boolean isLeader(JobTree tree) {
        return id.equals(tree.leader()) && tree.isOwnedBy(tree.paths().leaderInstance(), session);
    }
}
