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
package io.carillon.center;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.console.live.Hints;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.operations.RegistryOperations;
import io.carillon.testkit.jobs.InMemoryRegistry;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/** Many open pages on a real server: what they cost, and what one gets that comes back. */
class OpenTabsTest {
    private static final int TABS = 200;

    @TempDir
    Path folder;

    private final List<Socket> sockets = Collections.synchronizedList(new ArrayList<>());
    private final InMemoryRegistry registry = InMemoryRegistry.threaded(SystemTime.source(), Duration.ofSeconds(30));
    private ConfigurableApplicationContext center;
    private RegistryOperations people;

    @BeforeEach
    void start() {
        center = new SpringApplicationBuilder(CenterApplication.class)
                .initializers(context -> ((GenericApplicationContext) context)
                        .registerBean("registry", Registry.class, () -> registry.connect()))
                .run(
                        "--server.port=0",
                        "--carillon.console.anyone=viewer",
                        "--carillon.jobs.enabled=false",
                        "--carillon.registry.namespace=shop",
                        "--carillon.center.data-dir=" + folder.resolve("data"));
        people = RegistryOperations.open(
                registry.connect(), "shop", RegistryOperations.Settings.of(SystemTime.source()));
        people.commands()
                .add(
                        JobConfiguration.newBuilder("billing", 2)
                                .cron("0 0 2 * * ?")
                                .build(),
                        "com.example.Billing");
    }

    @AfterEach
    void stop() throws Exception {
        for (Socket socket : List.copyOf(sockets)) {
            socket.close();
        }
        people.close();
        center.close();
    }

    /** A browser's open page: what the server sends it, line by line. */
    private final class Tab {
        private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
        private final Socket socket;

        Tab(String topics, String... headers) throws Exception {
            socket = ask(topics, headers);
            Thread reader = new Thread(
                    () -> {
                        try (BufferedReader from = new BufferedReader(
                                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
                            from.lines().forEach(lines::add);
                        } catch (Exception closed) {
                            lines.add("closed");
                        }
                    },
                    "tab");
            reader.setDaemon(true);
            reader.start();
        }

        /** Waits for a line; what came before it is forgotten. */
        String next(String beginning) throws InterruptedException {
            while (true) {
                String line = lines.poll(30, TimeUnit.SECONDS);
                assertThat(line).as("a line that begins with " + beginning).isNotNull();
                if (line.startsWith(beginning)) {
                    return line.substring(beginning.length());
                }
            }
        }
    }

    private Socket ask(String topics, String... headers) throws Exception {
        Socket socket = new Socket();
        sockets.add(socket);
        socket.connect(new InetSocketAddress(
                "127.0.0.1", Integer.parseInt(center.getEnvironment().getRequiredProperty("local.server.port"))));
        OutputStream to = socket.getOutputStream();
        to.write(("GET /stream?topics=" + topics + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n"
                        + String.join(
                                "",
                                List.of(headers).stream()
                                        .map(header -> header + "\r\n")
                                        .toList())
                        + "\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        to.flush();
        return socket;
    }

    private void await(String what, java.util.function.BooleanSupplier condition) throws InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        for (int i = 0; i < 600 && !condition.getAsBoolean(); i++) {
            never.await(50, TimeUnit.MILLISECONDS);
        }
        assertThat(condition.getAsBoolean()).as(what).isTrue();
    }

    @Test
    void twoHundredOpenTabsCostOneSubscriptionAndAllAreTold() throws Exception {
        Hints hints = center.getBean(Hints.class);
        await("the job is seen", () -> !people.queries().jobs().isEmpty());
        long before = registry.requests();
        List<Tab> tabs = new ArrayList<>();
        for (int i = 0; i < TABS; i++) {
            tabs.add(new Tab(i % 2 == 0 ? "shop" : "shop/billing"));
        }
        for (Tab tab : tabs) {
            tab.next(":alive");
        }
        assertThat(hints.listeners()).isEqualTo(TABS);
        assertThat(hints.subscriptions()).as("subscriptions of the registry").isEqualTo(1);
        assertThat(registry.requests() - before)
                .as("what 200 tabs have asked the registry")
                .isZero();

        people.commands()
                .update(JobConfiguration.newBuilder("billing", 2)
                        .cron("0 0 3 * * ?")
                        .build());
        for (int i = 0; i < TABS; i++) {
            assertThat(tabs.get(i).next("data:")).isEqualTo(i % 2 == 0 ? "shop" : "shop/billing");
        }
        System.out.println("FIGURES 200 tabs: " + hints.subscriptions() + " subscription, "
                + (registry.requests() - before) + " requests to the registry for a change that all were told of");
    }

    @Test
    void oneThatComesBackGetsWhatItMissedOrIsToldToAskForAll() throws Exception {
        Hints hints = center.getBean(Hints.class);
        Tab tab = new Tab("shop/billing");
        tab.next(":alive");
        hints.changed(List.of("shop/billing"));
        String seen = tab.next("id:");
        tab.socket.close();
        hints.changed(List.of("shop/billing", "shop"));
        assertThat(new Tab("shop", "Last-Event-ID: " + seen).next("data:")).isEqualTo("shop");
        // a number that is not remembered: too old, or of a process before
        assertThat(new Tab("shop/billing", "Last-Event-ID: 999999").next("data:"))
                .isEqualTo("*");
    }
}
