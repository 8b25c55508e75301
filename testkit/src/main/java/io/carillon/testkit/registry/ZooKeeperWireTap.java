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
package io.carillon.testkit.registry;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Stands between ZooKeeper clients and a server on this machine: counts what the clients ask, cuts and mends. Thread-safe.
 *
 * <p>Counted is every request frame but those that keep a session: connect, ping, authentication, the watches put back after
 * a reconnect, and the end of the session. So an idle client counts 0, and a {@code multi} of any size counts 1.
 */
public final class ZooKeeperWireTap implements AutoCloseable {

    private static final int LONGEST_FRAME = 64 << 20;
    private static final Map<Integer, String> KINDS = Map.ofEntries(
            Map.entry(1, "create"),
            Map.entry(2, "delete"),
            Map.entry(3, "exists"),
            Map.entry(4, "getData"),
            Map.entry(5, "setData"),
            Map.entry(8, "getChildren"),
            Map.entry(9, "sync"),
            Map.entry(11, "ping"),
            Map.entry(12, "getChildren2"),
            Map.entry(14, "multi"),
            Map.entry(15, "create2"),
            Map.entry(18, "removeWatches"),
            Map.entry(22, "multiRead"),
            Map.entry(100, "auth"),
            Map.entry(101, "setWatches"),
            Map.entry(105, "setWatches2"),
            Map.entry(106, "addWatch"),
            Map.entry(-11, "closeSession"));
    private static final List<String> KEEPING =
            List.of("ping", "auth", "setWatches", "setWatches2", "closeSession", "connect");

    private final ServerSocket listening;
    private final int serverPort;
    private final Map<String, Long> counts = new TreeMap<>();
    private final List<Socket> sockets = new ArrayList<>();
    private boolean cut;

    /**
     * Begins to listen on a port of its own.
     *
     * @param serverPort where the server listens on 127.0.0.1
     */
    public ZooKeeperWireTap(int serverPort) {
        this.serverPort = serverPort;
        try {
            this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start("accept", this::accept);
    }

    /** Where clients connect, on 127.0.0.1. */
    public int port() {
        return listening.getLocalPort();
    }

    /** How many requests were counted until now. */
    public synchronized long requests() {
        return counts.entrySet().stream()
                .filter(entry -> !KEEPING.contains(entry.getKey()))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    /** All frames until now, also those that keep a session, by ZooKeeper's name of the operation. */
    public synchronized Map<String, Long> requestsByKind() {
        return new TreeMap<>(counts);
    }

    /** Cuts all connections, and each new one at once. */
    public synchronized void cut() {
        cut = true;
        sockets.forEach(ZooKeeperWireTap::closeQuietly);
        sockets.clear();
    }

    /** Lets clients connect again. */
    public synchronized void mend() {
        cut = false;
    }

    @Override
    public void close() {
        cut();
        try {
            listening.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = listening.accept();
            Socket server = new Socket();
            if (!keep(client, server)) {
                continue;
            }
            try {
                server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), serverPort), 5_000);
                client.setTcpNoDelay(true);
                server.setTcpNoDelay(true);
            } catch (IOException e) {
                closeQuietly(client);
                closeQuietly(server);
                continue;
            }
            start("requests", () -> requests(client, server));
            start("answers", () -> answers(client, server));
        }
    }

    private synchronized boolean keep(Socket client, Socket server) {
        if (cut) {
            closeQuietly(client);
            return false;
        }
        sockets.add(client);
        sockets.add(server);
        return true;
    }

    private void requests(Socket client, Socket server) throws IOException {
        try (client;
                server) {
            DataInputStream from = new DataInputStream(client.getInputStream());
            DataOutputStream to = new DataOutputStream(server.getOutputStream());
            for (boolean first = true; ; first = false) {
                int length = from.readInt();
                if (length < 0 || length > LONGEST_FRAME) {
                    throw new IOException("not a ZooKeeper frame: " + length + " bytes");
                }
                byte[] frame = new byte[length + 4];
                frame[0] = (byte) (length >>> 24);
                frame[1] = (byte) (length >>> 16);
                frame[2] = (byte) (length >>> 8);
                frame[3] = (byte) length;
                from.readFully(frame, 4, length);
                count(first || length < 8 ? "connect" : kind(frame));
                to.write(frame);
                to.flush();
            }
        }
    }

    private static void answers(Socket client, Socket server) throws IOException {
        try (client;
                server) {
            server.getInputStream().transferTo(client.getOutputStream());
        }
    }

    /** The operation in a frame: length, xid, type, each four bytes. */
    private static String kind(byte[] frame) {
        int type = (frame[8] & 0xff) << 24 | (frame[9] & 0xff) << 16 | (frame[10] & 0xff) << 8 | (frame[11] & 0xff);
        return KINDS.getOrDefault(type, "type " + type);
    }

    private synchronized void count(String kind) {
        counts.merge(kind, 1L, Long::sum);
    }

    private interface Piece {
        void run() throws IOException;
    }

    private static void start(String what, Piece piece) {
        Thread thread = new Thread(
                () -> {
                    try {
                        piece.run();
                    } catch (IOException e) {
                        // a side has gone; so does the connection
                    }
                },
                "zookeeper-wire-tap-" + what);
        thread.setDaemon(true);
        thread.start();
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // it is gone either way
        }
    }
}
