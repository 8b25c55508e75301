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

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Finds out at start whether anybody listens at the other end, so that an absent server is one clear line and not a page of
 * its client's log. Stateless.
 */
public final class Reachability {

    private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(200);

    private Reachability() {}

    /**
     * Waits until one of the servers takes a connection.
     *
     * @param property where the servers come from
     * @param servers host:port each; a missing port is the default one
     * @param patience how long to wait for the first answer
     * @param kind what is expected there, such as "a ZooKeeper server"
     * @throws InvalidPropertyException when none did
     */
    public static void await(
            String property, List<String> servers, int defaultPort, Duration patience, String kind, String advice) {
        long start = SystemTime.nanos().getAsLong();
        String last = "no address";
        while (true) {
            for (String server : servers) {
                long left = patience.toNanos() - (SystemTime.nanos().getAsLong() - start);
                String outcome = tryOnce(server.trim(), defaultPort, Math.max(left, PAUSE));
                if (outcome.isEmpty()) {
                    return;
                }
                last = outcome;
            }
            if (SystemTime.nanos().getAsLong() - start >= patience.toNanos()
                    || Thread.currentThread().isInterrupted()) {
                throw new InvalidPropertyException(
                        property,
                        String.join(",", servers),
                        kind + " that answers within " + PropertyChecks.text(patience) + "; " + last,
                        advice);
            }
            LockSupport.parkNanos(PAUSE);
        }
    }

    private static String tryOnce(String server, int defaultPort, long nanos) {
        int colon = server.lastIndexOf(':');
        boolean hasPort = colon > server.lastIndexOf(']') && colon > 0;
        String host = (hasPort ? server.substring(0, colon) : server).replaceAll("[\\[\\]]", "");
        int port = hasPort ? Integer.parseInt(server.substring(colon + 1)) : defaultPort;
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            return server + ": unknown host";
        }
        try (Socket socket = new Socket()) {
            socket.connect(address, (int) Math.min(Integer.MAX_VALUE, Math.max(1, nanos / 1_000_000)));
            return "";
        } catch (IOException e) {
            return server + ": " + e.getMessage();
        }
    }
}
