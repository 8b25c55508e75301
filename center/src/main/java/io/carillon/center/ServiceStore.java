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

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.carillon.center.CenterProperties.Store;
import io.carillon.console.ConsoleMessages;
import io.carillon.jobs.history.Decision;
import io.carillon.jobs.history.DecisionHistory;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.history.RunRecord;
import io.carillon.messages.directory.Directory;
import io.carillon.messages.directory.DirectoryEdits;
import io.carillon.messages.inbox.Parked;
import io.carillon.messages.inbox.ParkedMessages;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.operations.Audit;
import io.carillon.messages.operations.GroupLags;
import io.carillon.messages.operations.MessageChanges;
import io.carillon.messages.operations.MessageCommands;
import io.carillon.messages.operations.MessageOperations;
import io.carillon.messages.operations.MessageQueries;
import io.carillon.messages.operations.MessageSearch;
import io.carillon.messages.recovery.ParkedCommands;
import io.carillon.store.jdbc.Connections;
import io.carillon.store.jdbc.JdbcStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The database of a service, read by the console. Thread-safe.
 *
 * <p>It is opened at the first question, not at start: a service's database may be down, or not have its tables yet. A
 * failure is remembered for a second, so that the questions of one page wait for it once; then it is tried again.
 */
final class ServiceStore implements MessageQueries, RunHistory, AutoCloseable {
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(1);
    private static final Duration FAILURE_REMEMBERED = Duration.ofSeconds(1);

    private record Failure(RuntimeException cause, Instant at) {}

    private final String name;
    private final boolean commands;
    private final HikariDataSource pool;
    private final InstantSource time;
    private volatile @Nullable JdbcStore opened;
    private volatile @Nullable Failure failure;

    ServiceStore(String name, Store settings, InstantSource time) {
        this.name = name;
        this.commands = settings.commands();
        this.time = time;
        HikariConfig config = new HikariConfig();
        config.setPoolName("carillon-center-" + name);
        config.setJdbcUrl(settings.url());
        config.setUsername(settings.username());
        config.setPassword(settings.password());
        config.setReadOnly(!settings.commands());
        config.setMaximumPoolSize(3);
        config.setMinimumIdle(0);
        config.setIdleTimeout(60_000);
        config.setConnectionTimeout(CONNECT_LIMIT.toMillis());
        config.setValidationTimeout(500);
        config.setInitializationFailTimeout(-1);
        this.pool = new HikariDataSource(config);
    }

    private JdbcStore jdbc() {
        JdbcStore known = opened;
        return known != null ? known : open();
    }

    private synchronized JdbcStore open() {
        JdbcStore known = opened;
        if (known != null) {
            return known;
        }
        Failure last = failure;
        if (last != null && Duration.between(last.at(), time.instant()).abs().compareTo(FAILURE_REMEMBERED) < 0) {
            throw last.cause();
        }
        try {
            JdbcStore store = JdbcStore.open(pool, Connections.of(pool));
            opened = store;
            return store;
        } catch (RuntimeException e) {
            failure = new Failure(e, time.instant());
            throw e;
        }
    }

    /** What people see and do of the service's messages; asked of the database when it is used. */
    MessageOperations operations() {
        MessageSearch search = whenAsked(MessageSearch.class, JdbcStore::messageSearch);
        Audit audit = whenAsked(Audit.class, JdbcStore::audit);
        MessageChanges changes = whenAsked(MessageChanges.class, JdbcStore::messageChanges);
        return new MessageOperations(
                name,
                this,
                search,
                whenAsked(GroupLags.class, JdbcStore::groupLags),
                commands ? new MessageCommands(search, changes, audit, time) : null,
                audit);
    }

    /**
     * The same, with who sends and receives what, and what the service could not handle; asked of the database when it is used.
     *
     * @param edits how the directory is edited, or null
     * @param tell tells the service what people want of its parked messages, or null
     */
    ConsoleMessages messages(@Nullable DirectoryEdits edits, ParkedCommands.@Nullable Elsewhere tell) {
        return new ConsoleMessages(
                operations(), whenAsked(Directory.class, JdbcStore::directory), commands ? edits : null, parked(tell));
    }

    /**
     * What the service received and could not handle.
     *
     * @param tell tells the service what people want of it, or null
     */
    ParkedCommands parked(ParkedCommands.@Nullable Elsewhere tell) {
        return new ParkedCommands(
                new ParkedThere(), whenAsked(Audit.class, JdbcStore::audit), time, commands ? tell : null);
    }

    /** The service's parked messages. Its handlers are in its own processes, so what is to be done is left there. */
    private final class ParkedThere implements ParkedMessages {

        @Override
        public List<Parked> list(@Nullable String group, @Nullable Parked after, int limit) {
            return jdbc().inboxStore().parked(group, after, limit);
        }

        @Override
        public Optional<Parked> find(MessageId id, String group) {
            return jdbc().inboxStore().findParked(id, group);
        }

        @Override
        public Replay replay(MessageId id, String group) {
            throw elsewhere();
        }

        @Override
        public boolean discard(MessageId id, String group, String who) {
            throw elsewhere();
        }

        private IllegalStateException elsewhere() {
            return new IllegalStateException(
                    "store: " + name + ", of another process (expected: a console or API in the"
                            + " service itself). The message stays parked; do it there.");
        }
    }

    /** A port of the store, which is opened when a method is called. */
    private <T> T whenAsked(Class<T> port, Function<JdbcStore, T> real) {
        return port.cast(Proxy.newProxyInstance(
                ServiceStore.class.getClassLoader(), new Class<?>[] {port}, (proxy, method, arguments) -> {
                    try {
                        return method.invoke(real.apply(jdbc()), arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getTargetException();
                    }
                }));
    }

    @Override
    public String store() {
        return name;
    }

    @Override
    public Map<MessageState, Long> countByState() {
        return jdbc().queries(name).countByState();
    }

    @Override
    public Duration oldestOpenAge() {
        return jdbc().queries(name).oldestOpenAge();
    }

    @Override
    public long overdueConfirmations(Duration age) {
        return jdbc().queries(name).overdueConfirmations(age);
    }

    @Override
    public List<StoredMessage> latest(@Nullable MessageState state, int limit) {
        return jdbc().queries(name).latest(state, limit);
    }

    /** The centre only reads. */
    @Override
    public void record(List<RunRecord> runs) {
        throw new UnsupportedOperationException("the centre only reads the store " + name);
    }

    @Override
    public List<RunRecord> latest(String jobName, int limit) {
        return jdbc().runHistory().latest(jobName, limit);
    }

    @Override
    public List<RunRecord> planned(String jobName, Instant from, Instant to, int limit) {
        return jdbc().runHistory().planned(jobName, from, to, limit);
    }

    @Override
    public Map<String, List<RunRecord>> latestOf(Collection<String> jobNames, int perJob) {
        return jdbc().runHistory().latestOf(jobNames, perJob);
    }

    @Override
    public List<RunRecord> find(Question question) {
        return jdbc().runHistory().find(question);
    }

    /** Why firings did not run on the service's instances. */
    DecisionHistory decisions() {
        return new DecisionHistory() {
            @Override
            public void record(List<Decision> decisions) {
                throw new UnsupportedOperationException("the centre only reads the store " + name);
            }

            @Override
            public List<Decision> between(String jobName, Instant from, Instant to, int limit) {
                return jdbc().decisionHistory().between(jobName, from, to, limit);
            }
        };
    }

    @Override
    public void close() {
        pool.close();
    }
}
