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
package io.carillon.launcher;

import io.carillon.testkit.simulation.EngineSimulation;
import io.carillon.testkit.simulation.FaultKind;
import io.carillon.testkit.simulation.Mutant;
import io.carillon.testkit.simulation.Simulations;
import io.carillon.testkit.simulation.Simulations.Found;
import io.carillon.testkit.simulation.Simulations.Totals;
import io.carillon.testkit.simulation.Violation;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;

/** {@code ./carillon simulate}: plays seeded histories and says how they ended. One thread at a time. */
final class Simulate {

    private static final Duration BETWEEN_LINES = Duration.ofSeconds(5);

    private final SimulateOptions options;
    private final PrintStream out;
    private final long start = SystemTime.startNanos();
    private Duration printed = Duration.ZERO;

    Simulate(SimulateOptions options, PrintStream out) {
        this.options = options;
        this.out = out;
    }

    /** The exit code: 0 when every invariant held, and every deliberate fault was found. */
    int run() {
        if (options.mutants()) {
            return findMutants();
        }
        return options.trace() ? trace() : play();
    }

    private int play() {
        int threads = Math.max(1, Math.min(options.seeds(), Runtime.getRuntime().availableProcessors()));
        line(
                "%,d histories from seed %d on, %d at once: engines with their production code, virtual time, a registry in"
                        + " memory, faults drawn from the seed",
                options.seeds(), options.seed(), threads);
        Totals totals = Simulations.play(options.seed(), options.seeds(), threads, this::progress);
        table(totals);
        if (totals.violations().isEmpty()) {
            line("every invariant held after every event; %s", time());
            return 0;
        }
        out.println();
        for (Violation violation : totals.violations()) {
            line("VIOLATED  %s", violation.what());
            line("  replay: ./carillon simulate --seed %d --trace", violation.seed());
        }
        return 1;
    }

    private synchronized void progress(Totals totals) {
        Duration elapsed = SystemTime.elapsedSince(start);
        if (elapsed.minus(printed).compareTo(BETWEEN_LINES) >= 0) {
            printed = elapsed;
            line(
                    "  %,6d histories  %,9d faults  %,11d events  %s",
                    totals.histories(),
                    totals.allFaults(),
                    totals.events(),
                    totals.violations().isEmpty()
                            ? "all well"
                            : totals.violations().size() + " violated");
        }
    }

    private void table(Totals totals) {
        out.println();
        line("  histories                              %,12d", totals.histories());
        line("  events                                 %,12d", totals.events());
        long due = totals.ran() + totals.excused();
        line("  firings of items, run                  %,12d", totals.ran());
        line(
                "  firings of items, not run              %,12d  %.1f %%",
                totals.excused(), due == 0 ? 0 : 100.0 * totals.excused() / due);
        totals.excuses().entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed().thenComparing(Map.Entry.comparingByKey()))
                .forEach(reason -> line("    %-60s %,8d", reason.getKey(), reason.getValue()));
        line("  items run again after a failover       %,12d", totals.takenOver());
        line("  firings run again, claim lost before   %,12d", totals.runAgain());
        line("  failed items run again by command      %,12d", totals.rerun());
        line("  items run for requests and backfills   %,12d", totals.requested());
        line("  checkpoints saved                      %,12d", totals.saves());
        line("  faults                                 %,12d", totals.allFaults());
        for (FaultKind kind : FaultKind.values()) {
            line("    %-40s %,8d", kind.text(), totals.faults().getOrDefault(kind, 0L));
        }
        out.println();
    }

    private int trace() {
        try {
            line("%s", new EngineSimulation(options.seed(), null, out).run());
            line("every invariant held; %s", time());
            return 0;
        } catch (Violation violation) {
            out.println();
            line("VIOLATED  %s", violation.what());
            out.println(violation.history());
            return 1;
        }
    }

    private int findMutants() {
        line(
                "deliberate faults in the protocol, each played from seed %d on until an invariant is violated",
                options.seed());
        out.println();
        line("  %-48s %8s  %s", "fault", "seeds", "found by");
        boolean all = true;
        for (Mutant mutant : Mutant.values()) {
            Found found = Simulations.find(mutant, options.seed(), options.seeds());
            Violation violation = found.violation();
            all &= violation != null;
            line("  %-48s %,8d  %s", mutant.text(), found.seeds(), violation == null ? "NOT FOUND" : violation.what());
        }
        out.println();
        line(all ? "every deliberate fault was found; %s" : "some faults were not found; %s", time());
        return all ? 0 : 1;
    }

    private String time() {
        return String.format(
                Locale.ROOT, "%.1f s", SystemTime.elapsedSince(start).toMillis() / 1_000.0);
    }

    private void line(String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values));
    }
}
