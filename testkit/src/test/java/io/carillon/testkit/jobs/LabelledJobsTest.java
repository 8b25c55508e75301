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
package io.carillon.testkit.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.jobs.ElasticJob;
import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.JobEngine;
import io.carillon.jobs.JobEngineOptions;
import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.SimpleJob;
import io.carillon.jobs.engine.ClusterJobEngine;
import io.carillon.jobs.engine.LabelledJobs;
import io.carillon.jobs.engine.SystemTime;
import io.carillon.jobs.operations.JobStatistics.JobState;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

/** Jobs that are put up in the registry and start where their label is known (ElasticJob 3.0.0 to 3.0.4 has this, too). */
class LabelledJobsTest {

    private static final BlockingQueue<String> RAN = new LinkedBlockingQueue<>();

    /** Made by its name. */
    public static final class Made implements SimpleJob {
        @Override
        public void execute(ShardingContext context) {
            RAN.add(context.getJobName() + " " + context.getJobParameter());
        }
    }

    private final InMemoryRegistry server = InMemoryRegistry.threaded(new SystemTime(), Duration.ofSeconds(4));

    private static JobConfiguration labelled(String name, String label, String parameter) {
        return JobConfiguration.newBuilder(name, 1)
                .cron("* * * * * ?")
                .label(label)
                .jobParameter(parameter)
                .build();
    }

    @Test
    void aJobStartsWhereItsLabelIsKnownAndAgainWhenItIsPutUpAgain() throws Exception {
        InMemoryRegistry.Client client = server.connect();
        RAN.clear();
        try (JobEngine engine = ClusterJobEngine.start(
                client, JobEngineOptions.newBuilder("ns").instanceIp("10.0.0.1").build())) {
            engine.commands().add(labelled("before", "blue", "1"), Made.class.getName());
            engine.commands().add(labelled("elsewhere", "red", "1"), Made.class.getName());
            engine.commands().add(labelled("unknown", "blue", "1"), "no.such.Class");
            try (LabelledJobs jobs = LabelledJobs.start(
                    engine,
                    client,
                    "ns",
                    Set.of("blue"),
                    LabelledJobs.classes(getClass().getClassLoader()))) {
                assertThat(jobs).isNotNull();
                assertThat(RAN.poll(60, TimeUnit.SECONDS)).isEqualTo("before 1");
                engine.commands().add(labelled("later", "blue", "2"), Made.class.getName());
                awaitRun("later 2");
                engine.commands().removeJob("later");
                engine.commands().add(labelled("later", "blue", "3"), Made.class.getName());
                awaitRun("later 3");
                assertThat(engine.statistics().job("elsewhere").orElseThrow().state())
                        .isEqualTo(JobState.CRASHED);
                assertThat(engine.statistics().job("unknown").orElseThrow().state())
                        .isEqualTo(JobState.CRASHED);
            }
        }
    }

    @Test
    void aJobThatIsRemovedWhileItStartsAndPutUpAgainStartsOnceTheFirstHasEnded() throws Exception {
        InMemoryRegistry.Client client = server.connect();
        RAN.clear();
        CountDownLatch firstIsScheduled = new CountDownLatch(1);
        CountDownLatch firstStartGoesOn = new CountDownLatch(1);
        CountDownLatch firstEndsOrSecondStarts = new CountDownLatch(1);
        CountDownLatch firstRunEnds = new CountDownLatch(1);
        SimpleJob job = context -> {
            RAN.add(context.getJobName() + " " + context.getJobParameter());
            if (context.getJobParameter().equals("1")) {
                awaitUninterrupted(firstRunEnds);
            }
        };
        AtomicInteger starts = new AtomicInteger();
        try (JobEngine real = ClusterJobEngine.start(
                        client,
                        JobEngineOptions.newBuilder("ns").instanceIp("10.0.0.1").build());
                LabelledJobs jobs = LabelledJobs.start(
                        engine(real, (code, configuration) -> {
                            if (starts.getAndIncrement() > 0) {
                                try {
                                    return real.schedule(code, configuration);
                                } finally {
                                    firstEndsOrSecondStarts.countDown();
                                }
                            }
                            JobEngine.JobHandle handle = real.schedule(code, configuration);
                            firstIsScheduled.countDown();
                            awaitUninterrupted(firstStartGoesOn);
                            return handle(handle, firstEndsOrSecondStarts);
                        }),
                        client,
                        "ns",
                        Set.of("blue"),
                        name -> job)) {
            assertThat(jobs).isNotNull();
            real.commands().add(labelled("again", "blue", "1"), job.getClass().getName());
            firstIsScheduled.await();
            awaitRun("again 1");
            real.commands().removeJob("again");
            real.commands().add(labelled("again", "blue", "2"), job.getClass().getName());
            firstStartGoesOn.countDown();
            firstEndsOrSecondStarts.await();
            firstRunEnds.countDown();
            awaitRun("again 2");
        }
    }

    private static JobEngine engine(
            JobEngine real, BiFunction<ElasticJob, JobConfiguration, JobEngine.JobHandle> schedule) {
        return (JobEngine) Proxy.newProxyInstance(
                LabelledJobsTest.class.getClassLoader(),
                new Class<?>[] {JobEngine.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("schedule")) {
                        return schedule.apply((ElasticJob) arguments[0], (JobConfiguration) arguments[1]);
                    }
                    return method.invoke(real, arguments);
                });
    }

    private static JobEngine.JobHandle handle(JobEngine.JobHandle real, CountDownLatch closing) {
        return new JobEngine.JobHandle() {
            @Override
            public String jobName() {
                return real.jobName();
            }

            @Override
            public void close() {
                closing.countDown();
                real.close();
            }
        };
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                latch.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits over at most this many runs of other jobs: they go on each second, whatever happens to the wanted one. */
    private static void awaitRun(String wanted) throws InterruptedException {
        for (int others = 0; others < 120; others++) {
            String run = RAN.poll(60, TimeUnit.SECONDS);
            assertThat(run).as("a run before " + wanted).isNotNull();
            if (wanted.equals(run)) {
                return;
            }
        }
        throw new AssertionError("no run '" + wanted + "' among 120 runs");
    }

    @Test
    void withoutALabelNothingIsLookedFor() {
        assertThatThrownBy(() -> LabelledJobs.start(
                        ClusterJobEngine.start(
                                server.connect(),
                                JobEngineOptions.newBuilder("ns").build()),
                        server.connect(),
                        "ns",
                        Set.of(),
                        LabelledJobs.classes(getClass().getClassLoader())))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("labels");
    }
}
