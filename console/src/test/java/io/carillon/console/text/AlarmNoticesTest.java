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
package io.carillon.console.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.console.text.AlarmNotices.Said;
import io.carillon.jobs.alarms.Announcement;
import io.carillon.jobs.alarms.Announcement.State;
import io.carillon.jobs.alarms.Announcement.What;
import io.carillon.jobs.alarms.Finding.Severity;
import io.carillon.jobs.alarms.Finding.Subject;
import io.carillon.jobs.alarms.Finding.Symptom;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class AlarmNoticesTest {
    private static final Instant SINCE = Instant.parse("2026-03-02T04:00:00Z");
    private static final ZoneId SHANGHAI = ZoneId.of("Asia/Shanghai");

    private final AlarmNotices english = new AlarmNotices(List.of(Texts.ENGLISH), SHANGHAI, "https://jobs.example.com");

    private static Announcement announcement(What what, Subject subject, Symptom... symptoms) {
        return new Announcement(
                new UUID(0, 1),
                new UUID(0, 2),
                "ops",
                what,
                subject,
                Severity.BAD,
                List.of(symptoms),
                SINCE,
                SINCE.plusSeconds(90),
                State.PENDING,
                0,
                SINCE,
                null,
                null);
    }

    private static final Symptom LATE = new Symptom("LATE", List.of("2026-03-02T03:59:00Z"));
    private static final Symptom SPARE = new Symptom("NO_SPARE", List.of());

    @Test
    void anAlarmSaysWhoWhatSinceWhenAndWhatToDoNext() {
        Said said = english.say(announcement(What.OPENED, Subject.job("shop", "bill all"), LATE, SPARE));
        assertThat(said.title())
                .isEqualTo("[Bad] Job bill all (shop): Late: a run was due at 2026-03-02 11:59:00 UTC+8.");
        assertThat(said.text()).isEqualTo("""
                        - Late: a run was due at 2026-03-02 11:59:00 UTC+8.
                        - No spare: one instance is online, and nobody takes over from it.
                        Since 2026-03-02 12:00:00 UTC+8
                        Next step: Ask why it did not run: the job's page, or ./carillon why. See whether its instances are alive.
                        Console: https://jobs.example.com/clusters/shop/jobs/bill%20all""");
        assertThat(said.facts())
                .containsEntry("what", "OPENED")
                .containsEntry("severity", "BAD")
                .containsEntry("reasons", "LATE,NO_SPARE")
                .containsEntry("cluster", "shop")
                .containsEntry("name", "bill all")
                .containsEntry("since", "2026-03-02T04:00:00Z");
    }

    @Test
    void inChineseTheSameIsSaid() {
        Said said = new AlarmNotices(List.of(Texts.CHINESE), SHANGHAI, "")
                .say(announcement(What.OPENED, Subject.job("shop", "bill"), LATE));
        assertThat(said.title()).isEqualTo("[异常] 作业 bill（shop）：延迟：应于 2026-03-02 11:59:00 UTC+8 执行。");
        assertThat(said.text())
                .contains("自 2026-03-02 12:00:00 UTC+8 起", "下一步：查询没有执行的原因")
                .doesNotContain("控制台");
    }

    @Test
    void withTwoLanguagesEverythingIsSaidTwice() {
        Said said = new AlarmNotices(Texts.all(), SHANGHAI, "https://x")
                .say(announcement(What.RECOVERED, Subject.store("orders"), new Symptom("MESSAGES_DEAD", List.of("3"))));
        assertThat(said.title()).isEqualTo("[Recovered] Message store orders / [已恢复] 消息库 orders");
        assertThat(said.text())
                .contains("It began at 2026-03-02 12:00:00 UTC+8 and was over at 2026-03-02 12:01:30 UTC+8.")
                .contains("3 messages are dead", "有 3 条死信", "https://x/");
    }

    @Test
    void aSummaryNamesWhatItCoversAndSaysHowMuchMoreThereIs() {
        List<Symptom> covered = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            covered.add(new Symptom("OPENED", List.of("JOB", "shop", "job-" + i)));
        }
        Said said =
                english.say(announcement(What.SUMMARY, Subject.job("shop", "job-0"), covered.toArray(Symptom[]::new)));
        assertThat(said.title()).isEqualTo("[Summary] 32 alarms that were not told one by one");
        assertThat(said.text().lines()).hasSize(32);
        assertThat(said.text()).contains("- began: Job job-29 (shop)", "and 2 more");
    }

    @Test
    void aCodeOfANewerVersionIsSaidAsItIs() {
        Said said =
                english.say(announcement(What.LASTS, Subject.cluster("shop"), new Symptom("BRAND_NEW", List.of("x"))));
        assertThat(said.title()).isEqualTo("[Bad] Cluster shop, still: brand_new [x]");
        assertThat(said.text()).contains("Open the console and read the reasons.", "/clusters/shop");
    }
}
