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
package io.carillon.notify;

import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.execution.ErrorHandler;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The error handlers of jobs that tell people: {@code EMAIL}, {@code WECHAT}, {@code DINGTALK}, with ElasticJob's keys in the
 * job's props. Thread-safe.
 *
 * <p>A failed item costs its worker no more than putting a notice into {@link NoticeQueue#SHARED}; a channel that is dead, slow or
 * flooded holds nobody up. What was not sent stands in the log.
 */
public abstract sealed class NotifyOfErrors implements ErrorHandler
        permits NotifyOfErrors.Email, NotifyOfErrors.WeChat, NotifyOfErrors.DingTalk {

    private static final Logger LOG = LoggerFactory.getLogger(NotifyOfErrors.class);
    private static final int LONGEST_TRACE = 100_000;

    private final String type;
    private volatile @Nullable Made made;

    /** The notifier made last, and what for: most processes have one set of settings per channel. */
    private record Made(java.util.Map<String, String> props, Notifier notifier) {}

    private NotifyOfErrors(String type) {
        this.type = type;
    }

    @Override
    public final String type() {
        return type;
    }

    @Override
    public final void check(JobConfiguration configuration) {
        notifier(configuration);
    }

    @Override
    public final void handle(JobConfiguration configuration, int shardingItem, Throwable cause) {
        String title = "Job '" + configuration.getJobName() + "': item " + shardingItem + " of "
                + configuration.getShardingTotalCount() + " failed: " + cause;
        Made last = made;
        try {
            if (last == null || !last.props.equals(configuration.getProps())) {
                last = new Made(configuration.getProps(), notifier(configuration));
                made = last;
            }
        } catch (InvalidSettingException e) {
            LOG.error("{}; nobody was told: {}", title, e.getMessage(), cause);
            return;
        }
        NoticeQueue.SHARED.add(last.notifier, new Notice(title, trace(cause)));
    }

    /** The channel with the settings of a job. */
    abstract Notifier notifier(JobConfiguration configuration);

    private static String trace(Throwable cause) {
        StringWriter text = new StringWriter();
        cause.printStackTrace(new PrintWriter(text, true));
        return text.getBuffer().length() > LONGEST_TRACE
                ? text.getBuffer().substring(0, LONGEST_TRACE) + "\n..."
                : text.toString();
    }

    private static Duration timeout(Settings settings, String channel) {
        return settings.milliseconds(channel + ".connectTimeoutMilliseconds", 3000)
                .plus(settings.milliseconds(channel + ".readTimeoutMilliseconds", 5000));
    }

    /**
     * {@code EMAIL}. Required: {@code email.host}, {@code .port}, {@code .username}, {@code .password}, {@code .from}, {@code .to}
     * (several with commas); {@code .useSsl} (true), {@code .ssl.trust}, {@code .subject} ({@value #SUBJECT}), {@code .cc}, {@code
     * .bcc}, {@code .debug} (false).
     */
    public static final class Email extends NotifyOfErrors {

        private static final String SUBJECT = "ElasticJob error message";

        public Email() {
            super("EMAIL");
        }

        @Override
        Notifier notifier(JobConfiguration configuration) {
            Settings settings = new Settings(configuration);
            String host = settings.required("email.host");
            int port = settings.number("email.port", settings.required("email.port"), 65_535);
            return new MailNotifier(new MailNotifier.Server(
                    host,
                    port,
                    settings.required("email.username"),
                    settings.required("email.password"),
                    settings.flag("email.useSsl", true),
                    settings.text("email.ssl.trust"),
                    Objects.requireNonNullElse(settings.text("email.subject"), SUBJECT),
                    address("email.from", settings.required("email.from")),
                    address("email.to", settings.required("email.to")),
                    address("email.cc", settings.text("email.cc")),
                    address("email.bcc", settings.text("email.bcc")),
                    settings.flag("email.debug", false)));
        }

        @SuppressWarnings("NullAway") // null in, null out
        private static String address(String key, @Nullable String value) {
            if (value == null || MailNotifier.isAddress(value)) {
                return value;
            }
            throw new InvalidSettingException(key, value, "name@host", "Correct the address.");
        }
    }

    /**
     * {@code WECHAT}: a robot of WeCom. Required: {@code wechat.webhook}; {@code wechat.connectTimeoutMilliseconds} (3000) and
     * {@code wechat.readTimeoutMilliseconds} (5000) together bound one notice.
     */
    public static final class WeChat extends NotifyOfErrors {

        public WeChat() {
            super("WECHAT");
        }

        @Override
        Notifier notifier(JobConfiguration configuration) {
            Settings settings = new Settings(configuration);
            return new WeComNotifier(settings.webhook("wechat.webhook"), timeout(settings, "wechat"));
        }
    }

    /**
     * {@code DINGTALK}. Required: {@code dingtalk.webhook}; {@code dingtalk.keyword}, {@code dingtalk.secret}, and time-outs as for
     * {@link WeChat}.
     */
    public static final class DingTalk extends NotifyOfErrors {

        public DingTalk() {
            super("DINGTALK");
        }

        @Override
        Notifier notifier(JobConfiguration configuration) {
            Settings settings = new Settings(configuration);
            return new DingTalkNotifier(
                    settings.webhook("dingtalk.webhook"),
                    settings.text("dingtalk.keyword"),
                    settings.text("dingtalk.secret"),
                    timeout(settings, "dingtalk"));
        }
    }
}
