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

import static io.carillon.store.jdbc.Database.list;
import static io.carillon.store.jdbc.Database.pieces;
import static io.carillon.store.jdbc.Database.setList;

import io.carillon.messages.InvalidMessageException;
import io.carillon.messages.Message;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageLife;
import io.carillon.messages.model.MessageLife.Event;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.operations.MessageChanges;
import io.carillon.messages.outbox.Declarations;
import io.carillon.messages.outbox.Declarations.Subscribed;
import io.carillon.messages.outbox.MessageStore;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The outbox in SQL. Thread-safe.
 *
 * <p>Every method that changes several messages first locks their rows in the order of the ids, decides in Java, and then
 * writes with one statement per kind of change; so the number of statements does not grow with the number of messages, and
 * two of them cannot deadlock on messages. Confirmations and subscriptions have no lock order of their own: whoever changes
 * the confirmations of a message holds the message's row.
 */
final class JdbcMessageStore implements MessageStore, MessageChanges {

    static final int MAX_CONTENT_TYPE = 200;
    static final int MAX_HEADERS = 32_000;
    static final int MAX_ERROR = 1000;
    static final int MAX_WHO = 200;

    static final String COLUMNS = "id, producer, topic, tag, msg_key, content_type, headers, payload, delay_ms,"
            + " state, attempt, due_at, owner, last_error, check_url";
    private static final Set<MessageState> IN_FLIGHT = Set.of(MessageState.SENDING, MessageState.SENT);
    private static final Set<MessageState> CLAIMABLE =
            Set.of(MessageState.WAITING_CONFIRM, MessageState.SENDING, MessageState.SENT);
    private static final String CLOSED =
            "(" + MessageState.FINISHED.code() + ", " + MessageState.CANCELLED.code() + ")";

    private static final Logger log = LoggerFactory.getLogger(JdbcMessageStore.class);

    private final Database database;
    private final Dialect dialect;
    private final MessageKeys keys;

    JdbcMessageStore(Database database) {
        this.database = database;
        this.dialect = database.dialect();
        this.keys = new MessageKeys(database);
    }

    /** What dedupe keys stand for, and the order of keys. */
    MessageKeys keys() {
        return keys;
    }

    @Override
    public Optional<MessageId> keepDedupeKey(String topic, String dedupeKey, MessageId id) {
        return keys.keepDedupeKey(topic, dedupeKey, id);
    }

    @Override
    public long takeTurn(String topic, String key, MessageId id, Instant now) {
        return keys.takeTurn(topic, key, id, now);
    }

    @Override
    public void wakeNext(Collection<StoredMessage> ended, Instant now) {
        keys.wakeNext(ended, now);
    }

    @Override
    public Set<MessageId> first(Collection<StoredMessage> messages) {
        return keys.first(messages);
    }

    @Override
    public void append(List<StoredMessage> messages) {
        if (messages.isEmpty()) {
            return;
        }
        List<String> headers = messages.stream().map(JdbcMessageStore::checked).toList();
        database.joined("append " + messages.size() + " messages", connection -> {
            try (PreparedStatement insert = connection.prepareStatement("INSERT INTO " + Tables.MESSAGE + " (" + COLUMNS
                    + ", shard_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
                if (messages.size() == 1) {
                    setRow(insert, messages.get(0), headers.get(0));
                    return insert.executeUpdate();
                }
                // a batch that fails half way must leave nothing in the caller's transaction
                Savepoint before = connection.setSavepoint();
                try {
                    for (int i = 0; i < messages.size(); i++) {
                        setRow(insert, messages.get(i), headers.get(i));
                        insert.addBatch();
                    }
                    int inserted = insert.executeBatch().length;
                    connection.releaseSavepoint(before);
                    return inserted;
                } catch (SQLException e) {
                    connection.rollback(before);
                    throw e;
                }
            }
        });
    }

    /** The encoded headers of a message that fits the table. */
    private static String checked(StoredMessage message) {
        int contentType = message.message().contentType().length();
        if (contentType > MAX_CONTENT_TYPE) {
            throw new InvalidMessageException(
                    "content type",
                    contentType + " characters",
                    "0.." + MAX_CONTENT_TYPE + " characters",
                    "The message was not written; shorten the content type.");
        }
        String headers = Headers.encode(message.message().headers());
        if (headers.length() > MAX_HEADERS) {
            throw new InvalidMessageException(
                    "headers",
                    headers.length() + " characters when encoded",
                    "0.." + MAX_HEADERS + " characters",
                    "The message was not written; put large values into the payload.");
        }
        return headers;
    }

    private static void setRow(PreparedStatement insert, StoredMessage row, String headers) throws SQLException {
        Message message = row.message();
        insert.setBytes(1, row.id().toBytes());
        insert.setString(2, row.producer());
        insert.setString(3, message.topic());
        insert.setString(4, message.tag());
        insert.setString(5, message.key());
        insert.setString(6, message.contentType());
        insert.setString(7, headers);
        insert.setBytes(8, message.payload());
        insert.setLong(9, message.delay().toMillis());
        insert.setInt(10, row.state().code());
        insert.setInt(11, row.attempt());
        insert.setLong(12, row.dueAt().toEpochMilli());
        insert.setString(13, row.owner());
        insert.setString(14, row.lastError() == null ? null : Database.cut(row.lastError(), MAX_ERROR));
        insert.setString(15, row.checkUrl());
        insert.setLong(16, shardHash(row.id()));
    }

    /** What {@link MessageId#shard} takes the remainder of. */
    static long shardHash(MessageId id) {
        return id.uuid().getLeastSignificantBits() & 0xffff_ffffL;
    }

    /**
     * A row as people see it. One that is no message of Carillon's, because somebody else wrote it, is shown as far as it can
     * be: it stops no list, and no search.
     */
    static StoredMessage show(ResultSet row) throws SQLException {
        try {
            return read(row);
        } catch (IllegalArgumentException | NullPointerException e) {
            byte[] payload = row.getBytes(8);
            return new StoredMessage(
                    MessageId.ofBytes(row.getBytes(1)),
                    Message.to(
                                    shown(row.getString(3), Message.MAX_TOPIC, "?"),
                                    shown(row.getString(4), Message.MAX_TAG, ""))
                            .key(shown(row.getString(5), Message.MAX_KEY, ""))
                            .payload(
                                    payload == null ? new byte[0] : payload,
                                    shown(row.getString(6), MAX_CONTENT_TYPE, ""))
                            .build(),
                    shown(row.getString(2), Message.MAX_TOPIC, "?"),
                    MessageState.ofCode(row.getInt(10)),
                    row.getInt(11),
                    Instant.ofEpochMilli(row.getLong(12)),
                    row.getString(13),
                    row.getString(14),
                    row.getString(15));
        }
    }

    private static String shown(@Nullable String text, int most, String otherwise) {
        return text == null || text.isEmpty() ? otherwise : Database.cut(text, most);
    }

    /**
     * Reads a row.
     *
     * @throws IllegalArgumentException when it is none of Carillon's: a part of it cannot be
     */
    private static StoredMessage read(ResultSet row) throws SQLException {
        Message.Builder message = Message.to(row.getString(3), row.getString(4))
                .key(row.getString(5))
                .payload(row.getBytes(8), row.getString(6))
                .delay(Duration.ofMillis(row.getLong(9)));
        Headers.decode(row.getString(7)).forEach(message::header);
        return new StoredMessage(
                MessageId.ofBytes(row.getBytes(1)),
                message.build(),
                row.getString(2),
                MessageState.ofCode(row.getInt(10)),
                row.getInt(11),
                Instant.ofEpochMilli(row.getLong(12)),
                row.getString(13),
                row.getString(14),
                row.getString(15));
    }

    // ---- claiming

    /**
     * {@inheritDoc}
     *
     * <p>One locking SELECT per state, because an index range over several states would have to be sorted, and sorting locks
     * more rows than are returned. A plain probe goes first, so that an idle store costs one read and no commit.
     */
    @Override
    public List<StoredMessage> claimDue(
            Set<MessageState> states, String owner, Duration lease, int limit, Instant now, @Nullable Cursor after) {
        if (states.isEmpty() || limit <= 0 || !anyDue(states, now, after)) {
            return List.of();
        }
        Instant until = now.plus(lease);
        return database.transaction("claim due messages", connection -> {
            List<StoredMessage> due = new ArrayList<>();
            List<Unreadable> unreadable = new ArrayList<>();
            for (MessageState state : new TreeSet<>(states)) {
                due.addAll(lockDue(connection, state, limit, now, after, unreadable));
            }
            park(connection, unreadable);
            due.sort(Comparator.comparing(StoredMessage::dueAt).thenComparing(StoredMessage::id));
            List<StoredMessage> claimed = due.subList(0, Math.min(limit, due.size()));
            lease(connection, claimed, owner, until);
            return claimed.stream()
                    .map(row -> new StoredMessage(
                            row.id(),
                            row.message(),
                            row.producer(),
                            row.state(),
                            row.attempt() + 1,
                            row.dueAt(),
                            owner,
                            row.lastError(),
                            row.checkUrl()))
                    .toList();
        });
    }

    private static final String DUE = " WHERE state = ? AND due_at <= ?";
    private static final String DUE_AFTER = DUE + " AND due_at >= ? AND (due_at > ? OR id > ?)";

    private boolean anyDue(Set<MessageState> states, Instant now, @Nullable Cursor after) {
        String one = "SELECT id FROM " + dialect.byIndex(Tables.MESSAGE, Tables.MESSAGE_DUE)
                + (after == null ? DUE : DUE_AFTER) + " LIMIT 1";
        String sql = String.join(" UNION ALL ", Collections.nCopies(states.size(), "(" + one + ")"));
        return database.statement("look for due messages", connection -> {
            try (PreparedStatement select = connection.prepareStatement(sql)) {
                int position = 1;
                for (MessageState state : states) {
                    position = setDue(select, position, state, now, after);
                }
                try (ResultSet rows = select.executeQuery()) {
                    return rows.next();
                }
            }
        });
    }

    private List<StoredMessage> lockDue(
            Connection connection,
            MessageState state,
            int limit,
            Instant now,
            @Nullable Cursor after,
            List<Unreadable> unreadable)
            throws SQLException {
        if (dialect.locksWhatItSorts()) {
            return lockDueInTwoSteps(connection, state, limit, now, after, unreadable);
        }
        String sql = "SELECT " + COLUMNS + " FROM " + dialect.byIndex(Tables.MESSAGE, Tables.MESSAGE_DUE)
                + (after == null ? DUE : DUE_AFTER) + " ORDER BY due_at, id LIMIT ?" + dialect.skipLocked();
        List<StoredMessage> due = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            select.setInt(setDue(select, 1, state, now, after), limit);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    addReadable(rows, due, unreadable);
                }
            }
        }
        return due;
    }

    private static void addReadable(ResultSet row, List<StoredMessage> due, List<Unreadable> unreadable)
            throws SQLException {
        try {
            due.add(read(row));
        } catch (IllegalArgumentException | NullPointerException e) {
            unreadable.add(new Unreadable(HexFormat.of().formatHex(row.getBytes(1)), String.valueOf(e.getMessage())));
        }
    }

    /** A row that is no message of Carillon's. */
    private record Unreadable(String id, String reason) {
        /** DEAD, for people to see; but a row whose id cannot be named is only left alone. */
        MessageState parked() {
            return id.length() == 32 ? MessageState.DEAD : MessageState.UNKNOWN;
        }
    }

    /** Has rows that are no messages of Carillon's wait for people, so that the others go on. Their locks are held. */
    private void park(Connection connection, List<Unreadable> unreadable) throws SQLException {
        for (Unreadable each : unreadable) {
            String reason = "unreadable row: " + each.reason();
            log.error(
                    "row {} of {}: {}. It is {} now, the others go on; find out who wrote it, then correct and replay it,"
                            + " or discard it.",
                    each.id(),
                    Tables.MESSAGE,
                    reason,
                    each.parked());
            try (PreparedStatement update = connection.prepareStatement("UPDATE " + dialect.byPrimaryKey(Tables.MESSAGE)
                    + " SET state = ?, owner = NULL, last_error = ? WHERE id = ?")) {
                update.setInt(1, each.parked().code());
                update.setString(2, Database.cut(reason, MAX_ERROR));
                update.setBytes(3, HexFormat.of().parseHex(each.id()));
                update.executeUpdate();
            }
        }
    }

    /** Reads a page of positions without locks, locks those rows, and turns the page while others hold them. */
    private List<StoredMessage> lockDueInTwoSteps(
            Connection connection,
            MessageState state,
            int limit,
            Instant now,
            @Nullable Cursor after,
            List<Unreadable> unreadable)
            throws SQLException {
        List<StoredMessage> due = new ArrayList<>();
        Cursor from = after;
        while (due.size() < limit) {
            List<Cursor> page = duePage(connection, state, limit, now, from);
            for (List<Cursor> piece : pieces(page)) {
                String sql = "SELECT " + COLUMNS + " FROM " + Tables.MESSAGE + " WHERE id IN " + list(piece.size())
                        + " AND state + 0 = ? AND due_at + 0 <= ?" + dialect.skipLocked();
                try (PreparedStatement select = connection.prepareStatement(sql)) {
                    int position =
                            setList(select, 1, piece.stream().map(Cursor::id).toList(), JdbcMessageStore::setId);
                    select.setInt(position, state.code());
                    select.setLong(position + 1, now.toEpochMilli());
                    try (ResultSet rows = select.executeQuery()) {
                        while (rows.next()) {
                            addReadable(rows, due, unreadable);
                        }
                    }
                }
            }
            if (page.size() < limit) {
                break;
            }
            from = page.get(page.size() - 1);
        }
        return due;
    }

    private List<Cursor> duePage(
            Connection connection, MessageState state, int limit, Instant now, @Nullable Cursor after)
            throws SQLException {
        // the state, though constant, makes H2 see that the index is in this order
        String sql = "SELECT due_at, id FROM " + Tables.MESSAGE + (after == null ? DUE : DUE_AFTER)
                + " ORDER BY state, due_at, id LIMIT ?";
        List<Cursor> page = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            select.setInt(setDue(select, 1, state, now, after), limit);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    page.add(new Cursor(Instant.ofEpochMilli(rows.getLong(1)), MessageId.ofBytes(rows.getBytes(2))));
                }
            }
        }
        return page;
    }

    private static int setDue(
            PreparedStatement select, int first, MessageState state, Instant now, @Nullable Cursor after)
            throws SQLException {
        int position = first;
        select.setInt(position++, state.code());
        select.setLong(position++, now.toEpochMilli());
        if (after != null) {
            select.setLong(position++, after.dueAt().toEpochMilli());
            select.setLong(position++, after.dueAt().toEpochMilli());
            select.setBytes(position++, after.id().toBytes());
        }
        return position;
    }

    private void lease(Connection connection, List<StoredMessage> rows, String owner, Instant until)
            throws SQLException {
        List<MessageId> ids = rows.stream().map(StoredMessage::id).sorted().toList();
        update(connection, ids, "owner = ?, attempt = attempt + 1, due_at = ?", (update, position) -> {
            update.setString(position, owner);
            update.setLong(position + 1, until.toEpochMilli());
            return position + 2;
        });
    }

    // ---- completions

    /** A message's row, locked. */
    private record Held(
            MessageId id,
            MessageState state,
            int attempt,
            String topic,
            String tag,
            boolean acknowledged,
            boolean hasTurn) {}

    @Override
    public Set<MessageId> acknowledged(Collection<Attempt> attempts, Instant now, Duration confirmTimeout) {
        return completions("note acknowledgements", attempts, IN_FLIGHT, (connection, held) -> {
            Map<Held, Set<String>> outstanding = outstanding(connection, held);
            List<MessageId> sent = new ArrayList<>();
            List<MessageId> finished = new ArrayList<>();
            List<ConfirmedBy> expected = new ArrayList<>();
            for (Held message : held) {
                Set<String> groups = outstanding.getOrDefault(message, Set.of());
                if (message.state() == MessageState.SENDING && groups.isEmpty()) {
                    finished.add(message.id());
                } else {
                    sent.add(message.id());
                    groups.forEach(group -> expected.add(new ConfirmedBy(message.id(), group)));
                }
            }
            endTurns(connection, held);
            insertConfirmations(connection, expected, null);
            update(connection, sent, "state = ?, owner = NULL, due_at = ?, sent_at = ?", (update, position) -> {
                update.setInt(position, MessageState.SENT.code());
                update.setLong(position + 1, now.plus(confirmTimeout).toEpochMilli());
                update.setLong(position + 2, now.toEpochMilli());
                return position + 3;
            });
            update(
                    connection,
                    finished,
                    "state = ?, owner = NULL, due_at = ?, sent_at = ?, closed_at = ?",
                    (update, position) -> {
                        update.setInt(position, MessageState.FINISHED.code());
                        update.setLong(position + 1, now.toEpochMilli());
                        update.setLong(position + 2, now.toEpochMilli());
                        update.setLong(position + 3, now.toEpochMilli());
                        return position + 4;
                    });
        });
    }

    /** For each SENDING message: the groups that subscribe it and have not confirmed it yet. */
    private Map<Held, Set<String>> outstanding(Connection connection, List<Held> held) throws SQLException {
        List<Held> sending = held.stream()
                .filter(message -> message.state() == MessageState.SENDING)
                .toList();
        Map<Held, Set<String>> outstanding = new HashMap<>();
        if (sending.isEmpty()) {
            return outstanding;
        }
        Map<String, List<Subscription>> subscriptions = subscriptions(
                connection,
                sending.stream().map(Held::topic).distinct().sorted().toList());
        for (Held message : sending) {
            Set<String> groups = expectedGroups(subscriptions, message);
            if (!groups.isEmpty()) {
                outstanding.put(message, groups);
            }
        }
        List<MessageId> expecting =
                outstanding.keySet().stream().map(Held::id).sorted().toList();
        Map<MessageId, Map<String, Boolean>> known = confirmations(connection, expecting);
        outstanding.forEach((message, groups) ->
                groups.removeAll(known.getOrDefault(message.id(), Map.of()).keySet()));
        return outstanding;
    }

    private static Set<String> expectedGroups(Map<String, List<Subscription>> subscriptions, Held message) {
        Set<String> groups = new TreeSet<>();
        for (Subscription subscription : subscriptions.getOrDefault(message.topic(), List.of())) {
            if (subscription.matches(message.tag())) {
                groups.add(subscription.group());
            }
        }
        return groups;
    }

    @Override
    public Set<MessageId> postpone(Collection<Attempt> attempts, Instant dueAt, String error, boolean burned) {
        String change = "owner = NULL, due_at = ?, last_error = ?"
                + (burned ? "" : ", attempt = CASE WHEN attempt > 0 THEN attempt - 1 ELSE 0 END");
        return completions("postpone messages", attempts, CLAIMABLE, (connection, held) -> {
            update(connection, ids(held), change, (update, position) -> {
                update.setLong(position, dueAt.toEpochMilli());
                update.setString(position + 1, Database.cut(error, MAX_ERROR));
                return position + 2;
            });
        });
    }

    @Override
    public int hasten(@Nullable String topic, String error, Instant now, Instant latest, int limit) {
        // found without locks first, as in release()
        List<MessageId> ids = database.statement("find messages that were put back", connection -> {
            List<MessageId> found = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement("SELECT id FROM "
                    + dialect.byIndex(Tables.MESSAGE, Tables.MESSAGE_DUE)
                    + " WHERE state = ? AND due_at > ? AND due_at <= ? AND owner IS NULL AND last_error = ?"
                    + (topic == null ? "" : " AND topic = ?") + " ORDER BY due_at, id LIMIT ?")) {
                select.setInt(1, MessageState.SENDING.code());
                select.setLong(2, now.toEpochMilli());
                select.setLong(3, latest.toEpochMilli());
                select.setString(4, error);
                int position = 5;
                if (topic != null) {
                    select.setString(position++, topic);
                }
                select.setInt(position, limit);
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        found.add(MessageId.ofBytes(rows.getBytes(1)));
                    }
                }
            }
            return found;
        });
        for (List<MessageId> piece : pieces(ids.stream().sorted().toList())) {
            database.transaction("make messages due that were put back", connection -> {
                try (PreparedStatement update = connection.prepareStatement(
                        "UPDATE " + dialect.byPrimaryKey(Tables.MESSAGE) + " SET due_at = ? WHERE id IN "
                                + list(piece.size()) + " AND state = ? AND owner IS NULL AND last_error = ?")) {
                    update.setLong(1, now.toEpochMilli());
                    int position = setList(update, 2, piece, JdbcMessageStore::setId);
                    update.setInt(position, MessageState.SENDING.code());
                    update.setString(position + 1, error);
                    return update.executeUpdate();
                }
            });
        }
        return ids.size();
    }

    @Override
    public Set<MessageId> expire(Collection<Attempt> attempts, Instant now) {
        return completions("expire messages", attempts, Set.of(MessageState.SENDING), (connection, held) -> {
            endTurns(connection, held);
            update(
                    connection,
                    ids(held),
                    "state = ?, owner = NULL, last_error = ?, closed_at = ?",
                    (update, position) -> {
                        update.setInt(position, MessageState.CANCELLED.code());
                        update.setString(position + 1, EXPIRED);
                        update.setLong(position + 2, now.toEpochMilli());
                        return position + 3;
                    });
        });
    }

    private void endTurns(Connection connection, List<Held> held) throws SQLException {
        keys.endTurns(connection, ids(held.stream().filter(Held::hasTurn).toList()));
    }

    @Override
    public Set<MessageId> bury(Collection<Attempt> attempts, String error, boolean endsTurn) {
        return completions("bury messages", attempts, IN_FLIGHT, (connection, held) -> {
            if (endsTurn) {
                endTurns(connection, held);
            }
            update(connection, ids(held), "state = ?, owner = NULL, last_error = ?", (update, position) -> {
                update.setInt(position, MessageState.DEAD.code());
                update.setString(position + 1, Database.cut(error, MAX_ERROR));
                return position + 2;
            });
        });
    }

    /** Changes messages whose rows are locked. */
    private interface Effect {
        void apply(Connection connection, List<Held> held) throws SQLException;
    }

    /** Locks the rows of the attempts, leaves out those that the fence refuses, and changes the others. */
    private Set<MessageId> completions(
            String what, Collection<Attempt> attempts, Set<MessageState> from, Effect effect) {
        Map<MessageId, Set<Integer>> wanted = new TreeMap<>();
        for (Attempt attempt : attempts) {
            wanted.computeIfAbsent(attempt.id(), id -> new HashSet<>()).add(attempt.attempt());
        }
        Set<MessageId> changed = new LinkedHashSet<>();
        for (List<MessageId> ids : pieces(List.copyOf(wanted.keySet()))) {
            changed.addAll(database.transaction(what, connection -> {
                List<Held> held = new ArrayList<>();
                for (Held message : lock(connection, ids)) {
                    if (from.contains(message.state())
                            && wanted.getOrDefault(message.id(), Set.of()).contains(message.attempt())) {
                        held.add(message);
                    }
                }
                if (!held.isEmpty()) {
                    effect.apply(connection, held);
                }
                return ids(held);
            }));
        }
        return changed;
    }

    private static List<MessageId> ids(List<Held> held) {
        return held.stream().map(Held::id).toList();
    }

    private List<Held> lock(Connection connection, List<MessageId> ids) throws SQLException {
        List<Held> held = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT id, state, attempt, topic, tag, sent_at, " + MessageKeys.HAS_TURN + " FROM "
                        + dialect.byPrimaryKey(Tables.MESSAGE)
                        + " WHERE id IN " + list(ids.size()) + " ORDER BY id FOR UPDATE")) {
            setList(select, 1, ids, JdbcMessageStore::setId);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    held.add(new Held(
                            MessageId.ofBytes(rows.getBytes(1)),
                            MessageState.ofCode(rows.getInt(2)),
                            rows.getInt(3),
                            rows.getString(4),
                            rows.getString(5),
                            rows.getObject(6) != null,
                            rows.getObject(7) != null));
                }
            }
        }
        return held;
    }

    /** Sets the parameters of a SET clause. */
    private interface Assignment {
        int set(PreparedStatement update, int position) throws SQLException;
    }

    /** One UPDATE per 500 ids; the rows are locked already, or only this statement's own. */
    private int update(Connection connection, List<MessageId> ids, String change, Assignment assignment)
            throws SQLException {
        int updated = 0;
        for (List<MessageId> piece : pieces(ids)) {
            try (PreparedStatement update = connection.prepareStatement("UPDATE " + dialect.byPrimaryKey(Tables.MESSAGE)
                    + " SET " + change + " WHERE id IN " + list(piece.size()))) {
                int position = assignment.set(update, 1);
                setList(update, position, piece, JdbcMessageStore::setId);
                updated += update.executeUpdate();
            }
        }
        return updated;
    }

    static void setId(PreparedStatement statement, int position, MessageId id) throws SQLException {
        statement.setBytes(position, id.toBytes());
    }

    @Override
    public int release(String owner, Instant now) {
        // found without locks first: a locking scan would wait for rows that open transactions are about to append
        List<MessageId> ids = database.statement("find the leases of " + owner, connection -> {
            List<MessageId> found = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement("SELECT id FROM "
                    + dialect.byIndex(Tables.MESSAGE, Tables.MESSAGE_DUE)
                    + " WHERE state = ? AND owner = ? AND due_at > ? ORDER BY id")) {
                select.setInt(1, MessageState.SENDING.code());
                select.setString(2, owner);
                select.setLong(3, now.toEpochMilli());
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        found.add(MessageId.ofBytes(rows.getBytes(1)));
                    }
                }
            }
            return found;
        });
        int released = 0;
        for (List<MessageId> piece : pieces(ids)) {
            released += database.transaction("release the leases of " + owner, connection -> {
                try (PreparedStatement update = connection.prepareStatement("UPDATE "
                        + dialect.byPrimaryKey(Tables.MESSAGE) + " SET owner = NULL, due_at = ? WHERE id IN "
                        + list(piece.size()) + " AND state = ? AND owner = ?")) {
                    update.setLong(1, now.toEpochMilli());
                    int position = setList(update, 2, piece, JdbcMessageStore::setId);
                    update.setInt(position, MessageState.SENDING.code());
                    update.setString(position + 1, owner);
                    return update.executeUpdate();
                }
            });
        }
        return released;
    }

    // ---- confirmations

    @Override
    public int confirm(Collection<ConfirmedBy> confirmations, Instant now) {
        Map<MessageId, Set<String>> groups = new TreeMap<>();
        for (ConfirmedBy confirmation : confirmations) {
            groups.computeIfAbsent(confirmation.id(), id -> new TreeSet<>()).add(confirmation.group());
        }
        int finished = 0;
        for (List<MessageId> ids : pieces(List.copyOf(groups.keySet()))) {
            finished += database.transaction("note confirmations", connection -> confirm(connection, ids, groups, now));
        }
        return finished;
    }

    private int confirm(Connection connection, List<MessageId> ids, Map<MessageId, Set<String>> groups, Instant now)
            throws SQLException {
        List<Held> held = lock(connection, ids).stream()
                .filter(message -> !message.state().isClosed() && message.state() != MessageState.UNKNOWN)
                .toList();
        Map<MessageId, Map<String, Boolean>> known = confirmations(connection, ids(held));
        Map<String, List<MessageId>> expected = new TreeMap<>();
        List<ConfirmedBy> early = new ArrayList<>();
        List<Held> closing = new ArrayList<>();
        for (Held message : held) {
            Map<String, Boolean> confirmed = known.computeIfAbsent(message.id(), id -> new HashMap<>());
            for (String group : groups.getOrDefault(message.id(), Set.of())) {
                Boolean before = confirmed.put(group, true);
                if (before == null) {
                    early.add(new ConfirmedBy(message.id(), group));
                } else if (!before) {
                    expected.computeIfAbsent(group, name -> new ArrayList<>()).add(message.id());
                }
            }
            if (closes(connection, message, confirmed)) {
                closing.add(message);
            }
        }
        for (Map.Entry<String, List<MessageId>> group : expected.entrySet()) {
            confirmExpected(connection, group.getKey(), group.getValue(), now);
        }
        insertConfirmations(connection, early, now);
        endTurns(connection, closing);
        return update(connection, ids(closing), "state = ?, owner = NULL, closed_at = ?", (update, position) -> {
            update.setInt(position, MessageState.FINISHED.code());
            update.setLong(position + 1, now.toEpochMilli());
            return position + 2;
        });
    }

    /** Whether every expected group has confirmed. A message that died unacknowledged expects whoever subscribes it now. */
    private static boolean closes(Connection connection, Held message, Map<String, Boolean> confirmed)
            throws SQLException {
        if (confirmed.containsValue(false)) {
            return false;
        }
        return switch (message.state()) {
            case SENT -> true;
            case DEAD ->
                message.acknowledged()
                        || confirmed
                                .keySet()
                                .containsAll(
                                        expectedGroups(subscriptions(connection, List.of(message.topic())), message));
            default -> false;
        };
    }

    /** By message and group: whether the confirmation has come. */
    private Map<MessageId, Map<String, Boolean>> confirmations(Connection connection, List<MessageId> ids)
            throws SQLException {
        Map<MessageId, Map<String, Boolean>> known = new HashMap<>();
        if (ids.isEmpty()) {
            return known;
        }
        try (PreparedStatement select = connection.prepareStatement("SELECT message_id, group_id, confirmed_at FROM "
                + dialect.byPrimaryKey(Tables.CONFIRMATION) + " WHERE message_id IN " + list(ids.size()))) {
            setList(select, 1, ids, JdbcMessageStore::setId);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    MessageId id = MessageId.ofBytes(rows.getBytes(1));
                    String group = rows.getString(2);
                    rows.getLong(3);
                    known.computeIfAbsent(id, key -> new HashMap<>()).put(group, !rows.wasNull());
                }
            }
        }
        return known;
    }

    private void confirmExpected(Connection connection, String group, List<MessageId> ids, Instant now)
            throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement("UPDATE " + dialect.byPrimaryKey(Tables.CONFIRMATION)
                        + " SET confirmed_at = ? WHERE group_id = ? AND message_id IN " + list(ids.size()))) {
            update.setLong(1, now.toEpochMilli());
            update.setString(2, group);
            setList(update, 3, ids, JdbcMessageStore::setId);
            update.executeUpdate();
        }
    }

    private static void insertConfirmations(Connection connection, List<ConfirmedBy> rows, @Nullable Instant at)
            throws SQLException {
        if (rows.isEmpty()) {
            return;
        }
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO " + Tables.CONFIRMATION + " (message_id, group_id, confirmed_at) VALUES (?, ?, ?)")) {
            for (ConfirmedBy row : rows) {
                insert.setBytes(1, row.id().toBytes());
                insert.setString(2, row.group());
                if (at == null) {
                    insert.setNull(3, Types.BIGINT);
                } else {
                    insert.setLong(3, at.toEpochMilli());
                }
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    // ---- subscriptions

    /** A row of the table of subscriptions. */
    private record Subscription(String topic, String tag, String group) {
        boolean matches(String messageTag) {
            return tag.equals("*") || tag.equals(messageTag);
        }
    }

    @Override
    public void declare(String group, Map<String, Set<String>> tags, Instant at, Duration memory) {
        Declarations changes = Declarations.of(declared(group), tags, at, memory);
        if (changes.write().isEmpty() && changes.drop().isEmpty()) {
            return;
        }
        String row = " WHERE topic = ? AND tag = ? AND group_id = ?";
        database.transaction("declare the subscriptions of " + group, connection -> {
            try (PreparedStatement delete =
                    connection.prepareStatement("DELETE FROM " + Tables.SUBSCRIPTION + row + " AND declared_at <= ?")) {
                for (Subscribed each : changes.drop()) {
                    setSubscribed(delete, 1, each, group);
                    delete.setLong(4, at.minus(memory).toEpochMilli());
                    delete.addBatch();
                }
                delete.executeBatch();
            }
            for (Subscribed each : changes.write()) {
                noteDeclared(connection, group, each, at, row);
            }
            return changes.write().size();
        });
    }

    /** Deletes and inserts: subscriptions change seldom. */
    int replaceSubscriptions(Connection connection, String group, Map<String, Set<String>> tags, Instant now)
            throws SQLException {
        try (PreparedStatement delete =
                connection.prepareStatement("DELETE FROM " + Tables.SUBSCRIPTION + " WHERE group_id = ?")) {
            delete.setString(1, group);
            delete.executeUpdate();
        }
        if (tags.isEmpty()) {
            return 0;
        }
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO " + Tables.SUBSCRIPTION + " (topic, tag, group_id, declared_at) VALUES (?, ?, ?, ?)")) {
            for (Map.Entry<String, Set<String>> topic : tags.entrySet()) {
                for (String tag : topic.getValue()) {
                    insert.setString(1, topic.getKey());
                    insert.setString(2, tag);
                    insert.setString(3, group);
                    insert.setLong(4, now.toEpochMilli());
                    insert.addBatch();
                }
            }
            return insert.executeBatch().length;
        }
    }

    private void noteDeclared(Connection connection, String group, Subscribed what, Instant at, String row)
            throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement("UPDATE " + Tables.SUBSCRIPTION + " SET declared_at = ?" + row)) {
            update.setLong(1, at.toEpochMilli());
            setSubscribed(update, 2, what, group);
            if (update.executeUpdate() > 0) {
                return;
            }
        }
        try (PreparedStatement insert = connection.prepareStatement(dialect.insertIfAbsent(
                "INSERT INTO " + Tables.SUBSCRIPTION + " (topic, tag, group_id, declared_at) VALUES (?, ?, ?, ?)"))) {
            setSubscribed(insert, 1, what, group);
            insert.setLong(4, at.toEpochMilli());
            insert.executeUpdate();
        } catch (SQLException e) {
            if (!dialect.isDuplicateKey(e)) { // another instance declared the same meanwhile
                throw e;
            }
        }
    }

    private static void setSubscribed(PreparedStatement statement, int position, Subscribed what, String group)
            throws SQLException {
        statement.setString(position, what.topic());
        statement.setString(position + 1, what.tag());
        statement.setString(position + 2, group);
    }

    private Map<Subscribed, Instant> declared(String group) {
        return database.statement("read the subscriptions of " + group, connection -> {
            Map<Subscribed, Instant> found = new HashMap<>();
            try (PreparedStatement select = connection.prepareStatement(
                    "SELECT topic, tag, declared_at FROM " + Tables.SUBSCRIPTION + " WHERE group_id = ?")) {
                select.setString(1, group);
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        found.put(
                                new Subscribed(rows.getString(1), rows.getString(2)),
                                Instant.ofEpochMilli(rows.getLong(3)));
                    }
                }
            }
            return found;
        });
    }

    private static Map<String, List<Subscription>> subscriptions(Connection connection, List<String> topics)
            throws SQLException {
        Map<String, List<Subscription>> found = new HashMap<>();
        for (List<String> piece : pieces(topics)) {
            try (PreparedStatement select = connection.prepareStatement("SELECT topic, tag, group_id FROM "
                    + Tables.SUBSCRIPTION + " WHERE topic IN " + list(piece.size()))) {
                setList(select, 1, piece, PreparedStatement::setString);
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        Subscription row = new Subscription(rows.getString(1), rows.getString(2), rows.getString(3));
                        found.computeIfAbsent(row.topic(), topic -> new ArrayList<>())
                                .add(row);
                    }
                }
            }
        }
        return found;
    }

    @Override
    public Set<String> subscribers(String topic, String tag) {
        return database.statement("read the subscribers of " + topic + ":" + tag, connection -> {
            Set<String> groups = new TreeSet<>();
            for (Subscription row : subscriptions(connection, List.of(topic)).getOrDefault(topic, List.of())) {
                if (row.matches(tag)) {
                    groups.add(row.group());
                }
            }
            return groups;
        });
    }

    // ---- central mode

    @Override
    public boolean submit(MessageId id, @Nullable String owner, Instant dueAt) {
        return database.statement("submit message " + id, connection -> {
            try (PreparedStatement update = connection.prepareStatement("UPDATE " + dialect.byPrimaryKey(Tables.MESSAGE)
                    + " SET state = ?, owner = ?, due_at = ?, attempt = attempt + 1 WHERE id = ? AND state = ?")) {
                update.setInt(1, MessageState.SENDING.code());
                update.setString(2, owner);
                update.setLong(3, dueAt.toEpochMilli());
                update.setBytes(4, id.toBytes());
                update.setInt(5, MessageState.WAITING_CONFIRM.code());
                return update.executeUpdate() == 1;
            }
        });
    }

    @Override
    public boolean cancel(MessageId id, Instant now) {
        return database.statement("cancel message " + id, connection -> {
            try (PreparedStatement update = connection.prepareStatement("UPDATE " + dialect.byPrimaryKey(Tables.MESSAGE)
                    + " SET state = ?, owner = NULL, closed_at = ? WHERE id = ? AND state = ?")) {
                update.setInt(1, MessageState.CANCELLED.code());
                update.setLong(2, now.toEpochMilli());
                update.setBytes(3, id.toBytes());
                update.setInt(4, MessageState.WAITING_CONFIRM.code());
                return update.executeUpdate() == 1;
            }
        });
    }

    // ---- what people change

    @Override
    public Map<MessageId, Change> replay(Map<MessageId, Instant> dueAt) {
        return changed("replay messages", dueAt.keySet(), (connection, held) -> {
            Map<MessageId, Change> changes = new TreeMap<>();
            try (PreparedStatement update = connection.prepareStatement("UPDATE " + dialect.byPrimaryKey(Tables.MESSAGE)
                    + " SET state = ?, attempt = 0, owner = NULL, due_at = ? WHERE id = ?")) {
                for (Held message : held) {
                    Change change = change(message, message.acknowledged() ? Event.REPLAY_UNCONFIRMED : Event.REPLAY);
                    changes.put(message.id(), change);
                    MessageState after = change.after();
                    Instant due = dueAt.get(message.id());
                    if (after != null && due != null) {
                        update.setInt(1, after.code());
                        update.setLong(2, due.toEpochMilli());
                        update.setBytes(3, message.id().toBytes());
                        update.addBatch();
                    }
                }
                update.executeBatch();
            }
            return changes;
        });
    }

    @Override
    public Map<MessageId, Change> discard(Collection<MessageId> ids, Instant now) {
        return changed("discard messages", ids, (connection, held) -> {
            Map<MessageId, Change> changes = new TreeMap<>();
            held.forEach(message -> changes.put(message.id(), change(message, Event.DISCARD)));
            endTurns(
                    connection,
                    held.stream()
                            .filter(message -> change(changes, message) == MessageState.CANCELLED)
                            .toList());
            close(connection, changes, MessageState.CANCELLED, now);
            return changes;
        });
    }

    @Override
    public Map<MessageId, Change> waive(Collection<MessageId> ids, String group, String who, Instant now) {
        return changed("waive confirmations of " + group, ids, (connection, held) -> {
            Map<MessageId, Map<String, Boolean>> known = confirmations(connection, ids(held));
            Map<MessageId, Change> changes = new TreeMap<>();
            List<MessageId> waived = new ArrayList<>();
            for (Held message : held) {
                Map<String, Boolean> confirmed = known.getOrDefault(message.id(), Map.of());
                Change change = new Change(message.state(), null);
                if (Boolean.FALSE.equals(confirmed.get(group))) {
                    boolean last =
                            confirmed.values().stream().filter(done -> !done).count() == 1;
                    change = change(message, last ? Event.WAIVE_LAST : Event.WAIVE);
                }
                changes.put(message.id(), change);
                if (change.after() != null) {
                    waived.add(message.id());
                }
            }
            for (List<MessageId> piece : pieces(waived)) {
                waive(connection, group, who, piece, now);
            }
            endTurns(
                    connection,
                    held.stream()
                            .filter(message -> change(changes, message) == MessageState.FINISHED)
                            .toList());
            close(connection, changes, MessageState.FINISHED, now);
            return changes;
        });
    }

    private void waive(Connection connection, String group, String who, List<MessageId> ids, Instant now)
            throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement("UPDATE " + dialect.byPrimaryKey(Tables.CONFIRMATION)
                        + " SET confirmed_at = ?, waived_by = ? WHERE group_id = ? AND message_id IN "
                        + list(ids.size()))) {
            update.setLong(1, now.toEpochMilli());
            update.setString(2, Database.cut(who, MAX_WHO));
            update.setString(3, group);
            setList(update, 4, ids, JdbcMessageStore::setId);
            update.executeUpdate();
        }
    }

    private static @Nullable MessageState change(Map<MessageId, Change> changes, Held message) {
        Change change = changes.get(message.id());
        return change == null ? null : change.after();
    }

    private static Change change(Held message, Event event) {
        return new Change(
                message.state(), MessageLife.after(message.state(), event).orElse(null));
    }

    /** Writes the changes that closed a message. */
    private void close(Connection connection, Map<MessageId, Change> changes, MessageState closed, Instant now)
            throws SQLException {
        List<MessageId> ids = changes.entrySet().stream()
                .filter(entry -> entry.getValue().after() == closed)
                .map(Map.Entry::getKey)
                .toList();
        update(connection, ids, "state = ?, owner = NULL, closed_at = ?", (update, position) -> {
            update.setInt(position, closed.code());
            update.setLong(position + 1, now.toEpochMilli());
            return position + 2;
        });
    }

    /** Decides and writes what becomes of messages whose rows are locked. */
    private interface Decision {
        Map<MessageId, Change> apply(Connection connection, List<Held> held) throws SQLException;
    }

    private Map<MessageId, Change> changed(String what, Collection<MessageId> ids, Decision decision) {
        Map<MessageId, Change> changes = new TreeMap<>();
        for (List<MessageId> piece : pieces(List.copyOf(new TreeSet<>(ids)))) {
            changes.putAll(
                    database.transaction(what, connection -> decision.apply(connection, lock(connection, piece))));
        }
        return changes;
    }

    // ---- questions

    @Override
    public Optional<StoredMessage> find(MessageId id) {
        return database.statement("find message " + id, connection -> {
            try (PreparedStatement select =
                    connection.prepareStatement("SELECT " + COLUMNS + " FROM " + Tables.MESSAGE + " WHERE id = ?")) {
                select.setBytes(1, id.toBytes());
                try (ResultSet rows = select.executeQuery()) {
                    return rows.next() ? Optional.of(show(rows)) : Optional.empty();
                }
            }
        });
    }

    @Override
    public Map<MessageState, Long> countByState() {
        return database.statement("count messages by state", connection -> {
            Map<MessageState, Long> counts = new EnumMap<>(MessageState.class);
            try (PreparedStatement select = connection.prepareStatement(
                            "SELECT state, COUNT(*) FROM " + Tables.MESSAGE + " GROUP BY state");
                    ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    counts.merge(MessageState.ofCode(rows.getInt(1)), rows.getLong(2), Long::sum);
                }
            }
            return counts;
        });
    }

    @Override
    public List<StoredMessage> latest(@Nullable MessageState state, int limit) {
        return database.statement("read the latest messages", connection -> {
            List<StoredMessage> latest = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement("SELECT " + COLUMNS + " FROM " + Tables.MESSAGE
                    + (state == null ? "" : " WHERE state = ?") + " ORDER BY id DESC LIMIT ?")) {
                int position = 1;
                if (state != null) {
                    select.setInt(position++, state.code());
                }
                select.setInt(position, limit);
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        latest.add(show(rows));
                    }
                }
            }
            return latest;
        });
    }

    // ---- cleaning

    /**
     * {@inheritDoc}
     *
     * <p>Reads the ids without locks, which is safe because a closed message stays closed; the DELETE checks it again. The
     * message goes before its confirmations: whoever adds one holds the message's row. {@code
     * state + 0} keeps H2 from walking the index on the state, and sorting, for each batch anew.
     */
    @Override
    public Cleaned cleanClosed(@Nullable MessageId after, MessageId bound, int shard, int shards, int limit) {
        return database.transaction("clean closed messages", connection -> {
            List<MessageId> ids = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement("SELECT id FROM "
                    + dialect.byPrimaryKey(Tables.MESSAGE)
                    + " WHERE " + (after == null ? "" : "id > ? AND ") + "id < ? AND state + 0 IN " + CLOSED
                    + " AND MOD(shard_hash, ?) = ? ORDER BY id LIMIT ?")) {
                int position = 1;
                if (after != null) {
                    select.setBytes(position++, after.toBytes());
                }
                select.setBytes(position++, bound.toBytes());
                select.setInt(position++, shards);
                select.setInt(position++, shard);
                select.setInt(position, limit);
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        ids.add(MessageId.ofBytes(rows.getBytes(1)));
                    }
                }
            }
            int deleted = 0;
            for (List<MessageId> piece : pieces(ids)) {
                deleted += delete(connection, Tables.MESSAGE, "id", piece, " AND state IN " + CLOSED);
                delete(connection, Tables.CONFIRMATION, "message_id", piece, "");
            }
            return new Cleaned(deleted, ids.isEmpty() ? after : ids.get(ids.size() - 1), ids.size() == limit);
        });
    }

    private int delete(Connection connection, String table, String column, List<MessageId> ids, String condition)
            throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement(
                dialect.deleteByPrimaryKey(table) + " WHERE " + column + " IN " + list(ids.size()) + condition)) {
            setList(delete, 1, ids, JdbcMessageStore::setId);
            return delete.executeUpdate();
        }
    }
}
