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
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.carillon.console.ShownSettings;
import io.carillon.console.access.Role;
import io.carillon.console.ask.AlarmDesk;
import io.carillon.console.ask.CompareFilter;
import io.carillon.console.ask.WhatIf;
import io.carillon.console.command.Settings;
import io.carillon.console.command.Trail;
import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.alarms.Announcement;
import io.carillon.jobs.alarms.Finding;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.model.WhyNot;
import io.carillon.jobs.operations.ClusterCopy;
import io.carillon.jobs.operations.HealthReason;
import io.carillon.jobs.operations.HealthReason.Code;
import io.carillon.jobs.operations.JobMoves;
import io.carillon.jobs.operations.JobQueries.Health;
import io.carillon.jobs.operations.JobRequests;
import io.carillon.jobs.operations.RegistryTree;
import io.carillon.jobs.requests.JobRequest;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.operations.MessageCommands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TextsTest {
    @Test
    void allLanguagesHaveTheSameKeysWithTheSamePlaceholders() {
        for (Texts texts : Texts.all()) {
            assertThat(texts.patterns().keySet())
                    .as(texts.language())
                    .isEqualTo(Texts.ENGLISH.patterns().keySet());
            texts.patterns().forEach((key, pattern) -> {
                assertThat(placeholders(pattern))
                        .as(texts.language() + " " + key)
                        .isEqualTo(placeholders(Texts.ENGLISH.patterns().get(key)));
                assertThat(pattern).as(key).isNotBlank();
                assertThat(texts.get(key, 1, 2, 3, 4))
                        .as("a quote that is not doubled eats a placeholder: " + key)
                        .doesNotContain("{");
            });
        }
    }

    @Test
    void everyConstantThatPagesShowHasAText() {
        for (Health.Level level : Health.Level.values()) {
            assertThat(Texts.ENGLISH.of("health", level)).isNotBlank();
        }
        for (RunRecord.Outcome outcome : RunRecord.Outcome.values()) {
            assertThat(Texts.ENGLISH.of("outcome", outcome)).isNotBlank();
        }
        for (WhyNot why : WhyNot.values()) {
            assertThat(Texts.ENGLISH.of("why", why)).isNotBlank();
        }
        for (Settings.Field field : Settings.ALL) {
            assertThat(Texts.ENGLISH.has("setting." + field.name()))
                    .as(field.name())
                    .isTrue();
            assertThat(Texts.ENGLISH.has("settingHint." + field.name()))
                    .as(field.name())
                    .isTrue();
        }
        for (JobRequest.State state : JobRequest.State.values()) {
            assertThat(Texts.ENGLISH.of("requestState", state)).isNotBlank();
        }
        for (JobRequests.WaitsFor waits : JobRequests.WaitsFor.values()) {
            assertThat(Texts.ENGLISH.of("requestWaits", waits)).isNotBlank();
        }
        for (RunRecord.Source source : RunRecord.Source.values()) {
            assertThat(Texts.ENGLISH.of("source", source)).isNotBlank();
        }
        for (HealthReason.Code code : HealthReason.Code.values()) {
            assertThat(Texts.ENGLISH.has("reason." + code.name()))
                    .as(code.name())
                    .isTrue();
            assertThat(Texts.ENGLISH.has("alarm.next." + code.name()))
                    .as(code.name())
                    .isTrue();
        }
        for (AlarmDesk.Setting setting : AlarmDesk.Setting.values()) {
            assertThat(setting == AlarmDesk.Setting.TOLD || Texts.ENGLISH.has("alarms.setting." + setting))
                    .isTrue();
        }
        for (WhatIf.Fate fate : WhatIf.Fate.values()) {
            assertThat(Texts.ENGLISH.has("fate." + fate.key())).isTrue();
        }
        for (Finding.Code code : Finding.Code.values()) {
            assertThat(Texts.ENGLISH.has("alarm.reason." + code.name()))
                    .as(code.name())
                    .isTrue();
            assertThat(Texts.ENGLISH.has("alarm.next." + code.name()))
                    .as(code.name())
                    .isTrue();
        }
        for (Announcement.What what : Announcement.What.values()) {
            assertThat(Texts.ENGLISH.of("alarm.title", what)).isNotBlank();
        }
        for (CompareFilter.Kind kind : CompareFilter.Kind.values()) {
            assertThat(Texts.ENGLISH.has("compare." + kind.key()))
                    .as(kind.name())
                    .isTrue();
        }
        for (ClusterCopy.Step step : ClusterCopy.Step.values()) {
            assertThat(Texts.ENGLISH.of("importStep", step)).isNotBlank();
        }
        for (RegistryTree.Kind kind : RegistryTree.Kind.values()) {
            assertThat(Texts.ENGLISH.of("node", kind)).isNotBlank();
        }
        for (Trail.Ended ended : Trail.Ended.values()) {
            assertThat(Texts.ENGLISH.of("ended", ended)).isNotBlank();
        }
        for (ShownSettings.About about : ShownSettings.About.values()) {
            assertThat(Texts.ENGLISH.of("settings", about)).isNotBlank();
            assertThat(Texts.ENGLISH.of("settingsHint", about)).isNotBlank();
        }
        for (Role role : Role.values()) {
            assertThat(Texts.ENGLISH.get("role." + role.key())).isNotBlank();
        }
        for (MessageState state : MessageState.values()) {
            assertThat(state == MessageState.UNKNOWN || Texts.ENGLISH.has("state." + state.name()))
                    .isTrue();
        }
    }

    @Test
    void everyCodeOfTheEngineIsSaidInBothLanguagesAndInChineseNotInEnglish() {
        Map<String, Enum<?>[]> codes = new LinkedHashMap<>();
        codes.put("reason", HealthReason.Code.values());
        codes.put("reasonName", HealthReason.Code.values());
        codes.put("why", WhyNot.values());
        codes.put("alarm.reason", Finding.Code.values());
        codes.put("alarm.next", Finding.Code.values());
        codes.put("health", Health.Level.values());
        codes.put("outcome", RunRecord.Outcome.values());
        codes.put("source", RunRecord.Source.values());
        codes.put("requestState", JobRequest.State.values());
        codes.put("requestWaits", JobRequests.WaitsFor.values());
        codes.put("node", RegistryTree.Kind.values());
        codes.put("ended", Trail.Ended.values());
        codes.put("became", MessageCommands.Outcome.values());
        codes.put("alarms.what", Announcement.What.values());
        codes.put("alarms.state", Announcement.State.values());
        codes.put("moves.verb", JobMoves.Verb.values());
        codes.put("moves.why", JobMoves.Verb.values());
        codes.put("moves.next", JobMoves.Verb.values());
        codes.put("moves.unknown", JobMoves.Unforetold.values());
        codes.forEach((prefix, constants) -> {
            for (Enum<?> constant : constants) {
                String key = prefix + "." + constant.name();
                if (constant == MessageCommands.Outcome.DONE) {
                    continue; // said for each command by itself
                }
                assertThat(Texts.ENGLISH.has(key)).as(key).isTrue();
                assertThat(Texts.CHINESE.has(key)).as(key).isTrue();
                assertThat(Texts.CHINESE.patterns().get(key))
                        .as(key)
                        .isNotEqualTo(Texts.ENGLISH.patterns().get(key))
                        .containsPattern("\\p{IsHan}");
            }
        });
        Texts.ENGLISH.keys("said.").forEach(key -> assertThat(
                        Texts.CHINESE.patterns().get(key))
                .as(key)
                .isNotEqualTo(Texts.ENGLISH.patterns().get(key)));
    }

    @Test
    void refusalsOfTheEngineAreSaidInTheReadersLanguageWithTheirNamesAndValues() {
        JobConfiguration job =
                JobConfiguration.newBuilder("billing", 3).cron("0 0 1 * * ?").build();
        Map<String, String> bad = new LinkedHashMap<>();
        bad.put("shardingTotalCount", "three");
        bad.put("cron", "often");
        bad.put("timeZone", "Mars/Base");
        bad.put("shardingItemParameters", "0=a,9=b");
        bad.put("props", "novalue");
        bad.forEach((setting, value) -> {
            InvalidSettingException refused = catchThrowableOfType(
                    InvalidSettingException.class, () -> Settings.with(job, Map.of(setting, value)));
            assertThat(refused).as(setting).isNotNull();
            assertThat(Texts.ENGLISH.said(refused.problem())).isEqualTo(refused.problem());
            assertThat(Texts.CHINESE.said(refused.problem()))
                    .as(refused.problem())
                    .startsWith(setting + "：")
                    .contains(value, "（应为：")
                    .doesNotContain("expected");
            String whole = Texts.CHINESE.get("problem.invalid.text", String.valueOf(refused.getMessage()));
            assertThat(whole).as(refused.getMessage()).contains("。").doesNotContainPattern("[a-z]+ [a-z]+ [a-z]+");
        });
        for (String[] prop : new String[][] {
            {"carillon.retry.max", "-1"},
            {"carillon.dst", "NEVER"}
        }) {
            InvalidSettingException refused = catchThrowableOfType(
                    InvalidSettingException.class, () -> Settings.with(job, Map.of("props", prop[0] + "=" + prop[1])));
            assertThat(refused).as(prop[0]).isNotNull();
            assertThat(Texts.CHINESE.said(String.valueOf(refused.getMessage())))
                    .contains("（应为：", "。")
                    .doesNotContainPattern("[a-z]+ [a-z]+ [a-z]+");
        }
        assertThat(Texts.CHINESE.get(
                        "problem.gone.text",
                        "job: 'x (y)' (expected: a job of namespace 'shop'). Nothing was changed; check the name."))
                .isEqualTo("job：'x (y)'（应为：命名空间“shop”中的作业）。未做任何更改；请检查名称。");
        assertThat(Texts.CHINESE.said("gave up after 12 attempts: no route to host"))
                .isEqualTo("尝试 12 次后放弃：no route to host");
        assertThat(Texts.CHINESE.said("java.lang.IllegalStateException: points are locked"))
                .as("what is not known stays as it is")
                .isEqualTo("java.lang.IllegalStateException: points are locked");
        assertThat(Texts.CHINESE.said("size: 9 (expected: something new). Do something new."))
                .as("of what is new, the shape is known")
                .isEqualTo("size：9（应为：something new）。 Do something new.");
        assertThat(Texts.CHINESE.get("reason.LAST_FAILED", "a: b (expected: a whole number)."))
                .as("what a job says is the user's")
                .contains("a: b (expected: a whole number).");
    }

    @Test
    void everyKeyOfTheTemplatesExistsAndEveryTextIsUsed() throws IOException {
        StringBuilder sources = new StringBuilder();
        for (String folder : new String[] {"src/main/jte", "src/main/java"}) {
            try (Stream<Path> files = Files.walk(Path.of(folder))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    sources.append(Files.readString(file));
                }
            }
        }
        Set<String> quoted = new TreeSet<>();
        Matcher matcher = Pattern.compile("\"([a-zA-Z]+(?:\\.[a-zA-Z-]+)*)\"").matcher(sources);
        while (matcher.find()) {
            quoted.add(matcher.group(1));
        }
        Set<String> prefixes = Set.of(
                "theme.",
                "threshold.",
                "compare.",
                "importStep.",
                "health.",
                "outcome.",
                "source.",
                "state.",
                "reason.",
                "problem.",
                "command.",
                "effect.",
                "done.",
                "tab.",
                "keys.",
                "cell.",
                "requestKind.",
                "requestState.",
                "requestWaits.",
                "timeline.range.",
                "firing.",
                "fate.",
                "mark.",
                "changeEffect.",
                "runFate.",
                "setting.",
                "settingHint.",
                "reasonName.",
                "why.",
                "ended.",
                "node.",
                "role.",
                "settings.",
                "settingsHint.",
                "stateMeaning.",
                "confirmation.",
                "payload.",
                "deadBy.",
                "entry.",
                "kind.",
                "kindNone.",
                "became.",
                "would.",
                "said.",
                "alarms.",
                "moves.",
                "alarm.");
        Set<String> used = Texts.ENGLISH.patterns().keySet().stream()
                .filter(key -> quoted.contains(key) || prefixes.stream().anyMatch(key::startsWith))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(used).isEqualTo(new TreeSet<>(Texts.ENGLISH.patterns().keySet()));

        Matcher calls = Pattern.compile("\\bt\\(\"([^\"]+)\"[,)]").matcher(sources);
        while (calls.find()) {
            assertThat(Texts.ENGLISH.has(calls.group(1))).as(calls.group(1)).isTrue();
        }
    }

    @Test
    void noTemplateHasATextOfItsOwn() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/main/jte"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String source = Files.readString(file);
                assertThat(source)
                        .as(file + ": attributes that people read")
                        .doesNotContainPattern("(title|alt|aria-label|placeholder|label)=\"[^\"$]*[A-Za-z]");
                String left = source.replaceAll("(?m)^(@import|@param|!\\{).*$", "")
                        .replaceAll("@template\\.layout\\(.*content = @`", "");
                // innermost parentheses and braces first, until none is left
                for (String before = ""; !before.equals(left); ) {
                    before = left;
                    left = left.replaceAll("\\$?\\{[^{}]*}", "").replaceAll("\\([^()]*\\)", "");
                }
                left = left.replaceAll("!?@[a-z.]+", "")
                        .replaceAll("<[^<>]*>", "")
                        .replace("`)", "");
                assertThat(left).as(file.toString()).doesNotContainPattern("[A-Za-z]");
            }
        }
    }

    @Test
    void timesAndDurationsReadWellInBothLanguages() {
        Instant now = Instant.parse("2026-03-29T00:30:00Z");
        Formats english = new Formats(Texts.ENGLISH, ZoneId.of("Europe/Berlin"), now);
        assertThat(english.time(now)).isEqualTo("01:30:00 UTC+1");
        assertThat(english.time(now.plusSeconds(3_600)))
                .as("the clock was put forward")
                .isEqualTo("03:30:00 UTC+2");
        assertThat(english.time(now.plusSeconds(86_400))).isEqualTo("2026-03-30 02:30:00 UTC+2");
        assertThat(english.timeUnparted(now.plusSeconds(86_400)))
                .as("a line may break after the date only")
                .isEqualTo("2026-03-30 02:30:00\u00a0UTC+2");
        assertThat(english.timeInOtherZone(now, "Asia/Kolkata")).isEqualTo("06:00:00 UTC+5:30");
        assertThat(english.timeInOtherZone(now, "Africa/Algiers"))
                .as("same offset")
                .isNull();
        assertThat(english.timeInOtherZone(now, "no/zone")).isNull();
        assertThat(english.zone()).isEqualTo("Europe/Berlin (UTC+1)");
        assertThat(new Formats(Texts.ENGLISH, ZoneId.of("UTC"), now).zone()).isEqualTo("UTC");
        assertThat(english.relative(now)).isEqualTo("now");
        assertThat(english.relative(now.plusSeconds(90))).isEqualTo("in 1 min 30 s");
        assertThat(english.relative(now.minusSeconds(7_200))).isEqualTo("2 h ago");
        assertThat(english.rough(Duration.ofMillis(842))).isEqualTo("842 ms");
        assertThat(english.rough(Duration.ofMillis(1_840))).isEqualTo("1.8 s");
        Formats chinese = new Formats(Texts.CHINESE, ZoneId.of("Asia/Shanghai"), now);
        assertThat(chinese.relative(now.plusSeconds(90))).isEqualTo("1 分 30 秒后");
        assertThat(chinese.time(now)).isEqualTo("08:30:00 UTC+8");
        assertThat(Texts.firstOf(java.util.List.of(Locale.GERMAN, Locale.TAIWAN))
                        .language())
                .isEqualTo("zh-CN");
    }

    @Test
    void healthReasonsAreSaidInTheReadersLanguageAndZone() {
        Instant now = Instant.parse("2026-11-22T10:15:30Z");
        Formats chinese = new Formats(Texts.CHINESE, ZoneId.of("Asia/Shanghai"), now);
        assertThat(chinese.reason(HealthReason.of(Code.UNOWNED, 2, 3))).isEqualTo("3 个分片中有 2 个没有在线的归属实例。");
        assertThat(chinese.reason(HealthReason.of(Code.LATE, "2026-11-22T10:00:00Z")))
                .isEqualTo("延迟：应于 18:00:00 UTC+8 执行。");
        assertThat(chinese.reason(HealthReason.of(Code.LAST_FAILED, "java.lang.Error: {0} it''s")))
                .isEqualTo("最近一次已知执行失败：java.lang.Error: {0} it''s");
        for (Code code : Code.values()) {
            assertThat(Texts.ENGLISH.has("reason." + code)).as(code.name()).isTrue();
            assertThat(Texts.CHINESE.has("reason." + code)).as(code.name()).isTrue();
            assertThat(Texts.ENGLISH.has("reasonName." + code)).as(code.name()).isTrue();
        }
    }

    private static Set<String> placeholders(String pattern) {
        return Pattern.compile("\\{([0-9])")
                .matcher(pattern)
                .results()
                .map(result -> result.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
