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

import io.carillon.console.access.Grant;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.operations.JobCommands.Stored;
import java.nio.file.Files;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import org.apache.catalina.Context;
import org.apache.catalina.Wrapper;
import org.apache.catalina.startup.Tomcat;
import org.springframework.context.annotation.AnnotatedBeanDefinitionReader;
import org.springframework.web.context.support.GenericWebApplicationContext;
import org.springframework.web.servlet.DispatcherServlet;

/**
 * Serves the console with sample data, to look at it: {@code ConsolePreview <port>}. Cluster {@code shop} is full, {@code
 * new} is empty, {@code gone} does not answer.
 */
final class ConsolePreview {
    private ConsolePreview() {}

    public static void main(String[] arguments) throws Exception {
        FakeCluster gone = new FakeCluster();
        gone.broken = new IllegalStateException("registry: no connection for 12 s (expected: an answer within 15 s)");
        FakeCluster full = MovingJob.cluster();
        JobConfiguration points = JobConfiguration.newBuilder("credit-points", 3)
                .cron("0 0 1 * * ?")
                .timeZone("Asia/Shanghai")
                .shardingItemParameters("0=Beijing,1=Shanghai")
                .description("Credits points for yesterday's orders")
                .setProperty("db.password", "hunter2")
                .build();
        full.stored.put("credit-points", new Stored(points, 7));
        full.declared.put(
                "credit-points",
                points.toBuilder()
                        .cron("0 0 3 * * ?")
                        .jobParameter("full")
                        .setProperty("batch", "200")
                        .build());
        full.usual = Duration.ofMinutes(4);
        full.told = TimelineSample.hour();
        full.runs = TimelineSample.runs();
        FakeStore down = new FakeStore("points");
        down.broken = new IllegalStateException("Connection refused: 127.0.0.1:3306");
        GenericWebApplicationContext context = new GenericWebApplicationContext();
        context.registerBean(ConsoleOptions.class, () -> new ConsoleOptions(
                        InstantSource.fixed(Samples.NOW),
                        ZoneId.of("Europe/Berlin"),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(5))
                .leadingTo(new OutLinks(
                        "https://tempo.example/trace/{traceId}", "https://kibana.example/?from={from}&to={to}")));
        context.registerBean(
                ConsoleConfiguration.AnyoneMay.class,
                () -> new ConsoleConfiguration.AnyoneMay(Grant.parse(arguments.length > 1 ? arguments[1] : "admin")));
        context.registerBean(
                ConsoleAlarms.class, () -> new ConsoleAlarms(MovingJob.alarms(), true, List.of("ops", "mail")));
        context.registerBean(
                ConsoleSources.class,
                () -> new ConsoleSources(
                        List.of(
                                new ConsoleCluster("shop", full, full),
                                new ConsoleCluster("new", new FakeCluster(), full),
                                new ConsoleCluster("gone", gone, gone)),
                        List.of(Samples.fullStore(), down),
                        MessageShop.examples()));
        new AnnotatedBeanDefinitionReader(context).register(ConsolePages.WebMvc.class, ConsoleConfiguration.class);

        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(Files.createTempDirectory("console-preview").toString());
        tomcat.setHostname("127.0.0.1");
        tomcat.setPort(Integer.parseInt(arguments[0]));
        tomcat.getConnector().setProperty("address", "127.0.0.1");
        Context root = tomcat.addContext("", null);
        context.setServletContext(root.getServletContext());
        Wrapper console = Tomcat.addServlet(root, "console", new DispatcherServlet(context));
        console.setLoadOnStartup(1);
        console.addMapping("/");
        console.setAsyncSupported(true);
        tomcat.start();
        tomcat.getServer().await();
    }
}
