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
import org.apache.zookeeper.server.embedded.ExitHandler;
import org.apache.zookeeper.server.embedded.ZooKeeperServerEmbedded;

/** A ZooKeeper with one member. See {@link ServerProcess#ZOOKEEPER}. */
public final class ZooKeeperServer {

    private ZooKeeperServer() {}

    /** Starts it and stays. */
    public static void main(String[] args) {
        ServerRun.stay("zookeeper", Set.of("port", "dir"), args, ZooKeeperServer::start);
    }

    private static int start(ServerRun run) throws Exception {
        int port = run.freePort("port");
        Properties settings = new Properties();
        settings.setProperty("clientPort", Integer.toString(port));
        settings.setProperty("clientPortAddress", "127.0.0.1");
        // 500 ms: the shortest session is two ticks, the longest would be twenty
        settings.setProperty("tickTime", "500");
        settings.setProperty("maxSessionTimeout", "60000");
        settings.setProperty("maxClientCnxns", "0");
        settings.setProperty("admin.enableServer", "false");
        settings.setProperty("4lw.commands.whitelist", "*");
        ZooKeeperServerEmbedded.builder()
                .baseDir(run.folder("dir"))
                .configuration(settings)
                .exitHandler(ExitHandler.LOG_ONLY)
                .build()
                .start(60_000);
        return port;
    }
}
