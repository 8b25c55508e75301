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
package io.carillon.shop.accounts;

import io.carillon.shop.common.DbTime;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/**
 * The table of uploaded files. Thread-safe; each method is one transaction.
 *
 * <p>A row's life: UPLOADED becomes ATTACHED or DELETING, whichever comes first, and never turns back. Both steps compare
 * the state they start from, so a file that was attached cannot be claimed for deletion, nor the other way round.
 */
@Component
public class Attachments {

    /** How many parts the rows are spread over; a sharding item looks after some of them. */
    static final int PARTS = 1024;

    private final JdbcClient jdbc;

    public Attachments(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** A file that may have to be deleted. Immutable. */
    record Candidate(String id, String objectKey, Instant createdAt) {}

    /** A row as it is. Immutable. */
    record Attachment(String id, String objectKey, @Nullable String refNo, String state) {}

    /** Writes the row of a file that is about to be uploaded; committed before the object is, so no object lacks a row. */
    @Transactional
    public void add(String id, String objectKey, Instant now) {
        jdbc.sql("INSERT INTO attachment (id, object_key, ref_no, part, state, created_at)"
                        + " VALUES (?, ?, NULL, ?, 'UPLOADED', ?)")
                .params(id, objectKey, partOf(id), DbTime.of(now))
                .update();
    }

    /** Attaches a file to a document of ours. False when it is not there, attached already, or being deleted. */
    @Transactional
    public boolean attach(String id, String refNo) {
        return jdbc.sql("UPDATE attachment SET state = 'ATTACHED', ref_no = ? WHERE id = ? AND state = 'UPLOADED'")
                        .params(refNo, id)
                        .update()
                == 1;
    }

    @Transactional(readOnly = true)
    public Optional<Attachment> find(String id) {
        return jdbc.sql("SELECT id, object_key, ref_no, state FROM attachment WHERE id = ?")
                .param(id)
                .query((row, n) -> new Attachment(
                        row.getString("id"),
                        row.getString("object_key"),
                        row.getString("ref_no"),
                        row.getString("state")))
                .optional();
    }

    /**
     * Claims the next files that nobody attached: UPLOADED becomes DELETING; rows that an earlier run claimed and did not
     * finish come again.
     *
     * @param before only files uploaded before this
     * @param after the last candidate of the batch before, or null to begin
     * @return what was looked at, and which of them are ours to delete
     */
    @Transactional
    public Claimed claimOrphans(Instant before, int shard, int shards, int limit, @Nullable Candidate after) {
        // Two ranges of one index each instead of one OR: a database that finds no good plan for OR reads the table.
        List<Candidate> seen = after == null
                ? select("", List.of(DbTime.of(before), shards, shard, limit))
                : select(
                        " AND (created_at > ? OR (created_at = ? AND id > ?))",
                        List.of(
                                DbTime.of(before),
                                shards,
                                shard,
                                DbTime.of(after.createdAt()),
                                DbTime.of(after.createdAt()),
                                after.id(),
                                limit));
        List<Candidate> claimed = new ArrayList<>();
        for (Candidate candidate : seen) {
            boolean ours = jdbc.sql("UPDATE attachment SET state = 'DELETING'"
                                    + " WHERE id = ? AND ref_no IS NULL AND state IN ('UPLOADED', 'DELETING')")
                            .param(candidate.id())
                            .update()
                    == 1;
            if (ours) {
                claimed.add(candidate);
            }
        }
        return new Claimed(List.copyOf(seen), List.copyOf(claimed));
    }

    /** A batch of claiming. Immutable. */
    record Claimed(List<Candidate> seen, List<Candidate> claimed) {}

    private List<Candidate> select(String cursor, List<Object> parameters) {
        return jdbc.sql("SELECT id, object_key, created_at FROM attachment"
                        + " WHERE state IN ('UPLOADED', 'DELETING') AND created_at < ? AND MOD(part, ?) = ?" + cursor
                        + " ORDER BY created_at, id LIMIT ?")
                .params(parameters)
                .query((row, n) -> new Candidate(
                        row.getString("id"),
                        row.getString("object_key"),
                        DbTime.read(row.getObject("created_at", LocalDateTime.class))))
                .list();
    }

    /** Removes the rows of files whose objects are gone. Returns how many. */
    @Transactional
    public int remove(Collection<Candidate> deleted) {
        int removed = 0;
        for (Candidate candidate : deleted) {
            removed += jdbc.sql("DELETE FROM attachment WHERE id = ? AND state = 'DELETING'")
                    .param(candidate.id())
                    .update();
        }
        return removed;
    }

    /** The part of a row: from 0 to {@link #PARTS} - 1, even over the ids. */
    static int partOf(String id) {
        int hash = id.hashCode() * 0x9E3779B9;
        return hash >>> 22;
    }
}
