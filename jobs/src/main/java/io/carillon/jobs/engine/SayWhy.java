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

import io.carillon.jobs.history.Decision;
import io.carillon.jobs.model.WhyNot;
import io.carillon.jobs.model.WhyNot.Kind;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Records why a job's firings do not run here, or wait. Confined to the job loop.
 *
 * <p>A reason that is found again for the next firing goes on in the same record. The record is written when the reason is
 * first found, when it has ended, and in between at times that are ever further apart, so that a job that fires each second
 * and has nothing to do here writes next to nothing.
 */
final class SayWhy {

    private final String job;
    private final String instance;
    private final InstantSource time;
    private final Consumer<Decision> observer;
    private final Map<Key, Spell> open = new HashMap<>();

    private record Key(int item, WhyNot reason) {}

    /** A reason that still holds; {@code written} is what the record says so far. */
    private static final class Spell {
        private final Decision written;
        private List<String> arguments;
        private Instant lastDue;
        private long firings;

        Spell(Decision written) {
            this.written = written;
            this.arguments = written.arguments();
            this.lastDue = written.lastDue();
            this.firings = written.firings();
        }
    }

    SayWhy(String job, String instance, InstantSource time, Consumer<Decision> observer) {
        this.job = job;
        this.instance = instance;
        this.time = time;
        this.observer = observer;
    }

    /** Of a whole firing. */
    void say(Instant due, WhyNot reason, Object... arguments) {
        item(Decision.ALL, due, reason, arguments);
    }

    /** Of one item of a firing. */
    void item(int item, Instant due, WhyNot reason, Object... arguments) {
        range(item, due, due, reason, arguments);
    }

    /**
     * Of several firings in a row, or of one.
     *
     * @param last the planned time of the last of them, or any time before the next one
     */
    void range(int item, Instant first, Instant last, WhyNot reason, Object... arguments) {
        List<String> texts = Arrays.stream(arguments).map(String::valueOf).toList();
        Instant now = time.instant();
        Key key = new Key(item, reason);
        Spell spell = open.get(key);
        // a merged firing names the one that stands for it, which is another each time
        boolean same = spell != null
                && (reason == WhyNot.MERGED || spell.written.arguments().equals(texts));
        if (spell != null && !same) {
            end(key, spell, now);
            spell = null;
        }
        if (!isOfLaterFiring(reason) && reason.kind() != Kind.NOTE) {
            endOthers(item, first, reason, now);
        }
        if (spell != null && first.isBefore(spell.written.firstDue())) {
            if (reason.kind() != Kind.WAITING) {
                // said of a firing that had waited longer than those of the spell
                observer.accept(new Decision(
                        UUID.randomUUID(), job, item, instance, reason, texts, first, last, 1, now, now, true));
                return;
            }
            end(key, spell, now);
            spell = null;
        }
        if (spell == null) {
            Decision said = new Decision(
                    UUID.randomUUID(), job, item, instance, reason, texts, first, last, 1, now, now, false);
            observer.accept(said);
            open.put(key, new Spell(said));
            return;
        }
        if (last.isAfter(spell.lastDue)) {
            spell.arguments = texts;
            spell.lastDue = last;
            spell.firings++;
            if (!now.isBefore(spell.written.nextRefresh())) {
                Decision again = changed(spell, now, false);
                observer.accept(again);
                open.put(key, new Spell(again));
            }
        }
    }

    /** Said of a firing while an earlier one is under way: what holds for that one goes on. */
    private static boolean isOfLaterFiring(WhyNot reason) {
        return reason == WhyNot.MERGED || reason == WhyNot.MISFIRE_OFF || reason == WhyNot.SKIPPED;
    }

    private static Decision changed(Spell spell, Instant to, boolean ended) {
        Decision old = spell.written;
        return new Decision(
                old.id(),
                old.jobName(),
                old.item(),
                old.instance(),
                old.reason(),
                spell.arguments,
                old.firstDue(),
                spell.lastDue,
                spell.firings,
                old.from(),
                to,
                ended);
    }

    /** What was true of earlier firings, of the same item, is no more when something else is. */
    private void endOthers(int item, Instant due, WhyNot reason, Instant now) {
        if (open.isEmpty()) {
            return;
        }
        for (Map.Entry<Key, Spell> other : List.copyOf(open.entrySet())) {
            Key key = other.getKey();
            if (key.item == item
                    && key.reason != reason
                    && other.getValue().lastDue.isBefore(due)) {
                boolean waited = key.reason.kind() == Kind.WAITING || key.reason == WhyNot.MERGED;
                boolean keeps = waited && reason.kind() == Kind.WAITING;
                if (!keeps) {
                    end(key, other.getValue(), now);
                }
            }
        }
    }

    /** A firing has claimed items: what kept it, or earlier ones, from it holds no more. */
    void runs(List<Integer> items) {
        if (open.isEmpty()) {
            return;
        }
        Instant now = time.instant();
        for (Map.Entry<Key, Spell> each : new ArrayList<>(open.entrySet())) {
            int item = each.getKey().item;
            if (item == Decision.ALL || items.contains(item)) {
                end(each.getKey(), each.getValue(), now);
            }
        }
    }

    /** This instance leaves the job. */
    void leaves() {
        Instant now = time.instant();
        List.copyOf(open.entrySet()).forEach(each -> end(each.getKey(), each.getValue(), now));
    }

    private void end(Key key, Spell spell, Instant now) {
        open.remove(key);
        observer.accept(changed(spell, now, true));
    }
}
