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
package io.carillon.center;

import io.carillon.console.text.AlarmNotices;
import io.carillon.console.text.AlarmNotices.Said;
import io.carillon.jobs.alarms.AlarmRules;
import io.carillon.jobs.alarms.AlarmState;
import io.carillon.jobs.alarms.AlarmStore;
import io.carillon.jobs.alarms.Announcement;
import io.carillon.jobs.alarms.Announcement.State;
import io.carillon.jobs.alarms.DecideAlarms;
import io.carillon.jobs.alarms.DecideAlarms.Decision;
import io.carillon.notify.Notice;
import io.carillon.notify.Notifier;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks around every few seconds and tells people what is not well. Of several centres on one database only the one that has the
 * turn decides and sends; when it ends or is gone, another takes over with what the database knows.
 *
 * <p>What is to be said is kept before it is sent, and that it was sent is kept after: a centre that dies between the two makes
 * another say it again, with the same id. One thread looks and decides; the channels have one each while they send.
 */
final class AlarmWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(AlarmWatch.class);
    /** How long the turn outlives a round: longer than any channel takes. */
    private static final Duration TURN_MARGIN = Duration.ofMinutes(2);
    /** How long a channel may go on sending in one round. */
    private static final Duration SENDING = Duration.ofSeconds(30);

    private static final int MOST_PER_ROUND = 200;

    /** A channel: how it is reached, and in which words. */
    record Voice(Notifier notifier, AlarmNotices notices) {}

    private final LookAround around;
    private final AlarmRules rules;
    private final Map<String, Voice> voices;
    private final AlarmStore store;
    private final InstantSource time;
    private final Duration every;
    private final Consumer<LookAround.Seen> meters;
    private final boolean tells;
    private final String node = "center-" + UUID.randomUUID();
    private final DecideAlarms decide;
    private final ScheduledExecutorService clock;
    private final ExecutorService senders;
    private boolean hadTurn;
    private String lastProblem = "";

    /**
     * @param voices by channel
     * @param meters is given what was seen, in every centre
     * @param tells false: only looks
     */
    AlarmWatch(
            LookAround around,
            AlarmRules rules,
            Map<String, Voice> voices,
            AlarmStore store,
            InstantSource time,
            Duration every,
            Consumer<LookAround.Seen> meters,
            boolean tells) {
        this.around = around;
        this.rules = rules;
        this.voices = Map.copyOf(voices);
        this.store = store;
        this.time = time;
        this.every = every;
        this.meters = meters;
        this.tells = tells;
        this.decide = new DecideAlarms(rules, UUID::randomUUID);
        this.clock = Executors.newSingleThreadScheduledExecutor(work -> daemon(work, "carillon-alarms"));
        this.senders = Executors.newCachedThreadPool(work -> daemon(work, "carillon-alarms-send"));
    }

    private static Thread daemon(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    /** Begins to look around. */
    void start() {
        clock.scheduleWithFixedDelay(this::roundOrLog, 0, every.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void roundOrLog() {
        try {
            round();
            lastProblem = "";
        } catch (RuntimeException e) {
            String problem = String.valueOf(e.getMessage());
            if (!problem.equals(lastProblem)) {
                log.warn(
                        "Alarms: nothing was decided or sent this time; it is tried again in {} s: {}",
                        every.toSeconds(),
                        problem);
                lastProblem = problem;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Looks once, decides and sends when it has the turn, and says whether it has. One thread at a time. */
    boolean round() throws InterruptedException {
        LookAround.Seen seen = around.look();
        meters.accept(seen);
        if (!tells) {
            return false;
        }
        Long fence = store.turn(node, every.plus(TURN_MARGIN)).orElse(null);
        boolean has = fence != null;
        if (has != hadTurn) {
            log.info(has ? "Alarms: this centre tells people" : "Alarms: another centre tells people now");
            hadTurn = has;
        }
        if (fence == null) {
            return false;
        }
        Instant now = time.instant();
        AlarmState known = store.read(now.minus(longestPer()));
        Decision decision = decide.decide(known, seen.view(), now);
        if (!decision.isEmpty() && !store.keep(fence, decision)) {
            return false;
        }
        send(fence);
        return true;
    }

    private Duration longestPer() {
        return rules.channels().stream()
                .map(AlarmRules.Channel::per)
                .max(Duration::compareTo)
                .orElse(Duration.ZERO);
    }

    private void send(long fence) throws InterruptedException {
        Map<String, List<Announcement>> byChannel = new LinkedHashMap<>();
        store.due(time.instant(), MOST_PER_ROUND).forEach(announcement -> byChannel
                .computeIfAbsent(announcement.channel(), ignored -> new ArrayList<>())
                .add(announcement));
        List<Callable<Void>> work = new ArrayList<>();
        byChannel.forEach((channel, announcements) -> work.add(() -> {
            sendAll(fence, channel, announcements);
            return null;
        }));
        senders.invokeAll(work);
    }

    private void sendAll(long fence, String channel, List<Announcement> announcements) throws InterruptedException {
        Instant end = time.instant().plus(SENDING);
        Voice voice = voices.get(channel);
        for (Announcement announcement : announcements) {
            if (time.instant().isAfter(end)) {
                return; // the rest in the next round
            }
            try {
                if (voice == null) {
                    store.change(
                            fence,
                            announcement,
                            announcement.givenUp("carillon.alarms.channels." + channel + " is gone", time.instant()));
                } else if (!sendOne(fence, voice, announcement)) {
                    return;
                }
            } catch (RuntimeException e) {
                log.warn("Alarms: channel '{}': {}; it is tried again", channel, e.toString());
                return;
            }
        }
    }

    /** Sends one, or says why not; false when the channel should be left alone for this round. */
    private boolean sendOne(long fence, Voice voice, Announcement announcement) throws InterruptedException {
        Announcement taken = announcement.taken(time.instant());
        if (!store.change(fence, announcement, taken)) {
            return false;
        }
        Said said = voice.notices().say(announcement);
        try {
            voice.notifier().send(new Notice(said.title(), said.text(), said.facts()));
        } catch (IOException | RuntimeException e) {
            Announcement failed = taken.failed(String.valueOf(e.getMessage()), time.instant());
            store.change(fence, taken, failed);
            log.warn(
                    "Alarms: {} did not take '{}' (attempt {}{}): {}",
                    voice.notifier().target(),
                    said.title(),
                    taken.attempt(),
                    failed.state() == State.GIVEN_UP ? ", given up" : "",
                    e.getMessage());
            return false;
        }
        store.change(fence, taken, taken.sent(time.instant()));
        return true;
    }

    /** Ends, after what is on its way has been sent, for ten seconds at most; another centre may go on at once. */
    @Override
    public void close() {
        clock.shutdown();
        try {
            if (!clock.awaitTermination(10, TimeUnit.SECONDS)) {
                clock.shutdownNow();
            }
            senders.shutdownNow();
            if (!tells) {
                return;
            }
            store.turn(node, Duration.ofSeconds(1)).ifPresent(fence -> store.leave(node, fence));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.debug("Alarms: the turn was not given back", e);
        }
    }
}
