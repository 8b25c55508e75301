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
package io.carillon.bench;

import io.carillon.launcher.ChildProcess;
import io.carillon.launcher.ChildProcess.Program;
import io.carillon.launcher.Ports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What jobs cost, on Carillon and on ElasticJob 3.0.4 side by side: each instance is a process of its own, in turn, against one
 * ZooKeeper server in a third process. Counts hold on any machine; times only compare within one run.
 */
public final class JobsBench {

    private static final String NEVER = "0 0 0 1 1 ? 2099";
    private static final String EACH_SECOND = "0/1 * * * * ?";
    private static final List<String> JVM =
            List.of("-Xmx512m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-Djava.net.preferIPv4Stack=true");

    private final Path root;
    private final Path folder;
    private final int port;
    private int run;

    private JobsBench(Path root, Path folder, int port) {
        this.root = root;
        this.folder = folder;
        this.port = port;
    }

    /** The figures of one run of a program, each under the word that begins its line and its key. */
    private record Figures(Map<String, Long> byName) {

        double of(String name) {
            Long figure = byName.get(name);
            if (figure == null) {
                throw new IllegalStateException(name + ": not printed (expected: one of " + byName.keySet() + ")");
            }
            return figure;
        }

        double perJob(String name) {
            return of(name) / of("STARTED jobs");
        }

        double perFiring(String name) {
            return of(name) / Math.max(1, of("FIRED run"));
        }
    }

    /** @param arguments how many seconds 500 jobs fire each second (default 30) */
    public static void main(String[] arguments) throws Exception {
        int seconds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 30;
        Path root = Path.of("").toAbsolutePath();
        Path folder = Files.createTempDirectory("carillon-bench-jobs");
        int port = new Ports().next();
        try (ChildProcess server = new ChildProcess(
                "zookeeper",
                Program.ofModule(root.resolve("launcher"), "io.carillon.launcher.servers.ZooKeeperServer"),
                List.of("-Xmx512m", "-Dlogback.configurationFile=io/carillon/launcher/servers/logback.xml"),
                List.of("--port", "" + port, "--dir", folder.resolve("zk").toString()),
                folder,
                line -> line.startsWith("READY "))) {
            server.start().awaitReady(Duration.ofMinutes(1));
            new JobsBench(root, folder, port).compare(seconds);
        }
    }

    private void compare(int seconds) throws Exception {
        System.out.printf(
                "%s, %d processors, JDK %s, %s %s; one ZooKeeper server on loopback%n%n",
                SystemTime.now().atZone(ZoneOffset.UTC).toLocalDate(),
                Runtime.getRuntime().availableProcessors(),
                Runtime.version().feature(),
                System.getProperty("os.name"),
                System.getProperty("os.arch"));
        System.out.println("| | Carillon | ElasticJob 3.0.4 |");
        System.out.println("|---|---|---|");
        Figures[] start = both(1_000, 1, NEVER, 0);
        row(
                "requests per start of a job (1,000 jobs)",
                "%.1f",
                start[0].perJob("STARTED requests"),
                start[1].perJob("STARTED requests"));
        row("threads per job", "%.2f", start[0].perJob("STARTED threads"), start[1].perJob("STARTED threads"));
        row("start of 1,000 jobs one after the other, ms", "%,.0f", start, "STARTED ms");
        row("CPU of it, ms", "%,.0f", start, "STARTED cpuMs");
        for (int items : List.of(1, 10, 1_000)) {
            Figures[] one = both(1, items, EACH_SECOND, 10);
            row(
                    String.format(Locale.ROOT, "requests per firing with %,d item%s", items, items == 1 ? "" : "s"),
                    "%,.1f",
                    one[0].perFiring("FIRED requests"),
                    one[1].perFiring("FIRED requests"));
        }
        Figures[] many = both(500, 1, EACH_SECOND, seconds);
        row("500 jobs each second: firings due", "%,.0f", many, "FIRED due");
        row("firings run", "%,.0f", many, "FIRED run");
        row("skipped", "%.1f %%", skipped(many[0]), skipped(many[1]));
        row("late p50, ms", "%,.0f", many, "FIRED p50");
        row("late p99, ms", "%,.0f", many, "FIRED p99");
        row("late at most, ms", "%,.0f", many, "FIRED max");
        row("requests per firing", "%.1f", many[0].perFiring("FIRED requests"), many[1].perFiring("FIRED requests"));
        row("CPU per firing, ms", "%.2f", many[0].perFiring("FIRED cpuMs"), many[1].perFiring("FIRED cpuMs"));
        row("threads of the process", "%,.0f", many, "FIRED threads");
    }

    private static double skipped(Figures figures) {
        return 100 * (1 - figures.of("FIRED run") / figures.of("FIRED due"));
    }

    private static void row(String what, String format, Figures[] both, String name) {
        row(what, format, both[0].of(name), both[1].of(name));
    }

    private static void row(String what, String format, double ours, double theirs) {
        System.out.println("| " + what + " | " + String.format(Locale.ROOT, format, ours) + " | "
                + String.format(Locale.ROOT, format, theirs) + " |");
    }

    private Figures[] both(int jobs, int items, String cron, int seconds) throws Exception {
        return new Figures[] {
            measure(Program.ofModule(root.resolve("bench"), JobLoad.class.getName()), jobs, items, cron, seconds),
            measure(
                    Program.ofModule(root.resolve("it/elasticjob-peer"), "io.carillon.it.ElasticJobLoad"),
                    jobs,
                    items,
                    cron,
                    seconds)
        };
    }

    private Figures measure(Program program, int jobs, int items, String cron, int seconds) throws Exception {
        run++;
        List<String> arguments = List.of("" + port, "run-" + run, "" + jobs, "" + items, cron, "" + seconds);
        try (ChildProcess process =
                new ChildProcess("run-" + run, program, JVM, arguments, folder, line -> line.startsWith("FIRED "))) {
            int exit = process.start().awaitExit(Duration.ofMinutes(10).plusSeconds(seconds));
            if (exit != 0) {
                throw new IllegalStateException(
                        program.mainClass() + " ended with " + exit + ": " + process.lastLines());
            }
            return new Figures(printed(process.log()));
        }
    }

    private static Map<String, Long> printed(Path log) throws IOException {
        Map<String, Long> figures = new HashMap<>();
        for (String line : Files.readAllLines(log)) {
            if (line.startsWith("STARTED ") || line.startsWith("FIRED ")) {
                String[] words = line.split(" ", -1);
                for (String figure : List.of(words).subList(1, words.length)) {
                    String[] parts = figure.split("=", -1);
                    figures.put(words[0] + " " + parts[0], Long.parseLong(parts[1]));
                }
            }
        }
        return figures;
    }
}
