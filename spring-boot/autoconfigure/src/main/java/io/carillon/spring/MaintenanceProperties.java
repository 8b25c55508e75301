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
package io.carillon.spring;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties {@code carillon.maintenance.*}: the jobs that keep messages healthy. They run as elastic jobs, named after
 * {@code spring.application.name}. Immutable.
 *
 * @param enabled whether this service runs the maintenance of its own messages
 * @param resend messages stuck in sending: by default every 30 seconds
 * @param cleanSent closed messages that were sent: by default at 01:00
 * @param cleanConsumed confirmed messages that were received: by default at 00:00
 * @param checkBack central mode, messages waiting for confirm: by default every 10 minutes
 * @param cleanHistory runs of jobs, marks of transactions and the audit: by default at 02:00, what is older than 30 days
 * @param discardDead dead messages that nobody cared for: by default never
 * @param discardParked received messages that could not be handled and that nobody cared for: by default never
 * @param obeyCentre whether this service cleans its own tables when a centre commands it, and reports its counts; and does what people
 *     want there of its parked messages
 * @param shardingTotalCount into how many sharding items each of them is cut
 * @param retention how long closed messages are kept
 */
@ConfigurationProperties(prefix = "carillon.maintenance", ignoreUnknownFields = false)
public record MaintenanceProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue Resend resend,
        @DefaultValue CleanSent cleanSent,
        @DefaultValue CleanConsumed cleanConsumed,
        @DefaultValue CheckBack checkBack,
        @DefaultValue CleanHistory cleanHistory,
        @DefaultValue DiscardDead discardDead,
        @DefaultValue DiscardParked discardParked,
        @DefaultValue("true") boolean obeyCentre,
        @DefaultValue("1") int shardingTotalCount,
        @DefaultValue("7d") Duration retention) {

    private static final String PREFIX = "carillon.maintenance.";

    public MaintenanceProperties {
        PropertyChecks.range(PREFIX + "sharding-total-count", shardingTotalCount, 1, 10_000);
        PropertyChecks.positive(PREFIX + "retention", retention);
    }

    /**
     * The properties {@code carillon.maintenance.resend.*}. Immutable.
     *
     * @param cron when it fires, in Quartz syntax; - for never
     */
    public record Resend(@DefaultValue("0/30 * * * * ?") String cron) {

        public Resend {
            PropertyChecks.cron(PREFIX + "resend.cron", cron);
        }
    }

    /**
     * The properties {@code carillon.maintenance.clean-sent.*}. Immutable.
     *
     * @param cron when it fires, in Quartz syntax; - for never
     */
    public record CleanSent(@DefaultValue("0 0 1 1/1 * ?") String cron) {

        public CleanSent {
            PropertyChecks.cron(PREFIX + "clean-sent.cron", cron);
        }
    }

    /**
     * The properties {@code carillon.maintenance.clean-consumed.*}. Immutable.
     *
     * @param cron when it fires, in Quartz syntax; - for never
     */
    public record CleanConsumed(
            @DefaultValue("0 0 0 1/1 * ?") String cron) {

        public CleanConsumed {
            PropertyChecks.cron(PREFIX + "clean-consumed.cron", cron);
        }
    }

    /**
     * The properties {@code carillon.maintenance.check-back.*}. Immutable.
     *
     * @param cron when it fires, in Quartz syntax; - for never
     */
    public record CheckBack(@DefaultValue("0 0/10 * * * ?") String cron) {

        public CheckBack {
            PropertyChecks.cron(PREFIX + "check-back.cron", cron);
        }
    }

    /**
     * The properties {@code carillon.maintenance.clean-history.*}. Immutable.
     *
     * @param cron when it fires, in Quartz syntax; - for never
     * @param retention how long runs of jobs, marks of transactions and the audit are kept; longer than any transaction lasts and any
     *     check back is put off
     */
    public record CleanHistory(
            @DefaultValue("0 0 2 * * ?") String cron,
            @DefaultValue("30d") Duration retention) {

        public CleanHistory {
            PropertyChecks.cron(PREFIX + "clean-history.cron", cron);
            PropertyChecks.positive(PREFIX + "clean-history.retention", retention);
        }
    }

    /**
     * The properties {@code carillon.maintenance.discard-dead.*}. Immutable.
     *
     * @param cron when it fires, in Quartz syntax
     * @param retention how old a dead message must be to be discarded; without it there is no such job
     */
    public record DiscardDead(
            @DefaultValue("0 30 2 * * ?") String cron,
            @Nullable Duration retention) {

        public DiscardDead {
            PropertyChecks.cron(PREFIX + "discard-dead.cron", cron);
            if (retention != null) {
                PropertyChecks.positive(PREFIX + "discard-dead.retention", retention);
            }
        }
    }

    /**
     * The properties {@code carillon.maintenance.discard-parked.*}. Immutable.
     *
     * @param cron when it fires, in Quartz syntax
     * @param retention how long ago a message must have been parked to be given up; without it there is no such job
     */
    public record DiscardParked(
            @DefaultValue("0 45 2 * * ?") String cron,
            @Nullable Duration retention) {

        public DiscardParked {
            PropertyChecks.cron(PREFIX + "discard-parked.cron", cron);
            if (retention != null) {
                PropertyChecks.positive(PREFIX + "discard-parked.retention", retention);
            }
        }
    }
}
