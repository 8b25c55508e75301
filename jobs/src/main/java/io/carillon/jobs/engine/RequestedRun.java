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
package io.carillon.jobs.engine;

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.ClaimItems;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.execution.ItemRun;
import io.carillon.jobs.history.RunRecord.Source;
import io.carillon.jobs.model.ItemRunLife;
import io.carillon.jobs.requests.JobRequest;
import io.carillon.jobs.requests.ServeRequests;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is other about a firing that serves a request. Confined to the job loop. */
final class RequestedRun {

    private final LocalJob job;
    private final Map<Integer, Boolean> outcomes = new HashMap<>();
    private ServeRequests.@Nullable Part part;

    RequestedRun(LocalJob job) {
        this.job = job;
    }

    /** The claim of what can be run now; an empty one when there is nothing any more. */
    ClaimItems.Claim claim() {
        ServeRequests.Part next = job.nextRequested();
        part = next;
        if (next == null) {
            return new ClaimItems.Claim(List.of(), List.of(), List.of());
        }
        String about = job.member().id() + " " + next.time() + " for request "
                + next.request().id();
        return ServeRequests.claim(job.tree(), job.member(), job.configuration(), next, about);
    }

    boolean isStillMine() {
        return part != null
                && ServeRequests.isStillMine(job.tree(), job.member(), job.configuration(), part, job.leftToPeers());
    }

    Instant time(Instant otherwise) {
        return part == null ? otherwise : part.time();
    }

    Source source() {
        return part != null && part.request().order().kind() == JobRequest.Kind.BACKFILL
                ? Source.BACKFILL
                : Source.MANUAL;
    }

    /** The configuration with the request's parameter in place of the job's. */
    JobConfiguration configuration(JobConfiguration configuration) {
        String parameter = part == null ? null : part.request().order().parameter();
        return parameter == null
                ? configuration
                : configuration.toBuilder().jobParameter(parameter).build();
    }

    /** What becomes of an item of the request; one whose claim was lost is still owed. */
    void ended(ItemRun run, ItemRun.Result result) {
        // who gives a claim up loses it before the runs are stopped; a command to interrupt does not
        boolean ended = result.state().isEnd()
                && (result.state() != ItemRunLife.State.INTERRUPTED
                        || run.order().claim().isHeld());
        if (ended) {
            outcomes.put(run.order().item(), result.state() == ItemRunLife.State.SUCCEEDED);
        }
    }

    List<Read> releaseReads() {
        return part == null ? List.of() : ServeRequests.releaseReads(job.tree(), part);
    }

    /** @param lost whether the claim was lost meanwhile: then nothing is put down, and the items are still owed */
    List<Write> release(boolean lost) {
        return part == null
                ? List.of()
                : ServeRequests.release(
                        job.tree(),
                        job.member(),
                        job.configuration(),
                        part,
                        lost ? Map.of() : outcomes,
                        job.parts().time().instant());
    }
}
