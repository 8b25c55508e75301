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

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** What all server programs do alike: arguments, the READY line, the one line when it fails, staying. One thread. */
final class ServerRun {

    private static final String UNTIL_STDIN_ENDS = "until-stdin-ends";

    private final Map<String, String> arguments;

    private ServerRun(Map<String, String> arguments) {
        this.arguments = arguments;
    }

    /** Starts a server and returns the port to be named in the READY line. */
    interface Start {
        int start(ServerRun run) throws Exception;
    }

    /** Runs a server until the process is ended from outside. Does not return. */
    static void stay(String name, Set<String> options, String[] args, Start start) {
        PrintStream out = System.out;
        System.setOut(System.err); // what the server's own code prints must not look like our READY line
        boolean untilStdinEnds = Arrays.asList(args).contains("--" + UNTIL_STDIN_ENDS);
        try {
            int port = start.start(new ServerRun(parse(options, args)));
            out.println("READY " + name + " port=" + port);
            out.flush();
            if (untilStdinEnds) {
                while (System.in.read() >= 0) {
                    // nobody writes there; its end is the end of who started us
                }
                Runtime.getRuntime().halt(0);
            }
            new CountDownLatch(1).await();
        } catch (Exception | LinkageError e) {
            Throwable cause = e;
            while (!(cause instanceof Refused) && cause.getCause() != null) {
                cause = cause.getCause();
            }
            String text = cause instanceof Refused
                    ? String.valueOf(cause.getMessage())
                    : "did not start (expected: a running server). " + cause;
            System.err.println(name + ": " + text.replace('\n', ' '));
            System.err.flush();
            Runtime.getRuntime().halt(1); // not exit: a half started server may hang in its own shutdown hooks
        }
    }

    /** An argument that must be there. */
    String text(String option) {
        String value = arguments.get(option);
        if (value == null) {
            throw new Refused("--" + option, "(absent)", "a value", "Add it to the command line.");
        }
        return value;
    }

    /** An argument that may be left out. */
    @Nullable
    String textOrNull(String option) {
        return arguments.get(option);
    }

    /** A list, empty when left out. */
    List<String> names(String option) {
        String value = arguments.get(option);
        if (value == null || value.isBlank()) {
            return List.of();
        }
        List<String> names = List.of(value.split(","));
        for (String name : names) {
            if (!name.matches("[A-Za-z0-9_%-]{1,64}")) {
                throw new Refused(
                        "--" + option, value, "names of letters, digits, _ and -, with commas between", "Correct it.");
            }
        }
        return names;
    }

    /** A port that nobody listens on. */
    int freePort(String option) {
        String value = text(option);
        int port = value.matches("[0-9]{1,5}") ? Integer.parseInt(value) : -1;
        if (port < 1 || port > 65535) {
            throw new Refused("--" + option, value, "1..65535", "Choose a port.");
        }
        requireFree(option, port);
        return port;
    }

    /** Refuses a port that somebody listens on. */
    static void requireFree(String option, int port) {
        try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            probe.getLocalPort();
        } catch (IOException | IllegalArgumentException e) {
            throw new Refused(
                    "--" + option,
                    Integer.toString(port),
                    "a port that is free on 127.0.0.1",
                    "Another program listens there: end it, or choose another port.");
        }
    }

    /** A folder, made when it is not there. */
    Path folder(String option) {
        Path folder = Path.of(text(option)).toAbsolutePath();
        try {
            return Files.createDirectories(folder);
        } catch (IOException e) {
            throw new Refused("--" + option, folder.toString(), "a folder that can be made", "Choose another: " + e);
        }
    }

    private static Map<String, String> parse(Set<String> options, String[] args) {
        Map<String, String> parsed = new LinkedHashMap<>();
        for (int i = 0; i < args.length; i++) {
            String option = args[i].startsWith("--") ? args[i].substring(2) : "";
            if (option.equals(UNTIL_STDIN_ENDS)) {
                continue;
            }
            if (!options.contains(option)) {
                throw new Refused(
                        "argument", args[i], "one of --" + String.join(", --", new TreeSet<>(options)), "Correct it.");
            }
            if (++i == args.length) {
                throw new Refused("--" + option, "(absent)", "a value", "Add it to the command line.");
            }
            parsed.put(option, args[i]);
        }
        return parsed;
    }

    /** The last lines of a server's own log, in one line. */
    static String endOf(Path log) throws IOException {
        List<String> lines =
                Files.isReadable(log) ? List.of(Files.readString(log, UTF_8).split("\n")) : List.of();
        return String.join(" | ", lines.subList(Math.max(0, lines.size() - 3), lines.size()));
    }

    /** A start that is refused for a reason that the caller can mend. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Refused(String setting, String value, String expected, String advice) {
            super(setting + ": " + value + " (expected: " + expected + "). " + advice);
        }
    }
}
