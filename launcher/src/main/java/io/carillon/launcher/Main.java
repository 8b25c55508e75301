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

import io.carillon.launcher.terminal.Terminal;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;

/** The program behind {@code ./carillon}. Exit code 0: done, and the verdict holds; 1: it does not; 2: bad usage. */
public final class Main {

    /** Whether the JVM was told to end, so that the faults which follow are not faults. */
    private static final AtomicBoolean STOPPING = new AtomicBoolean();

    private Main() {}

    /** @param arguments the command and its options */
    public static void main(String[] arguments) {
        int code =
                run(Path.of(System.getProperty("carillon.root", ".")).toAbsolutePath(), List.of(arguments), System.out);
        System.exit(code);
    }

    static int run(Path root, List<String> arguments, PrintStream out) {
        if (!arguments.isEmpty() && Terminal.COMMANDS.contains(arguments.get(0))) {
            // the script says whether a person is at the keyboard
            BufferedReader answers = Boolean.getBoolean("carillon.interactive")
                    ? new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()))
                    : null;
            return new Terminal(System.getenv(), out, System.err, answers, Locale.getDefault()).run(arguments);
        }
        try {
            if (!arguments.isEmpty() && arguments.get(0).equals("simulate")) {
                return new Simulate(SimulateOptions.parse(arguments.subList(1, arguments.size())), out).run();
            }
            if (arguments.isEmpty() || !arguments.get(0).equals("demo")) {
                throw new UsageException("command: " + (arguments.isEmpty() ? "none" : arguments.get(0))
                        + " (expected: demo, simulate or " + String.join(", ", Terminal.COMMANDS)
                        + "). Nothing was started; ./carillon help lists what there is.");
            }
            return demo(root, DemoOptions.parse(arguments.subList(1, arguments.size())), out);
        } catch (UsageException e) {
            out.println(e.getMessage());
            return 2;
        }
    }

    private static int demo(Path root, DemoOptions options, PrintStream out) {
        try (Demo demo = new Demo(root, options, out)) {
            Thread onInterrupt = new Thread(
                    () -> {
                        STOPPING.set(true);
                        demo.stop();
                    },
                    "stop every child");
            Runtime.getRuntime().addShutdownHook(onInterrupt);
            return demo.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            out.println("The demo was interrupted; every process was stopped and everything written was removed.");
            return 1;
        } catch (Exception e) {
            if (STOPPING.get()) {
                out.println("Stopped: every process was ended and everything written was removed.");
                return 1;
            }
            out.println("The demo could not be finished: " + e.getMessage());
            out.println("Every process was stopped and everything written was removed.");
            return 1;
        }
    }
}
