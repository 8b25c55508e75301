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
package io.carillon.store.jdbc;

import java.util.List;
import java.util.Map;

/** The names of the tables, and the columns of each that this version reads or writes. */
final class Tables {

    static final String MESSAGE = "CARILLON_MESSAGE";
    static final String MESSAGE_DUE = "CARILLON_MESSAGE_DUE";
    /** An index on {@code (msg_key, id)}, made by whoever wants it. */
    static final String MESSAGE_KEY = "CARILLON_MESSAGE_KEY";

    static final String CONFIRMATION = "CARILLON_CONFIRMATION";
    static final String SUBSCRIPTION = "CARILLON_SUBSCRIPTION";
    static final String INBOX = "CARILLON_INBOX";
    static final String INBOX_UNCONFIRMED = "CARILLON_INBOX_UNCONFIRMED";
    static final String JOB_RUN = "CARILLON_JOB_RUN";
    static final String JOB_RUN_JOB = "CARILLON_JOB_RUN_JOB";
    static final String JOB_DECISION = "CARILLON_JOB_DECISION";
    static final String TRANSACTION_MARK = "CARILLON_TRANSACTION_MARK";

    static final String AUDIT = "CARILLON_AUDIT";
    static final String DEDUPLICATION = "CARILLON_DEDUPLICATION";
    static final String KEY_SEQUENCE = "CARILLON_KEY_SEQUENCE";
    static final String KEY_TURN = "CARILLON_KEY_TURN";
    static final String PARKED = "CARILLON_PARKED";

    static final String DIRECTORY = "CARILLON_DIRECTORY";
    static final String DECLARATION = "CARILLON_DECLARATION";
    static final String CLEANING = "CARILLON_CLEANING";
    static final String ALARM = "CARILLON_ALARM";
    static final String ALARM_NOTICE = "CARILLON_ALARM_NOTICE";
    static final String ALARM_TURN = "CARILLON_ALARM_TURN";

    /** All of them: name and columns. */
    static final Map<String, List<String>> ALL = Map.ofEntries(
            Map.entry(
                    MESSAGE,
                    List.of(
                            "id",
                            "shard_hash",
                            "producer",
                            "topic",
                            "tag",
                            "msg_key",
                            "content_type",
                            "headers",
                            "payload",
                            "delay_ms",
                            "state",
                            "attempt",
                            "due_at",
                            "owner",
                            "last_error",
                            "check_url",
                            "sent_at",
                            "closed_at")),
            Map.entry(CONFIRMATION, List.of("message_id", "group_id", "confirmed_at", "waived_by")),
            Map.entry(SUBSCRIPTION, List.of("group_id", "topic", "tag", "declared_at")),
            Map.entry(
                    INBOX,
                    List.of(
                            "message_id",
                            "group_id",
                            "producer",
                            "shard_hash",
                            "received_at",
                            "unconfirmed_since",
                            "confirmed_at")),
            Map.entry(
                    JOB_RUN,
                    List.of(
                            "started_at",
                            "id",
                            "job_name",
                            "item",
                            "instance",
                            "fence",
                            "source",
                            "scheduled_at",
                            "ended_at",
                            "outcome",
                            "handled",
                            "cause",
                            "attempt",
                            "job_parameter",
                            "item_parameter",
                            "trace_id")),
            Map.entry(
                    JOB_DECISION,
                    List.of(
                            "found_at",
                            "id",
                            "job_name",
                            "item",
                            "instance",
                            "reason",
                            "arguments",
                            "first_due",
                            "last_due",
                            "firings",
                            "held_until",
                            "ended")),
            Map.entry(TRANSACTION_MARK, List.of("message_id", "outcome")),
            Map.entry(
                    AUDIT,
                    List.of(
                            "id",
                            "at",
                            "who",
                            "what",
                            "target",
                            "before_state",
                            "after_state",
                            "reason",
                            "result",
                            "origin")),
            Map.entry(DEDUPLICATION, List.of("topic", "dedupe_key", "message_id")),
            Map.entry(KEY_SEQUENCE, List.of("topic", "msg_key", "last_seq", "used_at")),
            Map.entry(KEY_TURN, List.of("topic", "msg_key", "seq", "message_id")),
            Map.entry(
                    PARKED,
                    List.of(
                            "message_id",
                            "group_id",
                            "producer",
                            "topic",
                            "tag",
                            "msg_key",
                            "content_type",
                            "headers",
                            "payload",
                            "deliveries",
                            "reason",
                            "parked_at")),
            Map.entry(
                    DIRECTORY,
                    List.of(
                            "kind",
                            "name",
                            "topic",
                            "tag",
                            "status",
                            "detail",
                            "declared_by",
                            "declared_at",
                            "changed_by",
                            "changed_at",
                            "reason")),
            Map.entry(DECLARATION, List.of("group_id", "application", "revision", "topic", "tag", "declared_at")),
            Map.entry(
                    CLEANING,
                    List.of(
                            "id",
                            "service",
                            "shard",
                            "shards",
                            "kind",
                            "bound_at",
                            "state",
                            "deleted",
                            "rows_left",
                            "error",
                            "owner",
                            "leased_to",
                            "done_at")),
            Map.entry(
                    ALARM,
                    List.of(
                            "kind",
                            "cluster",
                            "name",
                            "job_group",
                            "id",
                            "severity",
                            "symptoms",
                            "since",
                            "opened_at",
                            "clear_since",
                            "told")),
            Map.entry(
                    ALARM_NOTICE,
                    List.of(
                            "decided_at",
                            "id",
                            "alarm_id",
                            "channel",
                            "what",
                            "kind",
                            "cluster",
                            "name",
                            "severity",
                            "symptoms",
                            "since",
                            "state",
                            "attempt",
                            "due_at",
                            "ended_at",
                            "failure")),
            Map.entry(ALARM_TURN, List.of("id", "fence", "node", "until_at")));

    private Tables() {}
}
