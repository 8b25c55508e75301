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

import io.carillon.jobs.coordination.LeaveJob;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.scheduling.QuietMoment;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * How this instance goes away from one job, for good or for a while, without a firing being lost or run twice. Confined to the
 * job loop.
 *
 * <p>While it is handing over it takes part as before, for at most the grace time, until a moment comes at which nothing of it
 * runs and no firing is near. Then it leaves in one commit from which on its items are to be dealt anew. Without anybody
 * else to take the items it begins nothing any more, and leaves as soon as nothing runs.
 */
final class HandOver {

    private static final Duration NEAR = Duration.ofMillis(50);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

    private boolean wanted;
    private boolean serving = true;
    private boolean away;
    private boolean madeUp;
    private @Nullable Instant begun;
    private @Nullable Instant notBefore;
    private final List<CompletableFuture<Void>> told = new ArrayList<>();

    boolean isWanted() {
        return wanted;
    }

    /** Whether firings that come due are begun here. */
    boolean isServing() {
        return serving;
    }

    /** Whether a missed firing may be made up for: as ever, but while handing over only once. */
    boolean mayMakeUp() {
        if (wanted && madeUp) {
            serving = false;
        }
        madeUp = wanted;
        return serving;
    }

    /** Begins to hand over; does nothing when that has begun. */
    void begin(LocalJob job) {
        if (wanted) {
            return;
        }
        wanted = true;
        Instant now = job.parts().time().instant();
        begun = now;
        job.tryNoMore();
        Duration grace = job.parts().closeGrace();
        job.mailbox().after("grace", grace, () -> {
            if (!now.equals(begun) || away) {
                // taken back while this waited in the queue
                return;
            }
            stop(job);
            job.stopRuns("the instance goes away, and its grace time of " + grace + " is over");
            job.wake();
        });
    }

    /** Completes the future when the items are handed over. */
    void tell(CompletableFuture<Void> future) {
        if (away) {
            future.complete(null);
        } else {
            told.add(future);
        }
    }

    /** Takes it back; false when there is nothing to take back. */
    boolean end(LocalJob job) {
        if (!wanted) {
            return false;
        }
        wanted = false;
        serving = true;
        away = false;
        madeUp = false;
        begun = null;
        job.mailbox().cancel("grace");
        job.mailbox().cancel("hand over");
        told.forEach(future -> future.complete(null));
        told.clear();
        return true;
    }

    private void stop(LocalJob job) {
        serving = false;
        job.stopServing();
    }

    /**
     * Does the next step; called when no request is under way and the view is whole.
     *
     * @return whether that is all that can be done now; false: the job goes on as ever
     */
    boolean proceed(LocalJob job) {
        if (!wanted) {
            return false;
        }
        boolean registered = job.member().isRegistered(job.tree());
        if (!registered || !LeaveJob.isAnyoneElse(job.tree(), job.member())) {
            stop(job);
        }
        if (!job.isIdle()) {
            if (serving) {
                return false;
            }
            job.proceedWaiting();
            return true;
        }
        if (!registered) {
            List<Write> writes = LeaveJob.decide(job.tree(), job.member());
            if (writes.isEmpty()) {
                gone(job);
            } else {
                job.commit(writes, zxid -> {});
            }
            return true;
        }
        if (!serving) {
            if (!LeaveJob.isAnyoneElse(job.tree(), job.member())) {
                job.commit(LeaveJob.decide(job.tree(), job.member()), zxid -> {});
            } else if (job.isQuietForPeers()) {
                leave(job);
            }
            return true;
        }
        if (job.isAskedToRun() || !isGoodMoment(job)) {
            return false;
        }
        leave(job);
        return true;
    }

    private void gone(LocalJob job) {
        if (!away) {
            away = true;
            job.mailbox().cancel("grace");
            told.forEach(future -> future.complete(null));
            told.clear();
        }
        job.gone();
    }

    /** Whether no firing is near: in the second half of the grace time, whether none is due at once. */
    private boolean isGoodMoment(LocalJob job) {
        Instant now = job.parts().time().instant();
        Instant later = notBefore;
        if (later != null && now.isBefore(later)) {
            return false;
        }
        Instant next = QuietMoment.after(job.schedule(), now);
        if (next == null) {
            return true;
        }
        Instant start = begun;
        Instant due = job.nextFiring();
        boolean pressing =
                start != null && now.isAfter(start.plus(job.parts().closeGrace().dividedBy(2)));
        if (pressing && (due == null || due.isAfter(now.plus(NEAR)))) {
            return true;
        }
        job.mailbox().timer("hand over", next, job::wake);
        return false;
    }

    /** Reads who claimed last, then leaves, unless anyone claims meanwhile. */
    private void leave(LocalJob job) {
        job.read(List.of(new Read.Get(job.tree().paths().claim())), () -> {
            if (!wanted || (!job.isIdle() && serving)) {
                return;
            }
            if (serving && LeaveJob.isBehind(job.tree(), job.nextFiring())) {
                Instant later = job.parts().time().instant().plus(LOOK_AGAIN);
                notBefore = later;
                job.mailbox().timer("hand over", later, job::wake);
                return;
            }
            job.commit(LeaveJob.handOver(job.tree(), job.member(), job.configuration()), zxid -> {});
        });
    }
}
