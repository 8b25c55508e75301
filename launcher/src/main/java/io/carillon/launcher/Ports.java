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
package io.carillon.launcher;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/**
 * Hands out free ports of the loopback address, each once. They lie below the range from which the system takes ports for
 * outgoing connections, so a server that is killed can be started again on its port. Thread-safe.
 */
public final class Ports {

    private static final int LEAST = 20_000;
    private static final int MOST = 32_000;

    private final Random random = new Random();
    private final Set<Integer> taken = new HashSet<>();

    /** A free port. */
    public int next() {
        return next(1);
    }

    /** The first of several free ports in a row. */
    public synchronized int next(int count) {
        for (int attempt = 0; attempt < 1_000; attempt++) {
            int first = LEAST + random.nextInt(MOST - LEAST - count);
            if (isFree(first, count)) {
                for (int i = 0; i < count; i++) {
                    taken.add(first + i);
                }
                return first;
            }
        }
        throw new IllegalStateException("ports: none free between " + LEAST + " and " + MOST);
    }

    private boolean isFree(int first, int count) {
        for (int port = first; port < first + count; port++) {
            if (taken.contains(port)) {
                return false;
            }
            try (ServerSocket socket = new ServerSocket()) {
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            } catch (IOException e) {
                return false;
            }
        }
        return true;
    }
}
