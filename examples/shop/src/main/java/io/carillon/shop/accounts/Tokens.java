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
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** The table of user tokens. Thread-safe; each method is one transaction. */
@Component
public class Tokens {

    private final JdbcClient jdbc;

    public Tokens(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** A token as it is. Immutable. */
    record Token(String user, Instant expiresAt, boolean online) {

        /** Whether it may be used: the end of its time counts, not whether the job has been there yet. */
        boolean isValid(Instant now) {
            return online && now.isBefore(expiresAt);
        }
    }

    @Transactional
    public void add(String token, String user, Instant now, Instant expiresAt) {
        jdbc.sql("INSERT INTO user_token (token, user_name, part, status, created_at, expires_at)"
                        + " VALUES (?, ?, ?, 'ONLINE', ?, ?)")
                .params(token, user, Attachments.partOf(token), DbTime.of(now), DbTime.of(expiresAt))
                .update();
    }

    @Transactional(readOnly = true)
    public Optional<Token> find(String token) {
        return jdbc.sql("SELECT user_name, status, expires_at FROM user_token WHERE token = ?")
                .param(token)
                .query((row, n) -> new Token(
                        row.getString("user_name"),
                        DbTime.read(row.getObject("expires_at", LocalDateTime.class)),
                        row.getString("status").equals("ONLINE")))
                .optional();
    }

    /** Sets tokens offline whose time is over: at most {@code limit} of them. Returns how many. */
    @Transactional
    public int expire(Instant now, int shard, int shards, int limit) {
        return jdbc.sql("UPDATE user_token SET status = 'OFFLINE'"
                        + " WHERE status = 'ONLINE' AND expires_at <= ? AND MOD(part, ?) = ? LIMIT ?")
                .params(DbTime.of(now), shards, shard, limit)
                .update();
    }

    /** Deletes offline tokens whose time was over before {@code before}: at most {@code limit} of them. */
    @Transactional
    public int purge(Instant before, int shard, int shards, int limit) {
        return jdbc.sql("DELETE FROM user_token"
                        + " WHERE status = 'OFFLINE' AND expires_at < ? AND MOD(part, ?) = ? LIMIT ?")
                .params(DbTime.of(before), shards, shard, limit)
                .update();
    }
}
