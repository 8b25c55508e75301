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
package io.carillon.jobs.coordination;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The registry port: a tree of nodes with sessions, as ZooKeeper offers it and no stronger.
 *
 * <p>Paths are absolute ({@code /namespace/job/config}); data is text, UTF-8 on the wire. All methods are thread-safe and
 * return at once; answers, changes and session events are delivered one at a time, in the registry's order, on a thread of
 * the registry's that must not be blocked. A change is delivered before the answer of any later read that shows it, and
 * before the outcome of any commit that comes after it in the registry's history.
 */
public interface Registry extends AutoCloseable {

    /**
     * Applies all writes or none.
     *
     * @param callback called once with the outcome, unless the registry is closed before
     */
    void commit(List<Write> writes, Consumer<? super CommitResult> callback);

    /**
     * Reads several things in one request, at one point of the registry's history.
     *
     * @param callback called once with the outcome, unless the registry is closed before
     */
    void read(List<Read> reads, Consumer<? super ReadResult> callback);

    /**
     * Tells of every change at or below a path, until closed. Survives reconnects; see {@link Watcher#resync()}.
     *
     * @param path an absolute path; the node need not exist yet
     * @param ready called once when the watch is in place: what is read from then on cannot miss a change
     */
    Watch watch(String path, Watcher watcher, Runnable ready);

    /** Tells of what happens to the session; the listener first hears the present state. */
    void onSession(Consumer<? super SessionEvent> listener);

    /** How long the registry keeps the ephemeral nodes of a client that it does not hear from, as negotiated. */
    Duration sessionTimeout();

    /** Ends the session: its ephemeral nodes vanish. Idempotent. No callback comes after it returned. */
    @Override
    void close();

    /** How long a created node lives. */
    enum CreateMode {
        /** Until deleted. */
        PERSISTENT,
        /** Until deleted, or until the session that created it has ended. */
        EPHEMERAL,
        /** As {@link #EPHEMERAL}; ten digits that only grow are appended to the path. */
        EPHEMERAL_SEQUENTIAL,
        /** As {@link #PERSISTENT}; the registry may remove it some time after its last child has gone. */
        CONTAINER
    }

    /** One step of a commit. */
    sealed interface Write {

        /** The node that is written. */
        String path();

        /** Creates a node; refused when it exists or its parent does not. */
        record Create(String path, String data, CreateMode mode) implements Write {}

        /** Replaces the data; refused when the node is absent, or its version is not {@code expectedVersion} (-1: any). */
        record SetData(String path, String data, int expectedVersion) implements Write {}

        /** Deletes a node; refused when it is absent, has children, or its version is not {@code expectedVersion}. */
        record Delete(String path, int expectedVersion) implements Write {}

        /** Changes nothing; refused when the node is absent or its version is not {@code expectedVersion} (-1: any). */
        record Check(String path, int expectedVersion) implements Write {}
    }

    /** The outcome of a commit. */
    sealed interface CommitResult {

        /**
         * All writes took effect.
         *
         * @param zxid the number of the commit in the registry's history, growing from commit to commit; -1 when the
         *     writes hold no {@link Write.SetData}, whose answer is what tells it
         * @param paths the path of each write; for a sequential node, with its digits
         * @param millis the registry's wall clock at the commit, milliseconds since 1970; -1 where {@code zxid} is
         */
        record Committed(long zxid, List<String> paths, long millis) implements CommitResult {

            /** One whose time is not told. */
            public Committed(long zxid, List<String> paths) {
                this(zxid, paths, -1);
            }
        }

        /** Nothing took effect: the write at {@code index} was refused. */
        record Refused(int index, Reason reason) implements CommitResult {}

        /** The answer was lost with the connection or the session: all writes took effect, or none. */
        record Unknown(String cause) implements CommitResult {}
    }

    /** Why a write was refused. */
    enum Reason {
        NO_NODE,
        NODE_EXISTS,
        BAD_VERSION,
        NOT_EMPTY,
        NO_PERMISSION,
        OTHER
    }

    /** One question of a read. */
    sealed interface Read {

        /** The node that is read. */
        String path();

        /** A node's data. */
        record Get(String path) implements Read {}

        /** The names of a node's children. */
        record Children(String path) implements Read {}

        /** A node as it is on the wire, for people who look at it; no decision needs it. */
        record Raw(String path) implements Read {}
    }

    /** The outcome of a read. */
    sealed interface ReadResult {

        /** One answer per question, in their order. */
        record Values(List<Answer> answers) implements ReadResult {}

        /**
         * No answer: the connection or the session was lost, or reading is not permitted.
         *
         * @param reason {@link Reason#NO_PERMISSION} when it is not permitted, else {@link Reason#OTHER}
         */
        record Failed(String cause, Reason reason) implements ReadResult {

            /** Lost. */
            public Failed(String cause) {
                this(cause, Reason.OTHER);
            }
        }
    }

    /** What a read found. */
    sealed interface Answer {

        /** The node of a {@link Read.Get}. */
        record Found(Node node) implements Answer {}

        /**
         * The node of a {@link Read.Raw}.
         *
         * @param octets its data, one character of 0 to 255 for each byte
         * @param children how many children it has
         */
        record RawNode(Node node, String octets, int children) implements Answer {}

        /** The children of a {@link Read.Children}, in no particular order. */
        record Names(List<String> children) implements Answer {}

        /** There is no such node. */
        record Absent() implements Answer {}
    }

    /**
     * A node as read.
     *
     * @param data its text, empty when it has none
     * @param version how often its data was set since it was created
     * @param createdZxid the commit that created it
     * @param modifiedZxid the commit that last set its data
     * @param ephemeralOwner the session whose end deletes it; 0 for a persistent node
     * @param modifiedMillis the registry's wall clock at {@code modifiedZxid}, milliseconds since 1970
     */
    record Node(
            String path,
            String data,
            int version,
            long createdZxid,
            long modifiedZxid,
            long ephemeralOwner,
            long modifiedMillis) {}

    /** Hears of changes below a watched path. */
    interface Watcher {

        /** Something changed. Data is not delivered: who needs it reads it. */
        void changed(Change change);

        /**
         * Changes may have been missed (a new session, or a new watch): everything must be read again. Not called for the
         * first registration, whose {@code ready} says the same.
         */
        void resync();

        /** The watch is not permitted: nothing is told, and {@code ready} does not come. */
        default void refused(String cause) {}
    }

    /** A running {@link #watch}. */
    interface Watch extends AutoCloseable {

        /** Ends the watch; idempotent. */
        @Override
        void close();
    }

    /**
     * One change of one node.
     *
     * @param zxid the commit that caused it, or -1 when the registry does not tell
     */
    record Change(String path, Kind kind, long zxid) {

        /** What happened to the node. */
        public enum Kind {
            CREATED,
            DATA_CHANGED,
            DELETED
        }
    }

    /** What happened to the session. */
    sealed interface SessionEvent {

        /** Connected; a session id other than the last one means that the old session and its ephemeral nodes are gone. */
        record Connected(long sessionId) implements SessionEvent {}

        /** No server answers; the session may or may not live on. */
        record Suspended() implements SessionEvent {}

        /** The session is over, and its ephemeral nodes with it. {@link Connected} follows when a new one is made. */
        record Expired(@Nullable String cause) implements SessionEvent {}
    }
}
