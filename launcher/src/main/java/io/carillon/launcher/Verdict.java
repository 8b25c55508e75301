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

import io.carillon.launcher.Ledger.Failover;
import io.carillon.launcher.Ledger.JobWork;
import io.carillon.launcher.Ledger.Maintenance;
import io.carillon.launcher.Ledger.Reckoning;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The judgement over a demo: a function of what the databases say. Immutable.
 *
 * @param lines the table, for people
 * @param faults why it did not pass; empty when it passed
 */
record Verdict(List<String> lines, List<String> faults) {

    /** Whether every line holds. */
    boolean passed() {
        return faults.isEmpty();
    }

    /**
     * Judges.
     *
     * @param mustFire whether every maintenance job must have fired and found work (the short schedules)
     * @param mustFailOver whether processes were killed, so that sharding items must have changed hands
     */
    static Verdict of(Reckoning facts, boolean mustFire, boolean mustFailOver) {
        List<String> lines = new ArrayList<>();
        List<String> faults = new ArrayList<>();
        lines.add("orders and messages");
        lines.add(
                count("orders committed", facts.orders(), check(faults, facts.orders() > 0, "no order was committed")));
        lines.add(count(
                "messages closed",
                facts.closed(),
                check(faults, facts.closed() == facts.orders(), "messages closed is not orders committed")));
        lines.add(count(
                "effects applied",
                facts.effects(),
                check(faults, facts.effects() == facts.orders(), "effects applied is not orders committed")));
        lines.add(zero(faults, "lost", facts.lost()));
        lines.add(zero(faults, "doubled", facts.doubled()));
        lines.add(zero(faults, "effects without an order", facts.phantom()));
        lines.add(zero(faults, "stuck", facts.stuck()));
        lines.add(zero(faults, "dead", facts.dead()));
        lines.add("");
        lines.add(String.format(
                Locale.ROOT,
                "%-34s %6s %11s %8s %12s",
                "maintenance jobs",
                "fired",
                "shards run",
                "handled",
                "left behind"));
        for (Map.Entry<Maintenance, JobWork> entry : facts.jobs().entrySet()) {
            String title = entry.getKey().title;
            JobWork work = entry.getValue();
            int before = faults.size();
            check(faults, work.leftBehind() == 0, title + ": left behind " + work.leftBehind());
            check(faults, !mustFire || work.fired() > 0, title + ": never fired");
            check(faults, !mustFire || work.handled() > 0, title + ": handled nothing");
            boolean good = faults.size() == before;
            lines.add(String.format(
                    Locale.ROOT,
                    "  %-32s %6d %11d %8d %12d  %s",
                    title,
                    work.fired(),
                    work.shardsRun(),
                    work.handled(),
                    work.leftBehind(),
                    mark(good)));
        }
        lines.add("");
        lines.add(count(
                "failovers seen",
                facts.failovers().size(),
                check(faults, !mustFailOver || !facts.failovers().isEmpty(), "no sharding item changed hands")));
        for (Failover failover : facts.failovers().stream().limit(6).toList()) {
            lines.add(String.format(
                    Locale.ROOT,
                    "    %s item %d: %s -> %s",
                    failover.jobName(),
                    failover.item(),
                    failover.from(),
                    failover.to()));
        }
        return new Verdict(List.copyOf(lines), List.copyOf(faults));
    }

    /** What is still to be done before a judgement makes sense, in words; empty when nothing is. */
    static String open(Reckoning facts) {
        List<String> open = new ArrayList<>();
        if (facts.lost() > 0) {
            open.add(facts.lost() + " effects");
        }
        if (facts.stuck() > 0) {
            open.add(facts.stuck() + " messages");
        }
        facts.jobs().forEach((job, work) -> {
            if (work.leftBehind() > 0) {
                open.add(work.leftBehind() + " for '" + job.title + "'");
            }
        });
        return String.join(", ", open);
    }

    private static String zero(List<String> faults, String name, long value) {
        return count(name, value, check(faults, value == 0, name + " is not 0"));
    }

    private static String count(String name, long value, boolean good) {
        return String.format(Locale.ROOT, "  %-32s %6d  %s", name, value, mark(good));
    }

    private static String mark(boolean good) {
        return good ? "ok" : "FAULT";
    }

    private static boolean check(List<String> faults, boolean holds, String fault) {
        if (!holds) {
            faults.add(fault);
        }
        return holds;
    }
}
