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

import io.carillon.console.text.Texts;
import io.carillon.jobs.alarms.AlarmRules;
import io.carillon.jobs.alarms.AlarmRules.Channel;
import io.carillon.jobs.alarms.AlarmRules.QuietHours;
import io.carillon.jobs.alarms.DecideAlarms;
import io.carillon.jobs.alarms.Finding.Severity;
import io.carillon.jobs.operations.HealthReason;
import io.carillon.notify.DingTalkNotifier;
import io.carillon.notify.FeishuNotifier;
import io.carillon.notify.MailNotifier;
import io.carillon.notify.Notifier;
import io.carillon.notify.SlackNotifier;
import io.carillon.notify.WeComNotifier;
import io.carillon.notify.WebhookNotifier;
import io.carillon.spring.InvalidPropertyException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties {@code carillon.alarms.*}: who is told of what is not well. Immutable.
 *
 * @param enabled whether anybody is told; the metrics are there without it
 * @param every how often everything is looked at, 1 s to 10 min
 * @param openAfter how long something must be wrong before it is spoken of, 0 to 24 h
 * @param recoverAfter how long everything must be well before it is over, 0 to 24 h
 * @param ignore health reasons that raise no alarm
 * @param consoleUrl the console's address as people reach it, for links; empty for none
 * @param messages from when on message stores are not well
 * @param quiet hours in which nothing is said, for channels without hours of their own
 * @param channels who is told, by name
 */
@ConfigurationProperties(prefix = "carillon.alarms", ignoreUnknownFields = false)
public record AlarmProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("15s") Duration every,
        @DefaultValue("1m") Duration openAfter,
        @DefaultValue("2m") Duration recoverAfter,

        @DefaultValue({"NO_SPARE", "NEVER_FIRES", "PEERS_ZONE", "HISTORY_UNKNOWN"})
        List<HealthReason.Code> ignore,

        @DefaultValue("") String consoleUrl,
        @DefaultValue Messages messages,
        @DefaultValue Quiet quiet,
        @DefaultValue Map<String, ChannelSettings> channels) {

    private static final String PREFIX = "carillon.alarms.";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,63}");
    private static final Duration DAY = Duration.ofHours(24);

    public AlarmProperties {
        within(PREFIX + "every", every, Duration.ofSeconds(1), Duration.ofMinutes(10));
        within(PREFIX + "open-after", openAfter, Duration.ZERO, DAY);
        within(PREFIX + "recover-after", recoverAfter, Duration.ZERO, DAY);
        ignore = List.copyOf(ignore);
        consoleUrl = consoleUrl.replaceAll("/+$", "");
        if (!consoleUrl.isEmpty()) {
            webAddress(PREFIX + "console-url", consoleUrl, consoleUrl);
        }
        within(PREFIX + "messages.wait", messages.waiting, Duration.ofSeconds(1), Duration.ofDays(365));
        within(PREFIX + "messages.overdue", messages.overdue, Duration.ofSeconds(1), Duration.ofDays(365));
        if (messages.dead < 1) {
            throw new InvalidPropertyException(
                    PREFIX + "messages.dead",
                    messages.dead,
                    "1 or more",
                    "Choose how many dead messages are too many.");
        }
        channels = new LinkedHashMap<>(channels);
        quiet.hours(PREFIX + "quiet");
        channels.forEach((name, settings) -> {
            if (!NAME.matcher(name).matches()) {
                throw new InvalidPropertyException(
                        PREFIX + "channels.<name>",
                        name,
                        "1 to 64 of letters, digits, '_', '-', a letter or digit first",
                        "Choose another name; it says in the store who was told.");
            }
            settings.check(PREFIX + "channels." + name + ".");
        });
    }

    /** Health reasons that raise no alarm. */
    Set<HealthReason.Code> ignored() {
        Set<HealthReason.Code> codes = EnumSet.noneOf(HealthReason.Code.class);
        codes.addAll(ignore);
        return codes;
    }

    /** When something is said, and to whom. */
    AlarmRules rules() {
        QuietHours common = quiet.hours(PREFIX + "quiet");
        return new AlarmRules(
                openAfter,
                recoverAfter,
                channels.entrySet().stream()
                        .map(channel -> channel.getValue().rules(channel.getKey(), common))
                        .toList());
    }

    private static void within(String property, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new InvalidPropertyException(
                    property, value, least + " to " + most, "Choose a value between, such as 1m.");
        }
    }

    private static URI webAddress(String property, String text, String shown) {
        try {
            URI uri = new URI(text);
            String scheme = uri.getScheme();
            if (uri.getHost() != null && ("https".equalsIgnoreCase(scheme) || "http".equalsIgnoreCase(scheme))) {
                return uri;
            }
        } catch (URISyntaxException e) {
            // said below, without the token that the exception's text would show
        }
        throw new InvalidPropertyException(
                property, shown, "an address such as https://host/path", "Correct the address.");
    }

    /**
     * The properties {@code carillon.alarms.messages.*}. Immutable.
     *
     * @param dead so many dead messages are bad
     * @param waiting an open message that is older is a warning
     * @param overdue a sent message without all confirmations that is older is a warning
     */
    public record Messages(
            @DefaultValue("1") long dead,
            @DefaultValue("15m") Duration waiting,
            @DefaultValue("1h") Duration overdue) {}

    /**
     * The properties {@code carillon.alarms.quiet.*}, and of a channel. Immutable.
     *
     * @param from such as 22:00; empty: no quiet hours
     * @param until such as 07:00
     * @param zone of both, such as Asia/Shanghai; empty: the system's
     * @param letsThrough BAD or WARNING: what is said all the same; empty: nothing
     */
    public record Quiet(
            @DefaultValue("") String from,
            @DefaultValue("") String until,
            @DefaultValue("") String zone,
            @Nullable Severity letsThrough) {

        @Nullable
        QuietHours hours(String property) {
            if (from.isEmpty() && until.isEmpty()) {
                return null;
            }
            LocalTime start = time(property + ".from", from);
            LocalTime end = time(property + ".until", until);
            if (start.equals(end)) {
                throw new InvalidPropertyException(
                        property + ".until",
                        until,
                        "another time than from",
                        "Nothing would ever be said; correct it.");
            }
            try {
                return new QuietHours(
                        start, end, zone.isEmpty() ? ZoneId.systemDefault() : ZoneId.of(zone), letsThrough);
            } catch (DateTimeException e) {
                throw new InvalidPropertyException(
                        property + ".zone", zone, "a zone such as Europe/Berlin or UTC", "Correct the zone.", e);
            }
        }

        private static LocalTime time(String property, String text) {
            try {
                return LocalTime.parse(text);
            } catch (DateTimeException e) {
                throw new InvalidPropertyException(
                        property, text, "a time such as 22:00", "Quiet hours need both from and until.", e);
            }
        }
    }

    /** What a channel is. */
    public enum Type {
        WEBHOOK,
        MAIL,
        DINGTALK,
        WECOM,
        FEISHU,
        SLACK
    }

    /** In which words. */
    public enum Language {
        EN,
        ZH_CN,
        BOTH;

        List<Texts> texts() {
            return switch (this) {
                case EN -> List.of(Texts.ENGLISH);
                case ZH_CN -> List.of(Texts.CHINESE);
                case BOTH -> Texts.all();
            };
        }
    }

    /**
     * The properties {@code carillon.alarms.channels.<name>.*}. Immutable.
     *
     * @param type webhook, mail, dingtalk, wecom, feishu or slack
     * @param language en, zh-cn or both
     * @param least tells of nothing less severe: WARNING or BAD
     * @param clusters names with {@code *}; empty: all
     * @param groups groups of jobs with {@code *}; empty: all, and clusters and stores too
     * @param names of jobs or stores, with {@code *}; empty: all
     * @param remindEvery how often it is said that it still lasts; empty: never
     * @param most so many notices in each {@code per}; the rest is one summary
     * @param per 1 min to 24 h
     * @param quiet this channel's own quiet hours
     * @param url of a robot or webhook
     * @param secret of a robot or webhook that is signed
     * @param keyword of a DingTalk or Feishu robot
     * @param timeout for one notice by HTTP, 1 s to 1 min
     * @param host of the mail server
     * @param port of the mail server
     * @param username of the mail server; empty: no login
     * @param password of the mail server
     * @param ssl TLS from the first byte; false: STARTTLS where it is offered
     * @param sslTrust hosts whose certificates are trusted unseen
     * @param from sender of mails
     * @param to receivers of mails, with commas
     */
    public record ChannelSettings(
            @Nullable Type type,
            @DefaultValue("EN") Language language,
            @DefaultValue("WARNING") Severity least,
            @DefaultValue List<String> clusters,
            @DefaultValue List<String> groups,
            @DefaultValue List<String> names,
            @Nullable Duration remindEvery,
            @DefaultValue("20") int most,
            @DefaultValue("10m") Duration per,
            @DefaultValue Quiet quiet,
            @DefaultValue("") String url,
            @DefaultValue("") String secret,
            @DefaultValue("") String keyword,
            @DefaultValue("8s") Duration timeout,
            @DefaultValue("") String host,
            @DefaultValue("25") int port,
            @DefaultValue("") String username,
            @DefaultValue("") String password,
            @DefaultValue("false") boolean ssl,
            @DefaultValue("") String sslTrust,
            @DefaultValue("") String from,
            @DefaultValue("") String to) {

        /** Neither addresses, which may hold tokens, nor secrets. */
        @Override
        public String toString() {
            return "Channel[" + type + "]";
        }

        void check(String prefix) {
            if (type == null) {
                throw new InvalidPropertyException(
                        prefix + "type",
                        "",
                        "webhook, mail, dingtalk, wecom, feishu or slack",
                        "Say what kind of channel it is.");
            }
            if (most < 1) {
                throw new InvalidPropertyException(prefix + "most", most, "1 or more", "Choose a larger number.");
            }
            within(prefix + "per", per, Duration.ofMinutes(1), DecideAlarms.LONGEST_PER);
            within(prefix + "timeout", timeout, Duration.ofSeconds(1), Duration.ofMinutes(1));
            if (remindEvery != null) {
                within(prefix + "remind-every", remindEvery, Duration.ofMinutes(1), Duration.ofDays(30));
            }
            quiet.hours(prefix + "quiet");
            if (type == Type.MAIL) {
                filled(prefix + "host", host, "the mail server");
                filled(prefix + "from", from, "an address such as carillon@example.com");
                filled(prefix + "to", to, "one or more addresses, with commas");
                if (port < 1 || port > 65_535) {
                    throw new InvalidPropertyException(prefix + "port", port, "1..65535", "Correct the port.");
                }
                for (String property : List.of("from", "to")) {
                    String value = property.equals("from") ? from : to;
                    if (!MailNotifier.isAddress(value)) {
                        throw new InvalidPropertyException(
                                prefix + property, value, "name@host", "Correct the address.");
                    }
                }
            } else {
                filled(prefix + "url", url, "the address of the robot or webhook");
                webAddress(prefix + "url", url, "(not shown)");
            }
        }

        private static void filled(String property, String value, String expected) {
            if (value.isBlank()) {
                throw new InvalidPropertyException(property, value, expected, "The channel needs it.");
            }
        }

        Channel rules(String name, @Nullable QuietHours common) {
            QuietHours own = quiet.hours(PREFIX + "channels." + name + ".quiet");
            return new Channel(
                    name, least, clusters, groups, names, remindEvery, own == null ? common : own, most, per);
        }

        Notifier notifier() {
            String key = secret.isEmpty() ? null : secret;
            String word = keyword.isEmpty() ? null : keyword;
            return switch (type == null ? Type.WEBHOOK : type) {
                case WEBHOOK -> new WebhookNotifier(URI.create(url), key, timeout);
                case DINGTALK -> new DingTalkNotifier(URI.create(url), word, key, timeout);
                case WECOM -> new WeComNotifier(URI.create(url), timeout);
                case FEISHU -> new FeishuNotifier(URI.create(url), word, key, timeout);
                case SLACK -> new SlackNotifier(URI.create(url), timeout);
                case MAIL ->
                    new MailNotifier(new MailNotifier.Server(
                            host,
                            port,
                            username,
                            password,
                            ssl,
                            sslTrust.isEmpty() ? null : sslTrust,
                            null,
                            from,
                            to,
                            null,
                            null,
                            false));
            };
        }

        /** For logs. */
        String kind() {
            return String.valueOf(type).toLowerCase(Locale.ROOT);
        }
    }
}
