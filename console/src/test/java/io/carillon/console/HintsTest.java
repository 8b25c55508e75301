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
package io.carillon.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.console.live.Hints;
import io.carillon.console.live.Hints.Hint;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Hints to open pages; waiting is for what must come, never for what must not. */
class HintsTest {
    private static final class Tab implements Hints.Listener {
        final BlockingQueue<Hint> hints = new LinkedBlockingQueue<>();

        @Override
        public void take(Hint hint) {
            if (!hint.topics().isEmpty()) {
                hints.add(hint);
            }
        }

        @Override
        public void end() {}

        Hint next() throws InterruptedException {
            Hint hint = hints.poll(20, TimeUnit.SECONDS);
            assertThat(hint).isNotNull();
            return hint;
        }
    }

    @Test
    void twoHundredTabsCostOneSubscriptionAndHearOnlyOfTheirTopics() throws Exception {
        FakeCluster cluster = Samples.fullCluster();
        try (ConsolePages console = new ConsolePages(cluster)) {
            Hints hints = console.bean(Hints.class);
            List<Tab> tabs = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                Tab tab = new Tab();
                tabs.add(tab);
                hints.listen(tab, List.of(i % 2 == 0 ? "shop/check-back" : "shop"), -1);
            }
            assertThat(cluster.listeners()).isEqualTo(1);
            cluster.changed("credit-points");
            cluster.changed("check-back");
            cluster.changed("check-back");
            assertThat(tabs.get(0).next().topics()).containsExactly("shop/check-back");
            assertThat(tabs.get(1).next().topics()).containsExactly("shop");
            assertThat(hints.listeners()).isEqualTo(200);
        }
    }

    @Test
    void whoComesBackGetsWhatWasMissedOrIsToldToAskForAll() throws Exception {
        try (Hints hints = new Hints()) {
            Tab first = new Tab();
            hints.listen(first, List.of("shop/a", "shop/b"), -1);
            hints.changed("shop", "a");
            long seen = first.next().number();
            hints.changed("shop", "b");
            first.next();
            Tab again = new Tab();
            hints.listen(again, List.of("shop/a", "shop/b"), seen);
            assertThat(again.next().topics()).containsExactly("shop/b");
            Tab ofAnotherProcess = new Tab();
            hints.listen(ofAnotherProcess, List.of("shop/a"), seen + 1_000);
            assertThat(ofAnotherProcess.next().topics()).containsExactly(Hint.RESYNC);
        }
    }

    @Test
    void aTabThatTakesNothingHoldsNobodyUpAndIsToldToAskForAllLater() throws Exception {
        CountDownLatch stuck = new CountDownLatch(1);
        List<Hint> late = new ArrayList<>();
        CountDownLatch resync = new CountDownLatch(1);
        try (Hints hints = new Hints()) {
            hints.listen(
                    new Hints.Listener() {
                        @Override
                        public void take(Hint hint) throws Exception {
                            stuck.await();
                            late.add(hint);
                            if (hint.topics().contains(Hint.RESYNC)) {
                                resync.countDown();
                            }
                        }

                        @Override
                        public void end() {}
                    },
                    List.of("shop/a"),
                    -1);
            Tab quick = new Tab();
            hints.listen(quick, List.of("shop/a"), -1);
            for (int i = 0; i < 40; i++) {
                hints.changed("shop", "a");
                quick.next();
            }
            stuck.countDown();
            assertThat(resync.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(late.size()).isLessThan(40);
        }
    }

    @Test
    void howeverManyTabsTakeNothingTheOthersAreToldAtOnce() throws Exception {
        CountDownLatch stuck = new CountDownLatch(1);
        try (Hints hints = new Hints()) {
            for (int i = 0; i < 20; i++) {
                hints.listen(
                        new Hints.Listener() {
                            @Override
                            public void take(Hint hint) throws Exception {
                                stuck.await();
                            }

                            @Override
                            public void end() {}
                        },
                        List.of("shop/a"),
                        -1);
            }
            Tab quick = new Tab();
            hints.listen(quick, List.of("shop/a"), -1);
            for (int i = 0; i < 3; i++) {
                hints.changed("shop", "a");
                quick.next();
            }
            assertThat(stuck.getCount()).as("the others still wait").isEqualTo(1);
            stuck.countDown();
        }
    }

    @Test
    void oneWhoLeavesAtTheEndKeepsNobodyFromBeingTold() {
        CountDownLatch told = new CountDownLatch(1);
        Hints hints = new Hints();
        for (boolean left : new boolean[] {true, false}) {
            hints.listen(
                    new Hints.Listener() {
                        @Override
                        public void take(Hint hint) {}

                        @Override
                        public void end() {
                            if (left) {
                                throw new IllegalStateException("The response object has been recycled");
                            }
                            told.countDown();
                        }
                    },
                    List.of("shop"),
                    -1);
        }
        hints.close();
        assertThat(told.getCount()).isZero();
    }
}
