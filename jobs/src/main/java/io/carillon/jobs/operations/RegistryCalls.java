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
package io.carillon.jobs.operations;

import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.Answer;
import io.carillon.jobs.coordination.Registry.CommitResult;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.ReadResult;
import io.carillon.jobs.coordination.Registry.Write;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** Asks a registry and waits for the answer. Thread-safe; not for the registry's own threads. */
final class RegistryCalls {

    private static final int ATTEMPTS = 5;
    private static final int READS_PER_REQUEST = 1_000;
    private static final int WRITES_PER_REQUEST = 1_000;

    private final Registry registry;
    private final Duration timeout;

    RegistryCalls(Registry registry, Duration timeout) {
        this.registry = registry;
        this.timeout = timeout;
    }

    Registry registry() {
        return registry;
    }

    /** One answer per question; a thousand questions are one request. */
    List<Answer> read(List<Read> reads) {
        List<Answer> answers = new ArrayList<>();
        for (int from = 0; from < reads.size(); from += READS_PER_REQUEST) {
            List<Read> part = reads.subList(from, Math.min(reads.size(), from + READS_PER_REQUEST));
            CompletableFuture<ReadResult> answer = new CompletableFuture<>();
            registry.read(part, answer::complete);
            ReadResult result = await(answer);
            if (!(result instanceof ReadResult.Values values)) {
                throw new IllegalStateException("the registry did not answer: " + result
                        + ". Nothing was changed by this question; ask again.");
            }
            answers.addAll(values.answers());
        }
        return answers;
    }

    /** The names of a node's children; none when it is absent. */
    static List<String> names(Answer answer) {
        return answer instanceof Answer.Names found ? found.children() : List.of();
    }

    /**
     * Commits what the supplier says, a thousand writes at a time; when a commit is refused, the supplier is asked again,
     * which reads again what it needs.
     */
    void commit(String command, String about, Supplier<List<Write>> writes) {
        CommitResult last = null;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            List<Write> wanted = writes.get();
            boolean done = true;
            for (int from = 0; from < wanted.size() && done; from += WRITES_PER_REQUEST) {
                last = commitOnce(wanted.subList(from, Math.min(wanted.size(), from + WRITES_PER_REQUEST)));
                done = last instanceof CommitResult.Committed;
            }
            if (done) {
                return;
            }
        }
        throw new IllegalStateException(command + " of " + about + " failed " + ATTEMPTS + " times, last: " + last
                + ". Look at its state, then repeat the command if it is still wanted.");
    }

    /** Commits in one request, once, whatever comes of it. */
    CommitResult commitOnce(List<Write> writes) {
        CompletableFuture<CommitResult> answer = new CompletableFuture<>();
        registry.commit(writes, answer::complete);
        return await(answer);
    }

    private <T> T await(CompletableFuture<T> answer) {
        try {
            return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException(
                    "registryTimeout: no answer for " + timeout
                            + ". Whether the command took effect is not known; look at the job, then repeat it.",
                    e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the registry failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the registry", e);
        }
    }
}
