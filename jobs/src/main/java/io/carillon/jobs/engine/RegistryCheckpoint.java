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
package io.carillon.jobs.engine;

import io.carillon.jobs.CheckpointException;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.Registry.Answer;
import io.carillon.jobs.coordination.Registry.CommitResult;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Node;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.ReadResult;
import io.carillon.jobs.coordination.Registry.Reason;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.execution.CheckpointStore;
import io.carillon.jobs.execution.Claim;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An item's checkpoint in the registry, under one claim. Thread-safe; blocks its caller, never the loop.
 *
 * <p>The node holds the fence of the claim that touched it last, and the text. Who looks at it writes its own fence first, each
 * write is bound to the version that was seen, and a node with a higher fence is left alone. So an owner that has lost its claim
 * cannot overwrite what its successor has read or written, whatever either of them knows of the other. A removed text leaves
 * the node with its fence, so that it does not come back.
 */
final class RegistryCheckpoint implements CheckpointStore {

    private static final Duration BETWEEN_TRIES = Duration.ofMillis(50);

    private final Parts parts;
    private final JobPaths paths;
    private final String me;
    private final int item;
    private final Claim claim;
    private boolean open;
    private int version;
    private @Nullable String text;

    RegistryCheckpoint(Parts parts, JobPaths paths, String me, int item, Claim claim) {
        this.parts = parts;
        this.paths = paths;
        this.me = me;
        this.item = item;
        this.claim = claim;
    }

    @Override
    public synchronized @Nullable String load() {
        CompletableFuture<Object> deadline = deadline(parts.registryTimeout());
        checkHeld();
        open(deadline);
        return text;
    }

    @Override
    public synchronized void save(@Nullable String wanted) {
        CompletableFuture<Object> deadline = deadline(parts.registryTimeout());
        checkHeld();
        open(deadline);
        while (!Objects.equals(text, wanted)) {
            // until that is answered nobody knows what is saved: whoever comes back after a failure looks again
            open = false;
            if (commit(new Write.SetData(path(), print(wanted), version), deadline)) {
                opened(version + 1, wanted);
            } else {
                open(deadline);
            }
        }
    }

    /** Reads the node and writes this claim's fence into it, unless that is done. */
    private void open(CompletableFuture<Object> deadline) {
        while (!open) {
            Node found = read(deadline);
            if (found == null) {
                if (commit(new Write.Create(path(), print(null), CreateMode.PERSISTENT), deadline)) {
                    opened(0, null);
                }
                continue;
            }
            long fence = fenceOf(found.data());
            String saved = textOf(found.data());
            if (fence > claim.fence()) {
                throw lost("a newer owner, with fence " + fence + ", has its checkpoint");
            }
            if (fence == claim.fence()) {
                opened(found.version(), saved);
            } else if (commit(new Write.SetData(path(), print(saved), found.version()), deadline)) {
                opened(found.version() + 1, saved);
            }
        }
    }

    private void opened(int version, @Nullable String text) {
        this.open = true;
        this.version = version;
        this.text = text;
    }

    private String path() {
        return paths.checkpoint(item);
    }

    private String print(@Nullable String text) {
        return claim.fence() + (text == null ? "" : "\n" + text);
    }

    private static long fenceOf(String data) {
        int end = data.indexOf('\n');
        String number = end < 0 ? data : data.substring(0, end);
        return number.matches("[0-9]{1,18}") ? Long.parseLong(number) : -1;
    }

    private static @Nullable String textOf(String data) {
        int end = data.indexOf('\n');
        return end < 0 ? null : data.substring(end + 1);
    }

    // ---- the registry ------------------------------------------------------------------------------------------

    private @Nullable Node read(CompletableFuture<Object> deadline) {
        while (true) {
            ReadResult result =
                    await(callback -> parts.registry().read(List.of(new Read.Get(path())), callback), deadline);
            if (result instanceof ReadResult.Values values) {
                return values.answers().get(0) instanceof Answer.Found found ? found.node() : null;
            }
            pause(deadline);
        }
    }

    /** False when it was refused, or its outcome is not known: look again. */
    private boolean commit(Write write, CompletableFuture<Object> deadline) {
        List<Write> writes = new ArrayList<>();
        writes.add(new Write.Check(paths.instance(me), -1));
        writes.add(write);
        CommitResult result = await(callback -> parts.registry().commit(writes, callback), deadline);
        if (result instanceof CommitResult.Committed) {
            return true;
        }
        if (result instanceof CommitResult.Refused refused) {
            if (refused.index() == 0) {
                throw lost("this instance is not registered any more");
            }
            if (refused.reason() == Reason.NO_NODE && write instanceof Write.Create) {
                await(
                        callback -> parts.registry()
                                .commit(
                                        List.of(new Write.Create(paths.checkpoints(), "", CreateMode.PERSISTENT)),
                                        callback),
                        deadline);
            }
        } else {
            pause(deadline);
        }
        return false;
    }

    private <T> T await(Consumer<Consumer<T>> request, CompletableFuture<Object> deadline) {
        checkHeld();
        CompletableFuture<T> answer = new CompletableFuture<>();
        request.accept(answer::complete);
        wait(CompletableFuture.anyOf(answer, deadline));
        T result = answer.getNow(null);
        if (result == null) {
            throw late();
        }
        return result;
    }

    private void pause(CompletableFuture<Object> deadline) {
        wait(CompletableFuture.anyOf(deadline, deadline(BETWEEN_TRIES)));
        if (deadline.isDone()) {
            throw late();
        }
    }

    private void wait(CompletableFuture<Object> something) {
        try {
            something.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CheckpointException(about() + "interrupted while waiting for the registry", !claim.isHeld(), e);
        } catch (ExecutionException e) {
            throw new CheckpointException(about() + "the registry failed", !claim.isHeld(), e);
        }
    }

    private static CompletableFuture<Object> deadline(Duration after) {
        return new CompletableFuture<>().completeOnTimeout("over", after.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void checkHeld() {
        if (!claim.isHeld()) {
            throw lost("the registry session was lost, or the process stood still too long");
        }
    }

    private CheckpointException lost(String why) {
        return new CheckpointException(
                about() + "the claim with fence " + claim.fence() + " is lost: " + why
                        + ". Nothing was saved; end the run.",
                true,
                null);
    }

    private CheckpointException late() {
        return new CheckpointException(
                "registryTimeout: no answer for " + parts.registryTimeout() + " (expected: the checkpoint of item "
                        + item
                        + " of job '" + paths.jobName()
                        + "'). Whether it was saved is not known; end the run, or try again.",
                false,
                null);
    }

    private String about() {
        return "checkpoint of item " + item + " of job '" + paths.jobName() + "': ";
    }
}
