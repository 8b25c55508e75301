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
package io.carillon.jobs.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Modifier;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What code a steady firing runs through, on a whole engine and a real ZooKeeper: little, and no parser. */
final class FiringCodeTest {

    /** A class is a file here: what is nested in it reads with it. */
    private static final int MOST_CLASSES = 30;

    /** {@code FireJob} and what a newcomer reads with it: at most six. */
    private static final Set<String> TO_READ = Set.of(
            "engine.FireJob",
            "engine.LocalJob",
            "scheduling.PlanFire",
            "coordination.ClaimItems",
            "coordination.JobTree",
            "execution.ItemRun",
            "coordination.LastFirings");

    /**
     * What a firing passes through without being decided by it: queues, threads, clocks, records, the list of writes, the
     * wire; and what tends runs that take long or fail.
     */
    private static final Set<String> PLUMBING = Set.of(
            "engine.DrivenEngine",
            "engine.EngineLoop",
            "engine.HistoryWriter",
            "engine.SayWhy",
            "engine.SystemTime",
            "engine.TendRuns",
            "coordination.Writes",
            "execution.WorkerPool",
            "zookeeper.ZooKeeperRegistry");

    /** What a job is made of and can be extended with: values, and what is empty in a plain job. */
    private static final Set<String> SETTINGS = Set.of(
            "JobConfiguration",
            "coordination.JobPaths",
            "scheduling.CronSchedule",
            "execution.Claim",
            "execution.FiringListeners",
            "model.FiringLife",
            "model.ItemRunLife",
            "model.LifeTable");

    private static Map<String, Long> entered;

    @BeforeAll
    static void fire() throws Exception {
        try (LocalZooKeeper zooKeeper = new LocalZooKeeper()) {
            Object scenario = new Entered()
                    .loadClass(SteadyFirings.class.getName())
                    .getConstructor(Integer.class)
                    .newInstance(zooKeeper.port());
            ((Callable<?>) scenario).call();
            entered = Entered.methods();
        }
    }

    /** The entered classes of ours, without what they are nested in, by file. */
    private static Map<String, Set<String>> ours() {
        Map<String, Set<String>> files = new TreeMap<>();
        for (String method : entered.keySet()) {
            String type = method.substring(0, method.indexOf('#'));
            if (type.startsWith("io.carillon.jobs.")) {
                String name = type.substring("io.carillon.jobs.".length());
                files.computeIfAbsent(name.replaceAll("\\$.*", ""), any -> new TreeSet<>())
                        .add(name);
            }
        }
        return files;
    }

    @Test
    void aSteadyFiringEntersAtMost30Classes() {
        Map<String, Set<String>> ours = ours();
        System.out.printf(
                "| classes of ours entered per steady firing | %d (%d with nested ones) |%n",
                ours.size(), ours.values().stream().mapToInt(Set::size).sum());
        assertThat(ours.keySet())
                .contains("engine.FireJob", "execution.ItemRun", "zookeeper.ZooKeeperRegistry")
                .hasSizeLessThanOrEqualTo(MOST_CLASSES);
    }

    @Test
    void aSteadyFiringParsesNothing() {
        assertThat(entered).as("the noting works").containsKey("org.quartz.CronExpression#getNextValidTimeAfter");
        assertThat(entered.keySet())
                .noneMatch(method -> method.startsWith("org.yaml.")
                        || method.startsWith("org.quartz.CronExpression#<init>")
                        || method.startsWith("org.quartz.CronExpression#buildExpression")
                        || method.startsWith("io.carillon.jobs.coordination.ConfigYaml#")
                        || method.startsWith("io.carillon.jobs.JobConfiguration#<init>")
                        || method.startsWith("io.carillon.jobs.JobConfiguration#parse")
                        || method.equals("io.carillon.jobs.scheduling.CronSchedule#of"));
    }

    @Test
    void aFiringIsReadInFireJobAndSixMoreFiles() {
        assertThat(TO_READ).hasSize(7);
        Set<String> rest = ours().keySet().stream()
                .filter(name -> !TO_READ.contains(name) && !PLUMBING.contains(name) && !SETTINGS.contains(name))
                .filter(FiringCodeTest::hasCodeOfItsOwn)
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(rest)
                .as("classes with code that a steady firing enters: one to read more, or one more of the plumbing?")
                .isEmpty();
        assertThat(ours().keySet())
                .as("nothing is listed that a firing does not enter")
                .containsAll(TO_READ);
    }

    /** Neither a record, nor an enum, nor an interface. */
    private static boolean hasCodeOfItsOwn(String name) {
        try {
            Class<?> type = Class.forName("io.carillon.jobs." + name, false, FiringCodeTest.class.getClassLoader());
            return !type.isRecord() && !type.isEnum() && !Modifier.isInterface(type.getModifiers());
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }
}
