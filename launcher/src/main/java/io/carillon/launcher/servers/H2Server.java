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

import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.Set;
import org.h2.tools.Server;

/** An H2 that is reached by TCP. See {@link ServerProcess#H2}. */
public final class H2Server {

    private H2Server() {}

    /** Starts it and stays. */
    public static void main(String[] args) {
        ServerRun.stay("h2", Set.of("port", "dir", "databases", "user", "password"), args, H2Server::start);
    }

    private static int start(ServerRun run) throws Exception {
        int port = run.freePort("port");
        Path folder = run.folder("dir");
        System.setProperty("h2.bindAddress", "127.0.0.1");
        Server.createTcpServer("-tcpPort", Integer.toString(port), "-ifNotExists", "-baseDir", folder.toString())
                .start();
        for (String database : run.names("databases")) {
            DriverManager.getConnection(
                            "jdbc:h2:tcp://127.0.0.1:" + port + "/./" + database,
                            run.text("user"),
                            run.text("password"))
                    .close();
        }
        return port;
    }
}
