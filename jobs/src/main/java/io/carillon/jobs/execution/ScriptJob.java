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
package io.carillon.jobs.execution;

import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.TypedJob;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The type {@code SCRIPT}: runs {@code script.command.line} with the sharding context as JSON in one more argument.
 * Thread-safe.
 *
 * <p>The command line is cut at blanks, but not within single or double quotes; no shell is involved. An exit code other than 0
 * is a failure with the end of the output as its cause. When the item is stopped, the process and its children are asked to
 * end, and killed 2 s later.
 */
final class ScriptJob implements JobType {

    static final String COMMAND_LINE = TypedJob.COMMAND_LINE;

    private static final Logger LOG = LoggerFactory.getLogger(ScriptJob.class);
    private static final int TAIL = 4_000;
    private static final long PATIENCE_MS = 2_000;

    @Override
    public String type() {
        return "SCRIPT";
    }

    @Override
    public void check(JobConfiguration configuration) {
        words(configuration);
    }

    @Override
    public void execute(JobConfiguration configuration, ShardingContext context) throws Exception {
        List<String> command = new ArrayList<>(words(configuration));
        command.add(ContextJson.of(context));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        Output output = new Output(process, configuration.getJobName());
        int exit;
        try {
            output.start();
            process.getOutputStream().close();
            exit = process.waitFor();
            // what children in the background still hold open is not waited for
            output.join(PATIENCE_MS);
        } catch (InterruptedException e) {
            kill(process);
            throw e;
        }
        if (exit != 0) {
            throw new IllegalStateException("job '" + configuration.getJobName() + "': the script of item "
                    + context.getShardingItem() + " exited with " + exit
                    + " (expected: 0). The item is recorded as failed. Its last output:\n" + output.tail());
        }
        LOG.debug("job '{}': item {}: {}", configuration.getJobName(), context.getShardingItem(), output.tail());
    }

    private static void kill(Process process) {
        List<ProcessHandle> all = Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                .toList();
        all.forEach(ProcessHandle::destroy);
        try {
            process.waitFor(PATIENCE_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        all.forEach(ProcessHandle::destroyForcibly);
    }

    private static List<String> words(JobConfiguration configuration) {
        String line = configuration.getProps().getOrDefault(COMMAND_LINE, "");
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean open = false;
        char quote = 0;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (quote != 0) {
                if (c == quote) {
                    quote = 0;
                } else {
                    word.append(c);
                }
            } else if (c == '"' || c == '\'') {
                quote = c;
                open = true;
            } else if (Character.isWhitespace(c)) {
                if (open) {
                    words.add(word.toString());
                    word.setLength(0);
                    open = false;
                }
            } else {
                word.append(c);
                open = true;
            }
        }
        if (open) {
            words.add(word.toString());
        }
        if (words.isEmpty() || quote != 0) {
            throw new InvalidSettingException(
                    COMMAND_LINE,
                    "'" + line + "'",
                    "a command with its arguments, quotes closed",
                    "Job '" + configuration.getJobName() + "' cannot run its script; set the property.");
        }
        return words;
    }

    /** Reads what a process says, to the end, and keeps the last of it. Thread-safe. */
    private static final class Output extends Thread {

        private final Process process;
        private final StringBuilder text = new StringBuilder();

        Output(Process process, String jobName) {
            super("carillon-script-" + jobName);
            this.process = process;
            setDaemon(true);
        }

        @Override
        public void run() {
            byte[] bytes = new byte[4_096];
            try (InputStream in = process.getInputStream()) {
                for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
                    synchronized (text) {
                        text.append(new String(bytes, 0, count, Charset.defaultCharset()));
                        text.delete(0, Math.max(0, text.length() - TAIL));
                    }
                }
            } catch (IOException e) {
                LOG.debug("the output of a script ended", e);
            }
        }

        String tail() {
            synchronized (text) {
                return text.toString().strip();
            }
        }
    }
}
