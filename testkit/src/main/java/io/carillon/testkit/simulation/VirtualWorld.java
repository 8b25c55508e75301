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
package io.carillon.testkit.simulation;

import io.carillon.testkit.jobs.ManualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Virtual time, an agenda, and the network: everything that happens in a simulation, in an order drawn from a seed. It knows
 * nothing of jobs. One thread at a time.
 */
public final class VirtualWorld {

    private final Random random;
    private final ManualTime time;
    private final PriorityQueue<Planned> agenda = new PriorityQueue<>();
    private final List<Link> links = new ArrayList<>();
    private long plans;

    /** Something that will happen at an instant. */
    private record Planned(Instant at, long number, Runnable action) implements Comparable<Planned> {
        @Override
        public int compareTo(Planned other) {
            int byTime = at.compareTo(other.at);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    /** @param seed the same seed plays the same history */
    public VirtualWorld(long seed, Instant start) {
        this.random = new Random(seed);
        this.time = new ManualTime(start);
    }

    /** The true time; what a host reads is its {@link HostClock}. */
    public ManualTime time() {
        return time;
    }

    public Instant now() {
        return time.instant();
    }

    /** A number from 0 on, smaller than {@code bound}. */
    public int draw(int bound) {
        return random.nextInt(bound);
    }

    /** True once in {@code times}, on average. */
    public boolean chance(int times) {
        return random.nextInt(times) == 0;
    }

    public Duration millis(int least, int most) {
        return Duration.ofMillis(least + random.nextInt(most - least + 1));
    }

    public <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    // ---- the agenda --------------------------------------------------------------------------------------------

    /** Plans something. */
    public void after(Duration wait, Runnable action) {
        agenda.add(new Planned(now().plus(wait), ++plans, action));
    }

    /** Does what is due; returns whether anything was. */
    boolean doWhatIsDue() {
        boolean any = false;
        for (Planned first = agenda.peek(); first != null && !first.at.isAfter(now()); first = agenda.peek()) {
            agenda.poll();
            first.action.run();
            any = true;
        }
        return any;
    }

    /** When the next planned thing happens, or the next delayed message may go on; null when there is none. */
    @Nullable
    Instant nextPlan() {
        Planned first = agenda.peek();
        Instant next = first == null ? null : first.at;
        for (Link link : links) {
            if (!link.steps.isEmpty() && link.opens.isAfter(now()) && (next == null || link.opens.isBefore(next))) {
                next = link.opens;
            }
        }
        return next;
    }

    // ---- the network -------------------------------------------------------------------------------------------

    /** A connection: its steps happen in their order, but when, and in which order with those of other links, is chance. */
    public final class Link implements Executor {

        private final Deque<Runnable> steps = new ArrayDeque<>();
        private Instant opens = Instant.MIN;

        @Override
        public void execute(Runnable step) {
            steps.add(step);
        }

        /** Holds everything back for a while. */
        public void delay(Duration length) {
            opens = now().plus(length);
        }

        /** Whether it holds nothing back. */
        boolean isOpen() {
            return !opens.isAfter(now());
        }

        /** Holds nothing back any more. */
        public void open() {
            opens = Instant.MIN;
        }

        /**
         * Lets the steps of this link alone go on, until something is so; for whoever waits for an answer and lets nothing else
         * happen meanwhile.
         *
         * @return whether it is so; false when the link is held back, or has nothing more to do
         */
        boolean pump(BooleanSupplier until) {
            while (!until.getAsBoolean() && !steps.isEmpty() && !opens.isAfter(now())) {
                steps.remove().run();
            }
            return until.getAsBoolean();
        }

        public void close() {
            links.remove(this);
        }
    }

    public Link link() {
        Link link = new Link();
        links.add(link);
        return link;
    }

    /** Whether any message may go on now. */
    boolean isNetworkBusy() {
        return links.stream().anyMatch(this::isReady);
    }

    private boolean isReady(Link link) {
        return !link.steps.isEmpty() && !link.opens.isAfter(now());
    }

    /** Lets one message of some link go on. */
    void deliverSomething() {
        List<Link> ready = links.stream().filter(this::isReady).toList();
        if (!ready.isEmpty()) {
            pick(ready).steps.remove().run();
        }
    }
}
