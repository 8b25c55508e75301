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

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.jobs.history.Decision;
import io.carillon.jobs.model.WhyNot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** How reasons become records. */
class SayWhyTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private Instant now = START;
    private final List<Decision> written = new ArrayList<>();
    private final SayWhy why = new SayWhy("job", "a", () -> now, written::add);

    private Instant at(int second) {
        now = START.plusSeconds(second);
        return now;
    }

    private List<Decision> records() {
        Map<UUID, Decision> records = new LinkedHashMap<>();
        written.forEach(decision -> records.put(decision.id(), decision));
        return List.copyOf(records.values());
    }

    @Test
    void aReasonThatHoldsForAnHourIsOneRecordThatIsRarelyWritten() {
        for (int second = 0; second <= 3600; second++) {
            why.say(at(second), WhyNot.NO_ITEMS);
        }
        assertThat(records()).hasSize(1);
        assertThat(written.size()).isLessThan(15);
        Decision last = written.get(written.size() - 1);
        assertThat(last.isAbout(now))
                .as("it speaks for what comes until it is written again")
                .isTrue();
        why.runs(List.of(0));
        Decision ended = written.get(written.size() - 1);
        assertThat(ended.firings()).isEqualTo(3601);
        assertThat(ended.lastDue()).isEqualTo(now);
        assertThat(ended.ended()).isTrue();
    }

    @Test
    void whatIsFoundAgainForTheSameFiringIsNotWrittenAgain() {
        Instant due = at(0);
        for (int second = 0; second < 60; second++) {
            at(second);
            why.say(due, WhyNot.WAITS_FOR_ITEM, 3, "b");
        }
        assertThat(written).hasSize(1);
        assertThat(written.get(0).text()).contains("item 3").contains("'b'");
    }

    @Test
    void anotherArgumentIsAnotherRecord() {
        why.say(at(1), WhyNot.WAITS_FOR_ITEM, 3, "b");
        why.say(at(2), WhyNot.WAITS_FOR_ITEM, 4, "b");
        assertThat(records()).extracting(Decision::ended).containsExactly(true, false);
    }

    @Test
    void aNewReasonEndsTheOldOneOfTheSameItemOnly() {
        why.item(0, at(1), WhyNot.ITEM_DISABLED);
        why.item(1, at(1), WhyNot.ITEM_DISABLED);
        why.item(0, at(2), WhyNot.ITEM_RUNS_ELSEWHERE, "b");
        assertThat(records())
                .extracting(decision -> decision.item() + " " + decision.reason() + " " + decision.ended())
                .containsExactly("0 ITEM_DISABLED true", "1 ITEM_DISABLED false", "0 ITEM_RUNS_ELSEWHERE false");
    }

    @Test
    void firingsThatAreMergedWhileOneWaitsAreOneRecordBesideTheReasonForWaiting() {
        why.say(at(0), WhyNot.WAITS_FOR_DEAL, "b");
        for (int second = 1; second <= 5; second++) {
            why.say(START.plusSeconds(second - 1), WhyNot.MERGED, START.plusSeconds(second));
            why.say(at(second), WhyNot.WAITS_FOR_DEAL, "b");
        }
        assertThat(records()).extracting(Decision::reason).containsExactly(WhyNot.WAITS_FOR_DEAL, WhyNot.MERGED);
        why.runs(List.of());
        assertThat(records()).allMatch(Decision::ended);
        assertThat(records()).extracting(Decision::firings).containsExactly(6L, 5L);
        assertThat(records().get(1).text()).contains("00:00:05Z");
    }

    @Test
    void whatIsSaidOfAnEarlierFiringThanThoseOfAnOpenReasonIsARecordOfItsOwn() {
        why.range(Decision.ALL, at(4), START.plusSeconds(5), WhyNot.MERGED, START.plusSeconds(6));
        at(7);
        why.say(START.plusSeconds(2), WhyNot.MERGED, START.plusSeconds(7));
        assertThat(records())
                .extracting(Decision::firstDue)
                .containsExactly(START.plusSeconds(4), START.plusSeconds(2));
        assertThat(records()).extracting(Decision::ended).containsExactly(false, true);
        why.say(START.plusSeconds(2), WhyNot.WAITS_FOR_DEAL, "b");
        why.say(START.plusSeconds(1), WhyNot.WAITS_FOR_DEAL, "b");
        assertThat(records().get(records().size() - 1).firstDue()).isEqualTo(START.plusSeconds(1));
        assertThat(records().get(records().size() - 1).ended()).isFalse();
    }

    @Test
    void aFiringThatWaitsGoesOnWaitingWhenALaterOneIsNotMadeUpFor() {
        why.say(at(0), WhyNot.CLAIM_GIVEN_BACK);
        why.say(at(2), WhyNot.MISFIRE_OFF, START);
        assertThat(records()).extracting(Decision::ended).containsExactly(false, false);
        why.runs(List.of(0));
        assertThat(records()).allMatch(Decision::ended);
    }

    @Test
    void leavingEndsAll() {
        why.say(at(1), WhyNot.NO_ITEMS);
        why.item(0, at(1), WhyNot.ITEM_DISABLED);
        why.leaves();
        assertThat(records()).hasSize(2).allMatch(Decision::ended);
    }
}
