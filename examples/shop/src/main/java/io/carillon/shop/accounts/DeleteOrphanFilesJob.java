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
package io.carillon.shop.accounts;

import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.SimpleJob;
import io.carillon.shop.accounts.Attachments.Candidate;
import io.carillon.shop.accounts.Attachments.Claimed;
import io.carillon.spring.ElasticJobConfig;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes files that were uploaded and never attached, every day at 00:00, each sharding item its part of them.
 *
 * <p>A batch goes in three steps: claim its rows (UPLOADED becomes DELETING, which an attach in between prevents), delete
 * the objects, remove the rows whose objects are gone. A run that dies leaves claimed rows, which the next run takes up
 * again. A failure of one file does not stop the others; when nothing but failures comes, the store is down and the run
 * ends. Thread-safe.
 */
@ElasticJobConfig(cron = "0 0 0 1/1 * ?", shardingTotalCount = 2)
public class DeleteOrphanFilesJob implements SimpleJob {

    /** So many failures without a success between them, and the object store counts as down for this run. */
    static final int FAILURES_IN_A_ROW = 10;

    private static final Logger log = LoggerFactory.getLogger(DeleteOrphanFilesJob.class);

    private final Attachments attachments;
    private final ObjectStore store;
    private final FileSettings settings;
    private final InstantSource time;

    public DeleteOrphanFilesJob(Attachments attachments, ObjectStore store, FileSettings settings, InstantSource time) {
        this.attachments = attachments;
        this.store = store;
        this.settings = settings;
        this.time = time;
    }

    /**
     * @throws FilesLeftException when objects could not be deleted: the run is on record as failed, and the next one tries
     *     again
     */
    @Override
    public void execute(ShardingContext context) {
        Instant before = time.instant().minus(settings.orphanAge());
        Failures failures = new Failures();
        long deleted = 0;
        @Nullable Candidate after = null;
        while (context.isClaimHeld() && !failures.storeIsDown()) {
            Claimed batch = attachments.claimOrphans(
                    before, context.getShardingItem(), context.getShardingTotalCount(), settings.batch(), after);
            int removed = attachments.remove(deleteObjects(batch.claimed(), failures, context));
            context.reportHandled(removed);
            deleted += removed;
            if (batch.seen().size() < settings.batch()) {
                break;
            }
            after = batch.seen().get(batch.seen().size() - 1);
        }
        log.info("orphan files, item {}: {} deleted, {} failed", context.getShardingItem(), deleted, failures.total);
        failures.throwIfAny();
    }

    private List<Candidate> deleteObjects(List<Candidate> claimed, Failures failures, ShardingContext context) {
        List<Candidate> gone = new ArrayList<>();
        for (Candidate candidate : claimed) {
            if (!context.isClaimHeld() || failures.storeIsDown()) {
                break;
            }
            try {
                store.delete(candidate.objectKey());
                gone.add(candidate);
                failures.inARow = 0;
            } catch (RuntimeException e) {
                failures.add(candidate, e);
            }
        }
        return gone;
    }

    /** What went wrong in one run. Confined to its thread. */
    private static final class Failures {

        private long total;
        private int inARow;
        private @Nullable String firstKey;
        private @Nullable RuntimeException first;

        void add(Candidate candidate, RuntimeException failure) {
            total++;
            inARow++;
            if (first == null) {
                first = failure;
                firstKey = candidate.objectKey();
            }
        }

        boolean storeIsDown() {
            return inARow >= FAILURES_IN_A_ROW;
        }

        void throwIfAny() {
            if (first != null) {
                throw new FilesLeftException(total, String.valueOf(firstKey), storeIsDown(), first);
            }
        }
    }

    /** Some objects could not be deleted. */
    static final class FilesLeftException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        FilesLeftException(long count, String firstKey, boolean storeIsDown, RuntimeException first) {
            super(
                    "files not deleted: " + count + " (expected: 0), the first of them " + firstKey
                            + (storeIsDown ? "; the object store did not take any more, so the run ended early" : "")
                            + ". Their rows stay claimed and the next run tries again; look at the object store at"
                            + " shop.files.endpoint when this comes every time.",
                    first);
        }
    }
}
