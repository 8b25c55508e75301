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

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.model.ItemRunLife.State;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** One run of one item, on the test's own thread. */
class ItemRunTest {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    private final JobConfiguration configuration =
            JobConfiguration.newBuilder("job", 1).build();
    private final List<String> told = new ArrayList<>();
    private final List<String> traceIds = new ArrayList<>();
    private ItemTrace trace = ItemTrace.ofLog(ItemTrace.DEFAULT_KEY);
    private final Claim claim = new Claim(1, () -> true);

    /** A listener that does something before the first item. */
    private static JobListener before(Runnable action) {
        return new JobListener() {
            @Override
            public String type() {
                return "BEFORE";
            }

            @Override
            public void beforeJobExecuted(Firing firing) {
                action.run();
            }

            @Override
            public void afterJobExecuted(Firing firing) {}
        };
    }

    private ItemRun run(ItemPolicy policy, SimpleJob job, Consumer<ItemRun> duringTheListener) {
        ItemRun[] made = new ItemRun[1];
        FiringListeners listeners = new FiringListeners(
                List.of(before(() -> duringTheListener.accept(made[0]))),
                1,
                () -> new JobListener.Firing("job", "task", 1, "", java.util.Map.of(0, ""), NOON, 1),
                ErrorHandler.Standard.IGNORE,
                configuration);
        made[0] = new ItemRun(
                new ItemRun.Order(
                        job,
                        configuration,
                        0,
                        "task",
                        NOON,
                        claim,
                        ErrorHandler.Standard.IGNORE,
                        listeners,
                        () -> false,
                        policy,
                        null,
                        () -> {
                            throw new AssertionError("no checkpoint is asked for");
                        },
                        trace),
                InstantSource.fixed(NOON),
                new ItemRun.Listener() {
                    @Override
                    public void started(ItemRun run, int attempt, Instant at) {}

                    @Override
                    public void ended(ItemRun run, ItemRun.Result result) {
                        told.add(String.valueOf(result.state()));
                        traceIds.add(String.valueOf(result.traceId()));
                    }
                });
        return made[0];
    }

    @Test
    void userCodeIsNotCalledWhenTheClaimWasLostWhileAListenerWasTold() {
        List<String> called = new ArrayList<>();
        ItemRun stopped = run(ItemPolicy.NONE, context -> called.add("called"), run -> {
            claim.lose();
            run.stop(null);
        });
        stopped.run();
        assertThat(called).isEmpty();
        assertThat(told).containsExactly("INTERRUPTED");
    }

    @Test
    void userCodeIsNotCalledWhenTheClaimIsHeldNoMoreAfterAListenerAlthoughNobodyStoppedTheRun() {
        List<String> called = new ArrayList<>();
        ItemRun run = run(ItemPolicy.NONE, context -> called.add("called"), any -> claim.lose());
        run.run();
        assertThat(called).isEmpty();
        assertThat(told).containsExactly("INTERRUPTED");
        assertThat(run.state()).isEqualTo(State.INTERRUPTED);
    }

    @Test
    void aRunThatIsGivenUpTwiceTellsItsEndOnce() {
        ItemPolicy twice = new ItemPolicy(null, 2, Duration.ofSeconds(1), Duration.ofSeconds(1), true);
        ItemRun run = run(
                twice,
                context -> {
                    throw new IllegalStateException("broken");
                },
                any -> {});
        run.run();
        assertThat(told).containsExactly("PAUSING");
        run.tryNoMore();
        run.run();
        run.run();
        assertThat(told).containsExactly("PAUSING", "FAILED");
    }

    @Test
    void theTraceIsOpenedAroundTheListenersAndUserCodeAndItsIdIsTheRuns() {
        List<String> heard = new ArrayList<>();
        trace = context -> {
            heard.add("begin " + context.getShardingItem() + " attempt " + context.attempt());
            return new ItemTrace.Open() {
                @Override
                public String traceId() {
                    return "4bf92f35";
                }

                @Override
                public void end(Throwable thrown) {
                    heard.add("end " + thrown.getMessage());
                }
            };
        };
        run(
                        ItemPolicy.NONE,
                        context -> {
                            heard.add("code");
                            throw new IllegalStateException("broken");
                        },
                        any -> heard.add("listener"))
                .run();
        assertThat(heard).containsExactly("begin 0 attempt 1", "listener", "code", "end broken");
        assertThat(traceIds).containsExactly("4bf92f35");
    }

    @Test
    void aTraceThatCodeOpensAndEndsItselfIsKnownWhenItSaysItsId() {
        trace = context -> () -> "of the engine";
        run(ItemPolicy.NONE, context -> context.reportTraceId("of the job"), any -> {})
                .run();
        assertThat(traceIds).containsExactly("of the job");
    }

    @Test
    void anIdThatIsThereOnlyWhileUserCodeIsAboutToBeCalledIsKept() {
        List<String> context = new ArrayList<>();
        trace = any -> () -> context.isEmpty() ? null : context.get(0);
        run(ItemPolicy.NONE, any -> context.clear(), any -> context.add("of a listener"))
                .run();
        assertThat(traceIds).containsExactly("of a listener");
    }

    @Test
    void aTraceThatFailsHarmsNoRun() {
        trace = context -> {
            throw new IllegalStateException("no tracer");
        };
        run(ItemPolicy.NONE, context -> {}, any -> {}).run();
        trace = context -> () -> {
            throw new IllegalStateException("no span");
        };
        run(ItemPolicy.NONE, context -> {}, any -> {}).run();
        assertThat(told).containsExactly("SUCCEEDED", "SUCCEEDED");
        assertThat(traceIds).containsExactly("null", "null");
    }

    @Test
    void eachAttemptHasATraceOfItsOwn() {
        trace = context -> () -> context.attempt() == 1 ? "first" : null;
        ItemPolicy twice = new ItemPolicy(null, 1, Duration.ofSeconds(1), Duration.ofSeconds(1), true);
        ItemRun run = run(
                twice,
                context -> {
                    throw new IllegalStateException("broken");
                },
                any -> {});
        run.run();
        run.run();
        assertThat(traceIds).containsExactly("first", "null");
    }

    @Test
    void anIdThatIsNoneIsRefused() {
        List<String> refused = new ArrayList<>();
        run(
                        ItemPolicy.NONE,
                        context -> {
                            for (String id : List.of(" ", "x".repeat(ShardingContext.MAX_TRACE_ID + 1))) {
                                try {
                                    context.reportTraceId(id);
                                } catch (IllegalArgumentException e) {
                                    refused.add(e.getMessage());
                                }
                            }
                        },
                        any -> {})
                .run();
        assertThat(refused).hasSize(2).allMatch(text -> text.contains("(expected: 1 to 128 characters)"));
        assertThat(traceIds).containsExactly("null");
        assertThat(RunRecord.MAX_TRACE_ID).isEqualTo(ShardingContext.MAX_TRACE_ID);
    }
}
