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
package io.carillon.launcher.servers;

import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.server.ServerConfig;
import org.apache.zookeeper.server.ZooKeeperServerMain;
import org.apache.zookeeper.server.quorum.QuorumPeerConfig;

/** A ZooKeeper with one member. See {@link ServerProcess#ZOOKEEPER}. */
public final class ZooKeeperServer extends ZooKeeperServerMain {

    private final CompletableFuture<Void> started = new CompletableFuture<>();

    private ZooKeeperServer() {}

    /** Starts it and stays. */
    public static void main(String[] args) {
        ServerRun.stay("zookeeper", Set.of("port", "dir"), args, ZooKeeperServer::start);
    }

    @Override
    protected void serverStarted() {
        started.complete(null);
    }

    private static int start(ServerRun run) throws Exception {
        int port = run.freePort("port");
        Properties settings = new Properties();
        settings.setProperty("dataDir", run.folder("dir").toString());
        settings.setProperty("clientPort", Integer.toString(port));
        settings.setProperty("clientPortAddress", "127.0.0.1");
        // 500 ms: the shortest session is two ticks, the longest would be twenty
        settings.setProperty("tickTime", "500");
        settings.setProperty("maxSessionTimeout", "60000");
        settings.setProperty("maxClientCnxns", "0");
        settings.setProperty("admin.enableServer", "false");
        settings.setProperty("4lw.commands.whitelist", "*");
        QuorumPeerConfig parsed = new QuorumPeerConfig();
        parsed.parseProperties(settings);
        ServerConfig config = new ServerConfig();
        config.readFrom(parsed);

        ZooKeeperServer server = new ZooKeeperServer();
        Thread thread = new Thread(
                () -> {
                    try {
                        server.runFromConfig(config);
                    } catch (Exception | LinkageError e) {
                        server.started.completeExceptionally(e);
                    }
                },
                "zookeeper");
        thread.start();
        server.started.get(60, TimeUnit.SECONDS);
        return port;
    }
}
