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

import io.carillon.jobs.execution.ItemRun;
import io.carillon.jobs.execution.ItemRun.Result;
import io.carillon.jobs.model.ItemRunLife.State;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the runs of one firing: interrupts one that takes too long, and gives one that failed to the workers again when
 * its pause is over. Confined to the job loop, but for what a run tells it. All waiting is done by the loop's timers.
 */
final class TendRuns implements ItemRun.Listener {

    private static final Logger LOG = LoggerFactory.getLogger(TendRuns.class);
    /** How long user code may take to end after an interrupt before the log says that it does not. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final LocalJob job;
    private final int atOnce;
    private final BiConsumer<ItemRun, Result> observer;

    /** @param observer told on the loop of each attempt that ended */
    TendRuns(LocalJob job, int atOnce, BiConsumer<ItemRun, Result> observer) {
        this.job = job;
        this.atOnce = atOnce;
        this.observer = observer;
    }

    @Override
    public void started(ItemRun run, int attempt, Instant at) {
        Duration timeout = run.order().policy().timeout();
        if (timeout != null) {
            job.post(() -> job.timer(limitOf(run), timeout, () -> overdue(run, attempt)));
        }
    }

    private void overdue(ItemRun run, int attempt) {
        if (run.expire(attempt)) {
            LOG.warn(
                    "job '{}': item {} ran longer than {} and was interrupted",
                    job.name(),
                    run.order().item(),
                    run.order().policy().timeout());
            mind(run);
        }
    }

    /** Somebody commands that a run ends. */
    void interrupt(ItemRun run, String why) {
        if (run.stop(why)) {
            LOG.warn("job '{}': item {}: {}", job.name(), run.order().item(), why);
            mind(run);
        }
    }

    /** Says once when user code goes on after its interrupt: the item stays claimed, and is not begun a second time. */
    private void mind(ItemRun run) {
        job.timer(limitOf(run), PATIENCE, () -> {
            State state = run.state();
            if (state == State.OVERDUE || state == State.STOPPING) {
                LOG.warn(
                        "job '{}': item {} ignores its interrupt; it stays claimed and is not started again until its"
                                + " code returns",
                        job.name(),
                        run.order().item());
                job.overstays(run);
            }
        });
    }

    @Override
    public void ended(ItemRun run, Result result) {
        if (result.state().isEnd() && run.hasProgress()) {
            job.parts().progress().ended(run);
        }
        job.post(() -> {
            job.mailbox().cancel(limitOf(run));
            if (result.state() == State.PAUSING) {
                job.timer(pauseOf(run), run.pause(), () -> again(run));
            }
            observer.accept(run, result);
        });
    }

    @Override
    public void progressed(ItemRun run) {
        job.parts().progress().heard(run);
    }

    private void again(ItemRun run) {
        job.parts().workers().start(run, atOnce);
    }

    /** No attempt begins any more. */
    void tryNoMore(List<ItemRun> runs) {
        for (ItemRun run : runs) {
            if (run.tryNoMore()) {
                job.mailbox().cancel(pauseOf(run));
                again(run);
            }
        }
    }

    private static String limitOf(ItemRun run) {
        return "limit " + run.order().item();
    }

    private static String pauseOf(ItemRun run) {
        return "pause " + run.order().item();
    }
}
