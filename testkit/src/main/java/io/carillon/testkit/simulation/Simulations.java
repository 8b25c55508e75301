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

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Plays many histories, several at once: each on one thread. Thread-safe. */
public final class Simulations {

    private static final int MOST_VIOLATIONS = 5;

    private Simulations() {}

    /**
     * What many histories were like. Immutable.
     *
     * @param ran how many firings of items were run
     * @param excuses how many were not, by reason
     * @param takenOver how many items were run again after a failover
     * @param runAgain how many firings of an item were begun a second time, under a larger fence, after the first claim was lost
     * @param rerun how many failed items were run again by command
     * @param requested how many items were run for requests
     * @param saves how many checkpoints were saved
     * @param violations what was violated, by seed; empty when everything held
     */
    public record Totals(
            int histories,
            long events,
            Map<FaultKind, Long> faults,
            long ran,
            Map<String, Long> excuses,
            long takenOver,
            long runAgain,
            long rerun,
            long requested,
            long saves,
            List<Violation> violations) {

        static final Totals NONE = new Totals(0, 0, Map.of(), 0, Map.of(), 0, 0, 0, 0, 0, List.of());

        public Totals {
            faults = Map.copyOf(faults);
            excuses = Map.copyOf(excuses);
            violations = List.copyOf(violations);
        }

        public long allFaults() {
            return faults.values().stream().mapToLong(Long::longValue).sum();
        }

        /** How many firings of items were not run, for whatever reason. */
        public long excused() {
            return excuses.values().stream().mapToLong(Long::longValue).sum();
        }

        private Totals plus(SimulationReport report) {
            Map<FaultKind, Long> sum = new EnumMap<>(FaultKind.class);
            sum.putAll(faults);
            report.faults().forEach((kind, count) -> sum.merge(kind, (long) count, Long::sum));
            Map<String, Long> reasons = new HashMap<>(excuses);
            report.excuses().forEach((reason, count) -> reasons.merge(reason, (long) count, Long::sum));
            return new Totals(
                    histories + 1,
                    events + report.events(),
                    sum,
                    ran + report.ran(),
                    reasons,
                    takenOver + report.takenOver(),
                    runAgain + report.runAgain(),
                    rerun + report.rerun(),
                    requested + report.requested(),
                    saves + report.saves(),
                    violations);
        }

        private Totals plus(Violation violation) {
            List<Violation> all = new ArrayList<>(violations);
            all.add(violation);
            return new Totals(
                    histories + 1, events, faults, ran, excuses, takenOver, runAgain, rerun, requested, saves, all);
        }
    }

    /**
     * How a deliberate fault was found. Immutable.
     *
     * @param seeds how many histories it took, or were played in vain
     * @param violation what found it; null when nothing did
     */
    public record Found(Mutant mutant, int seeds, @Nullable Violation violation) {}

    /**
     * Plays histories one after the other on each thread; gives up after five violations.
     *
     * @param first the first seed; the others follow it
     * @param progress told after each history, one at a time
     */
    public static Totals play(long first, int histories, int threads, Consumer<Totals> progress) {
        AtomicLong next = new AtomicLong(first);
        Sum sum = new Sum(progress);
        List<Thread> players = new ArrayList<>();
        for (int i = 1; i <= threads; i++) {
            Thread player = new Thread(
                    () -> {
                        for (long seed = next.getAndIncrement();
                                seed < first + histories && sum.goesOn();
                                seed = next.getAndIncrement()) {
                            sum.add(seed);
                        }
                    },
                    "simulation-" + i);
            player.setDaemon(true);
            player.start();
            players.add(player);
        }
        for (Thread player : players) {
            try {
                player.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        return sum.totals();
    }

    /** Plays histories with a deliberate fault until one violates an invariant. */
    public static Found find(Mutant mutant, long first, int most) {
        for (int i = 0; i < most; i++) {
            try {
                new EngineSimulation(first + i, mutant, null).run();
            } catch (Violation violation) {
                return new Found(mutant, i + 1, violation);
            }
        }
        return new Found(mutant, most, null);
    }

    /** Collects from several threads. */
    private static final class Sum {
        private final Consumer<Totals> progress;
        private Totals totals = Totals.NONE;
        private @Nullable RuntimeException broken;

        Sum(Consumer<Totals> progress) {
            this.progress = progress;
        }

        synchronized boolean goesOn() {
            return broken == null && totals.violations.size() < MOST_VIOLATIONS;
        }

        void add(long seed) {
            try {
                SimulationReport report = new EngineSimulation(seed).run();
                add(totals -> totals.plus(report));
            } catch (Violation violation) {
                add(totals -> totals.plus(violation));
            } catch (RuntimeException e) {
                synchronized (this) {
                    broken = new IllegalStateException("seed " + seed + ": the simulation itself failed", e);
                }
            }
        }

        private synchronized void add(java.util.function.UnaryOperator<Totals> one) {
            totals = one.apply(totals);
            progress.accept(totals);
        }

        synchronized Totals totals() {
            if (broken != null) {
                throw broken;
            }
            return totals;
        }
    }
}
