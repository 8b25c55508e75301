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
package io.carillon.messages.recovery;

import io.carillon.messages.Message;
import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.ReliableMessages;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.messages.outbox.Transactions;
import io.carillon.messages.recovery.CleaningStore.Kind;
import io.carillon.messages.recovery.CleaningStore.Progress;
import io.carillon.messages.recovery.CleaningStore.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The centre's side of cleaning by command: a reliable message per shard, for all services, and the counts that they report
 * back, as reliable messages too. Thread-safe.
 */
public final class CleaningCommands {

    /** Topic of commands; the tag is the kind. */
    public static final String COMMAND_TOPIC = "CARILLON_CLEAN";

    /** Topic of reports; the tag is the kind. */
    public static final String REPORT_TOPIC = "CARILLON_CLEANED";

    /** What is younger is never cleaned: a message may still arrive again that long, and the inbox must know it. */
    public static final Duration LEAST_RETENTION = Duration.ofDays(1);

    private static final Logger log = LoggerFactory.getLogger(CleaningCommands.class);
    private static final String GROUP_END = "-cleaning";
    private static final int MAX_SHARDS = 1000;

    private final ReliableMessages messages;
    private final Transactions transactions;
    private final MessageStore store;
    private final CleaningStore cleanings;
    private final MessageServiceOptions options;

    public CleaningCommands(
            ReliableMessages messages,
            Transactions transactions,
            MessageStore store,
            CleaningStore cleanings,
            MessageServiceOptions options) {
        this.messages = messages;
        this.transactions = transactions;
        this.store = store;
        this.cleanings = cleanings;
        this.options = options;
    }

    /** The group under which a service hears commands. */
    public static String group(String service) {
        return service + GROUP_END;
    }

    /**
     * Commands a cleaning, in all its shards.
     *
     * @param retention what is older goes; at least {@link #LEAST_RETENTION}
     * @return the tasks, one for each shard and service known now; a service that is not known yet hears of it too
     */
    public List<Task> command(Kind kind, Duration retention, int shards) throws Exception {
        MessageId id = newId();
        List<Task> tasks = new ArrayList<>();
        for (int shard = 0; shard < shards; shard++) {
            tasks.addAll(command(id, kind, retention, shard, shards));
        }
        return tasks;
    }

    /** One shard of the centre's job: commands it by {@link MessageServiceOptions#retention}. */
    public MaintenanceResult run(Kind kind, int shard, int shards) {
        Instant begin = options.time().instant();
        Duration retention = options.retention().compareTo(LEAST_RETENTION) < 0 ? LEAST_RETENTION : options.retention();
        try {
            int handled = command(newId(), kind, retention, shard, shards).size();
            return new MaintenanceResult(
                    handled, 0, Duration.between(begin, options.time().instant()));
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("command a cleaning: " + e, e);
        }
    }

    private MessageId newId() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return MessageId.of(options.time().instant(), random.nextLong(), random.nextLong());
    }

    private List<Task> command(MessageId id, Kind kind, Duration retention, int shard, int shards) throws Exception {
        if (retention.compareTo(LEAST_RETENTION) < 0) {
            throw new IllegalArgumentException("retention: " + retention + " (expected: " + LEAST_RETENTION
                    + " or longer). Nothing was commanded; younger rows may still be needed.");
        }
        if (shards < 1 || shards > MAX_SHARDS) {
            throw new IllegalArgumentException(
                    "shards: " + shards + " (expected: 1.." + MAX_SHARDS + "). Nothing was commanded.");
        }
        Instant bound = options.time().instant().minus(retention);
        List<Task> tasks = store.subscribers(COMMAND_TOPIC, kind.name()).stream()
                .filter(group -> group.endsWith(GROUP_END))
                .map(group -> group.substring(0, group.length() - GROUP_END.length()))
                .map(service -> new Task(id, service, shard, shards, kind, bound))
                .toList();
        return transactions.inNew(() -> {
            cleanings.ask(tasks);
            messages.send(write(new Task(id, "", shard, shards, kind, bound)));
            return tasks;
        });
    }

    /** Takes a report, in the transaction of its receipt. */
    public void reported(ReceivedMessage message) {
        readReport(message.message()).ifPresent(cleanings::report);
    }

    // ---- what travels: one line of tab-separated fields

    static Message write(Task task) {
        return Message.to(COMMAND_TOPIC, task.kind().name())
                .key(task.id() + "-" + task.shard())
                .text(fields(task))
                .build();
    }

    private static String fields(Task task) {
        return task.id() + "\t" + task.shard() + "\t" + task.shards() + "\t" + task.kind() + "\t"
                + task.bound().toEpochMilli();
    }

    static Optional<Task> readCommand(Message message, String service) {
        String[] fields = message.text().split("\t", -1);
        return fields.length < 5 ? unreadable(message, null) : task(message, fields, service);
    }

    private static Optional<Task> task(Message message, String[] fields, String service) {
        try {
            Task task = new Task(
                    MessageId.parse(fields[0]),
                    service,
                    Integer.parseInt(fields[1]),
                    Integer.parseInt(fields[2]),
                    Kind.valueOf(fields[3]),
                    Instant.ofEpochMilli(Long.parseLong(fields[4])));
            Cleaning.checkShard(task.shard(), task.shards());
            return Optional.of(task);
        } catch (IllegalArgumentException e) {
            return unreadable(message, e);
        }
    }

    private static <T> Optional<T> unreadable(Message message, @Nullable IllegalArgumentException e) {
        log.warn("{}: cannot be read, and is passed over: {}", message.topic(), e == null ? "" : e.getMessage());
        return Optional.empty();
    }

    static Message write(Progress progress) {
        Task task = progress.task();
        Instant doneAt = progress.doneAt();
        return Message.to(REPORT_TOPIC, task.kind().name())
                .key(task.id() + "-" + task.shard())
                .text(fields(task) + "\t" + task.service() + "\t" + progress.deleted() + "\t" + progress.left() + "\t"
                        + (doneAt == null ? 0 : doneAt.toEpochMilli()))
                .build();
    }

    private static Optional<Progress> readReport(Message message) {
        String[] fields = message.text().split("\t", -1);
        if (fields.length < 9) {
            return unreadable(message, null);
        }
        return task(message, fields, fields[5])
                .map(task -> new Progress(
                        task,
                        Long.parseLong(fields[6]),
                        Long.parseLong(fields[7]),
                        null,
                        Instant.ofEpochMilli(Long.parseLong(fields[8]))));
    }
}
