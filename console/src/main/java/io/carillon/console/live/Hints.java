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
package io.carillon.console.live;

import io.carillon.console.ConsoleCluster;
import io.carillon.console.ConsoleSources;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells open pages that a topic may have changed, not what changed: each page then asks for its part again, with its reader's
 * rights. Thread-safe.
 *
 * <p>Topics are {@code <cluster>} for anything of a cluster, {@code <cluster>/<job>} for one job, and what others make up.
 * However many pages listen, each cluster is listened to once. Hints are gathered for a quarter of a second, numbered, and the
 * latest are kept for those who come back. A listener who does not keep up loses hints and is told to ask for all.
 */
public final class Hints implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Hints.class);
    private static final int MOST_LISTENERS = 1_000;
    private static final int REMEMBERED = 512;
    private static final int GATHER_MILLIS = 250;
    private static final int HEARTBEAT_SECONDS = 15;
    private static final int MOST_WAITING = 32;
    private static final int SENDERS = 4;
    /** A page that takes so many seconds for a hint has its sender for itself: another takes its turn with the others. */
    private static final int SLOW_SECONDS = 1;

    /** What is sent: a number and the topics that may have changed; none for a sign of life. */
    public record Hint(long number, List<String> topics) {
        /** Stands for all topics: what is shown may be older than what was missed. */
        public static final String RESYNC = "*";
    }

    /** Where hints go; it may block and may throw, then it is not told anything more. */
    public interface Listener {
        void take(Hint hint) throws Exception;

        /** Nothing comes any more. */
        void end();
    }

    private final class Place {
        private final Listener listener;
        private final Set<String> topics;
        private final Deque<Hint> waiting = new ArrayDeque<>();
        private boolean sending;
        private boolean gone;
        /** How many seconds have begun since the listener was given a hint that it has not taken yet; 0: none. */
        private int waits;

        private Place(Listener listener, Collection<String> topics) {
            this.listener = listener;
            this.topics = Set.copyOf(topics);
        }

        private void offer(Hint hint) {
            List<String> mine = hint.topics().stream().filter(this::isMine).toList();
            if (mine.isEmpty() && !hint.topics().isEmpty()) {
                return;
            }
            synchronized (this) {
                if (gone) {
                    return;
                }
                if (waiting.size() >= MOST_WAITING) {
                    waiting.clear();
                    waiting.add(new Hint(hint.number(), List.of(Hint.RESYNC)));
                } else {
                    waiting.add(new Hint(hint.number(), mine));
                }
                if (sending) {
                    return;
                }
                sending = true;
            }
            senders.execute(this::send);
        }

        private boolean isMine(String topic) {
            return topic.equals(Hint.RESYNC) || topics.contains(topic);
        }

        private void send() {
            while (true) {
                Hint hint;
                synchronized (this) {
                    hint = waiting.poll();
                    if (hint == null || gone) {
                        sending = false;
                        return;
                    }
                    waits = 1;
                }
                try {
                    listener.take(hint);
                } catch (Exception away) {
                    log.trace("an open page is gone", away);
                    leave();
                } finally {
                    synchronized (this) {
                        waits = 0;
                    }
                }
            }
        }

        /** Whether it holds a sender up; asked each second. */
        private synchronized boolean isSlow() {
            return waits > 0 && waits++ > SLOW_SECONDS;
        }

        private void leave() {
            synchronized (this) {
                gone = true;
                waiting.clear();
            }
            places.remove(this);
        }
    }

    private final List<Place> places = new CopyOnWriteArrayList<>();
    private final List<Runnable> subscriptions = new ArrayList<>();
    private final Set<String> dirty = new LinkedHashSet<>();
    private final Deque<Hint> remembered = new ArrayDeque<>();
    private final AtomicLong number = new AtomicLong();
    private final ScheduledExecutorService clock =
            Executors.newSingleThreadScheduledExecutor(work -> daemon(work, "clock"));
    private final ThreadPoolExecutor senders =
            (ThreadPoolExecutor) Executors.newFixedThreadPool(SENDERS, work -> daemon(work, "sender"));
    private @Nullable ScheduledFuture<?> gathering;
    private volatile boolean closed;

    public Hints() {
        clock.scheduleAtFixedRate(
                () -> tell(new Hint(number.get(), List.of())), HEARTBEAT_SECONDS, HEARTBEAT_SECONDS, TimeUnit.SECONDS);
        clock.scheduleAtFixedRate(this::replaceHeldSenders, 1, 1, TimeUnit.SECONDS);
    }

    /** However many pages are slow, as many senders as ever are there for the others. */
    private void replaceHeldSenders() {
        int held = 0;
        for (Place place : places) {
            held += place.isSlow() ? 1 : 0;
        }
        int wanted = SENDERS + held;
        if (wanted > senders.getCorePoolSize()) {
            senders.setMaximumPoolSize(wanted);
            senders.setCorePoolSize(wanted);
        } else if (wanted < senders.getCorePoolSize()) {
            senders.setCorePoolSize(wanted);
            senders.setMaximumPoolSize(wanted);
        }
    }

    private static Thread daemon(Runnable work, String name) {
        Thread thread = new Thread(work, "carillon-console-live-" + name);
        thread.setDaemon(true);
        return thread;
    }

    /** Listens to the clusters, once each. */
    public void listenTo(ConsoleSources sources) {
        for (ConsoleCluster cluster : sources.clusters()) {
            subscriptions.add(cluster.queries().onChange(job -> changed(cluster.name(), job)));
        }
    }

    /** How many subscriptions there are: one per cluster. */
    public int subscriptions() {
        return subscriptions.size();
    }

    /** How many listen. */
    public int listeners() {
        return places.size();
    }

    /** Something of a cluster may have changed; the job is empty when it is not about one. */
    public void changed(String cluster, String job) {
        changed(job.isEmpty() ? List.of(cluster) : List.of(cluster, cluster + "/" + job));
    }

    /** Topics may have changed. */
    public void changed(List<String> topics) {
        synchronized (dirty) {
            dirty.addAll(topics);
            if (gathering == null && !clock.isShutdown()) {
                gathering = clock.schedule(this::gathered, GATHER_MILLIS, TimeUnit.MILLISECONDS);
            }
        }
    }

    private void gathered() {
        Hint hint;
        synchronized (dirty) {
            gathering = null;
            hint = new Hint(number.incrementAndGet(), List.copyOf(dirty));
            dirty.clear();
            remembered.addLast(hint);
            if (remembered.size() > REMEMBERED) {
                remembered.removeFirst();
            }
        }
        tell(hint);
    }

    private void tell(Hint hint) {
        places.forEach(place -> place.offer(hint));
    }

    /**
     * Begins to listen.
     *
     * @param last the number of the last hint that was taken, or -1: what was missed since comes first, or a hint to ask for all
     *     when it is not known any more
     * @return ends it; null when too many listen already, or the console is being closed
     */
    public @Nullable Runnable listen(Listener listener, Collection<String> topics, long last) {
        if (closed || places.size() >= MOST_LISTENERS) {
            return null;
        }
        Place place = new Place(listener, topics);
        List<Hint> missed = new ArrayList<>();
        synchronized (dirty) {
            long now = number.get();
            long oldest = remembered.isEmpty() ? now + 1 : remembered.getFirst().number();
            if (last >= 0 && (last > now || last + 1 < oldest)) {
                missed.add(new Hint(now, List.of(Hint.RESYNC)));
            } else if (last >= 0) {
                remembered.stream().filter(hint -> hint.number() > last).forEach(missed::add);
            }
            places.add(place);
        }
        // a first sign of life, so that the page knows that it is connected
        place.offer(new Hint(number.get(), List.of()));
        missed.forEach(place::offer);
        return place::leave;
    }

    /** Ends all open pages' listening. Harmless when repeated. */
    @Override
    public void close() {
        closed = true;
        subscriptions.forEach(Runnable::run);
        clock.shutdownNow();
        senders.shutdownNow();
        for (Place place : places) {
            try {
                place.listener.end();
            } catch (RuntimeException away) {
                // a browser may leave at the same moment; the others are told nevertheless
                log.trace("an open page is gone", away);
            }
        }
    }
}
