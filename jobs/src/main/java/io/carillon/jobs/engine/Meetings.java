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
import io.carillon.jobs.coordination.JobTree;
import io.carillon.jobs.coordination.OncePerFiring;
import io.carillon.jobs.coordination.OncePerFiring.Decision;
import io.carillon.jobs.coordination.OncePerFiring.Guest;
import io.carillon.jobs.coordination.OncePerFiring.Phase;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.execution.DistributeOnceListener;
import io.carillon.jobs.execution.ErrorHandler;
import io.carillon.jobs.execution.JobListener.Firing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the firings of one job on this instance wait for those of the others, for {@link DistributeOnceListener}s. Confined to the
 * job loop; no thread waits. A job without such listeners has none and asks the registry nothing.
 */
final class Meetings {

    private static final Logger LOG = LoggerFactory.getLogger(Meetings.class);
    private static final Duration LONGEST = Duration.ofDays(365);

    private final LocalJob job;
    private final List<Meeting> meetings = new ArrayList<>();
    private long number;

    Meetings(LocalJob job) {
        this.job = job;
    }

    /**
     * What a firing meets the others about. Immutable.
     *
     * @param about its planned time; empty where each instance has its own
     * @param deal the number of the deal by which it runs its items
     */
    record Topic(
            FireJob firing,
            List<DistributeOnceListener> listeners,
            Firing here,
            String about,
            ErrorHandler errors,
            JobConfiguration configuration,
            int deal) {

        Topic {
            listeners = listeners.stream()
                    .sorted(Comparator.comparingInt(DistributeOnceListener::order))
                    .toList();
        }
    }

    /**
     * Meets the others.
     *
     * @param goOn called when it is done, or nobody waits any longer
     * @param goBack called instead when the items must be given back first
     */
    void meet(Topic topic, Phase phase, Runnable goOn, Runnable goBack) {
        Guest guest = new Guest(
                job.member(),
                phase,
                topic.about,
                topic.here.items().keySet().stream().sorted().toList(),
                topic.deal);
        Meeting meeting = new Meeting(topic, guest, goOn, goBack);
        meetings.add(meeting);
        topic.listeners.stream()
                .map(
                        phase == Phase.STARTED
                                ? DistributeOnceListener::startedTimeout
                                : DistributeOnceListener::completedTimeout)
                .filter(timeout -> timeout.compareTo(Duration.ZERO) > 0 && timeout.compareTo(LONGEST) < 0)
                .min(Comparator.naturalOrder())
                .ifPresent(timeout -> job.timer(meeting.timer, timeout, () -> {
                    meeting.late = timeout;
                    job.wake();
                }));
        job.wake();
    }

    /** The firing is over, its claim may be lost: takes its marks back, and interrupts what it does for all. */
    void abandon(FireJob firing) {
        for (Meeting meeting : meetings) {
            if (meeting.topic.firing == firing) {
                meeting.abandoned = true;
                Thread acting = meeting.acting;
                if (acting != null) {
                    acting.interrupt();
                }
            }
        }
    }

    /** Does the next step of a meeting, if one can be done. True when a request is under way. */
    boolean advance() {
        for (Meeting meeting : List.copyOf(meetings)) {
            if (meeting.advance()) {
                return true;
            }
        }
        return false;
    }

    private final class Meeting {

        private final Topic topic;
        private final Guest guest;
        private final Runnable goOn;
        private final Runnable goBack;
        private final String timer = "meeting " + ++number;
        private @Nullable JobTree seen;
        private boolean come;
        private boolean act;
        private boolean acted;
        private boolean back;
        private boolean abandoned;
        private @Nullable Duration late;
        private Set<String> awaited = Set.of();
        private volatile @Nullable Thread acting;

        Meeting(Topic topic, Guest guest, Runnable goOn, Runnable goBack) {
            this.topic = topic;
            this.guest = guest;
            this.goOn = goOn;
            this.goBack = goBack;
        }

        boolean advance() {
            JobTree tree = job.tree();
            if (seen != tree) {
                seen = tree;
                job.read(OncePerFiring.reads(tree.paths(), guest.phase()), () -> {});
                return true;
            }
            List<Read> stale = OncePerFiring.staleReads(tree);
            if (!stale.isEmpty()) {
                job.read(stale, () -> {});
                return true;
            }
            if (abandoned || back) {
                return commitOr(OncePerFiring.withdraw(tree, guest), () -> end(abandoned ? () -> {} : goBack));
            }
            Duration timeout = late;
            if (acted || (timeout != null && !act)) {
                // who has met for a later firing may have removed the marks; the place at the latch is still to be left
                return commitOr(
                        OncePerFiring.isThere(tree, guest)
                                ? OncePerFiring.leave(tree, guest)
                                : OncePerFiring.withdraw(tree, guest),
                        () -> end(acted || timeout == null ? goOn : () -> timedOut(timeout)));
            }
            if (act) {
                return false;
            }
            if (!come && !OncePerFiring.hasCome(tree, guest)) {
                job.commit(OncePerFiring.come(tree, guest), zxid -> come = true);
                return true;
            }
            come = true;
            // as it is configured now: nobody takes over what is no item any more
            Decision decision = OncePerFiring.decide(tree, job.configuration(), guest);
            if (decision instanceof Decision.Commit commit) {
                job.commit(commit.writes(), zxid -> {});
                return true;
            } else if (decision instanceof Decision.GoOn) {
                end(goOn);
            } else if (decision instanceof Decision.GoBack) {
                back = true;
                return commitOr(OncePerFiring.withdraw(tree, guest), () -> end(goBack));
            } else if (decision instanceof Decision.Wait wait) {
                awaited = wait.awaited();
            } else {
                act = true;
                job.parts().workers().execute(this::act);
            }
            return false;
        }

        private boolean commitOr(List<Write> writes, Runnable nothing) {
            if (writes.isEmpty()) {
                nothing.run();
                return false;
            }
            job.commit(writes, zxid -> {});
            return true;
        }

        private void end(Runnable then) {
            meetings.remove(this);
            job.cancelTimer(timer);
            then.run();
            job.wake();
        }

        private void timedOut(Duration timeout) {
            IllegalStateException problem = new IllegalStateException("job '" + job.name() + "': "
                    + (guest.phase() == Phase.STARTED ? "startedTimeout" : "completedTimeout") + ": " + timeout
                    + " (expected: within that time come "
                    + (awaited.isEmpty() ? "those that meet, and one is done" : awaited)
                    + "). The firing goes on without; the listener may not have been called for it.");
            job.parts().workers().execute(() -> tell(problem));
            goOn.run();
        }

        /** On a worker. */
        private void act() {
            acting = Thread.currentThread();
            try {
                for (DistributeOnceListener listener : topic.listeners) {
                    try {
                        if (guest.phase() == Phase.STARTED) {
                            listener.beforeFirstItem(topic.here);
                        } else {
                            listener.afterLastItem(topic.here);
                        }
                    } catch (Exception e) {
                        tell(e);
                    }
                }
            } finally {
                acting = null;
                Thread.interrupted();
                job.post(() -> {
                    acted = true;
                    job.wake();
                });
            }
        }

        private void tell(Exception e) {
            try {
                topic.errors.handle(topic.configuration, guest.items().get(0), e);
            } catch (RuntimeException thrown) {
                LOG.error("job '{}': a listener failed; the items run all the same", job.name(), thrown);
            }
        }
    }
}
