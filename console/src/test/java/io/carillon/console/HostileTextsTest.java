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

import io.carillon.console.access.Accounts;
import io.carillon.console.access.Grant;
import io.carillon.console.command.Trail;
import io.carillon.console.web.Page;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.Registry;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Write;
import io.carillon.jobs.history.RunRecord;
import io.carillon.jobs.operations.HealthReason;
import io.carillon.jobs.operations.JobCommands.Stored;
import io.carillon.jobs.operations.JobQueries.Health;
import io.carillon.jobs.operations.JobQueries.InstanceStatus;
import io.carillon.jobs.operations.JobQueries.JobStatus;
import io.carillon.jobs.operations.RegistryOperations;
import io.carillon.jobs.operations.TimedId;
import io.carillon.testkit.jobs.InMemoryRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Attribute;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.mock.web.MockHttpServletResponse;

/**
 * Names, parameters, causes and whatever else comes from elsewhere is shown as text, wherever it stands: a page with hostile
 * texts has the same elements with the same attributes as one with harmless texts.
 */
class HostileTextsTest {
    private static final InstantSource TIME = InstantSource.fixed(Samples.NOW);
    private static final String HARMLESS = "plain";

    static List<String> corpus() {
        return List.of(
                "<script>alert(1)</script>",
                "\"><img src=x onerror=alert(1)>",
                "'\"--></style></script><svg onload=alert(1)>",
                "\" onmouseover=\"alert(1)",
                "' autofocus onfocus='alert(1)",
                "javascript:alert(1)",
                "data:text.html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
                "<!--<script>alert(1)</script>",
                "<textarea><script>alert(1)</script>",
                "</title><base href='https:evil.example'>",
                "{{7*7}}${7*7}#{7*7}<%= 7*7 %>@{7*7}",
                "{0} {1,number} ''{2}",
                "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
                "\u202eevil\u2066",
                "&lt;script&gt;alert(1)&lt;.script&gt;",
                "<a href=javascript:alert(1)>x<.a>",
                "x]]><x",
                "<math><mtext><table><mglyph><style><img src onerror=alert(1)>".replace("/", "."));
    }

    private static String inPath(String text) {
        return text.replace("/", ".");
    }

    private static ConsolePages console(String text) {
        String name = inPath(text);
        FakeCluster cluster = Samples.fullCluster();
        JobStatus job = Samples.job(name, text, Health.Level.BAD, HealthReason.of(HealthReason.Code.LAST_FAILED, text));
        cluster.jobs = List.of(new JobStatus(
                name,
                text,
                text,
                "UTC",
                text,
                false,
                List.of(name),
                name,
                false,
                List.of(Samples.item(0, text, name, true, null)),
                job.nextRun(),
                job.lastRun(),
                job.health(),
                job.axes(),
                text,
                text));
        cluster.instances = List.of(new InstanceStatus(name, text, 1, 1));
        RunRecord run = Samples.run(name, 0, RunRecord.Outcome.FAILED, Duration.ofMinutes(5), Duration.ofSeconds(1));
        cluster.runs = List.of(new RunRecord(
                new UUID(7, 7),
                name,
                0,
                name,
                run.fence(),
                run.source(),
                run.scheduledTime(),
                run.started(),
                run.ended(),
                run.outcome(),
                run.handled(),
                text + ": " + text + "\n\tat " + text + "(" + text + ".java:7)\nCaused by: " + text + "\n"));
        cluster.stored.put(
                name,
                new Stored(
                        JobConfiguration.newBuilder(name, 1)
                                .cron("0 0 1 * * ?")
                                .jobParameter(text)
                                .description(text)
                                .setProperty("p", text)
                                .build(),
                        4));
        InMemoryRegistry server = new InMemoryRegistry(TIME, Duration.ofSeconds(4), Runnable::run);
        Registry client = server.connect();
        List<Write> writes = new ArrayList<>();
        for (String path : List.of("/ns", "/ns/" + name)) {
            writes.add(new Write.Create(path, text, CreateMode.PERSISTENT));
        }
        client.commit(writes, result -> {});
        cluster.tree = RegistryOperations.open(client, "ns", RegistryOperations.Settings.of(TIME))
                .tree();
        ConsolePages console = new ConsolePages(
                new ConsoleOptions(TIME, ZoneId.of("UTC"), Duration.ofSeconds(2), Duration.ofSeconds(5)),
                "admin",
                cluster);
        Trail trail = console.bean(ConsoleConfiguration.Remembered.class).trail();
        UUID entry = TimedId.at(Samples.NOW);
        trail.begin(new Trail.Entry(entry, Samples.NOW, text, text, text, "shop", name, name, text, null, text, null));
        trail.end(entry, text + " now", "failed: " + text);
        console.bean(Accounts.class)
                .makeToken(
                        "t", Grant.parse("viewer@shop/" + (text.matches("[^\\s,/@*]+") ? text : HARMLESS)), text, null);
        return console;
    }

    /** Each page that shows such a text, or gets one as a parameter. */
    private static Map<String, String> addresses(String text) {
        String job = Page.segment(inPath(text));
        String value = Page.parameter(text);
        String shop = "/clusters/shop";
        Map<String, String> addresses = new LinkedHashMap<>();
        for (String address : List.of(
                "/",
                shop,
                shop + "/jobs",
                shop + "/jobs?q=NAME&sort=NAME&dir=NAME&page=NAME",
                shop + "/jobs/JOB",
                shop + "/jobs/JOB/timeline",
                shop + "/jobs/JOB/runs/" + new UUID(7, 7),
                shop + "/jobs/JOB/edit",
                shop + "/jobs/JOB/trigger",
                shop + "/instances",
                shop + "/instances/JOB",
                shop + "/commands/disable?job=NAME",
                shop + "/commands/JOB?job=NAME",
                shop + "/schedule?cron=NAME&zone=NAME",
                shop + "/compare",
                shop + "/compare?with=shop&show=same",
                shop + "/compare?with=shop&q=NAME&show=NAME&page=NAME",
                shop + "/compare?with=NAME",
                shop + "/import",
                shop + "/import?from=shop&job=PATH",
                shop + "/registry",
                shop + "/registry?path=%2Fns%2FPATH",
                shop + "/registry?path=PATH&after=NAME&view=NAME",
                "/audit",
                "/audit?who=NAME&what=NAME&cluster=NAME&job=NAME&ended=NAME&before=NAME",
                "/audit?from=NAME",
                "/access",
                "/access/remove-user?user=NAME",
                "/access/JOB",
                "/login?back=NAME",
                "/welcome?link=NAME",
                "/preferences?back=NAME&lang=NAME&theme=NAME",
                "/clusters/JOB")) {
            addresses.put(
                    address,
                    address.replace("JOB", job).replace("NAME", value).replace("PATH", Page.parameter(inPath(text))));
        }
        return addresses;
    }

    @ParameterizedTest
    @MethodSource("corpus")
    void aHostileTextIsShownAsText(String text) throws Exception {
        try (ConsolePages plain = console(HARMLESS);
                ConsolePages hostile = console(text)) {
            Map<String, String> calm = addresses(HARMLESS);
            for (Map.Entry<String, String> address : addresses(text).entrySet()) {
                MockHttpServletResponse answer = hostile.answer(ConsolePages.get(address.getValue()));
                String known = calm.get(address.getKey());
                Document page = Jsoup.parse(ConsolePages.text(answer));
                assertHarmless(page, address.getKey());
                MockHttpServletResponse like = plain.answer(ConsolePages.get(known));
                assertThat(answer.getStatus()).as(address.getKey()).isEqualTo(like.getStatus());
                assertThat(structure(page))
                        .as(address.getKey())
                        .isEqualTo(structure(Jsoup.parse(ConsolePages.text(like))));
                answer.getHeaderNames().forEach(name -> assertThat(answer.getHeader(name))
                        .as(address.getKey() + " " + name)
                        .doesNotContain("\r")
                        .doesNotContain("\n"));
            }
        }
    }

    private static void assertHarmless(Document page, String address) {
        for (Element element : page.getAllElements()) {
            for (Attribute attribute : element.attributes()) {
                String name = attribute.getKey().toLowerCase(java.util.Locale.ROOT);
                assertThat(name).as(address).doesNotStartWith("on");
                if (List.of("href", "src", "action", "formaction", "hx-get", "hx-post", "data-href")
                                .contains(name)
                        && !attribute.getValue().isEmpty()) {
                    assertThat(attribute.getValue()).as(address + " " + name).matches("(?s)[/#?](?!/).*|/");
                }
            }
            if (element.normalName().equals("script")) {
                assertThat(element.attr("src")).as(address).startsWith("/assets/");
                assertThat(element.data()).as(address).isBlank();
            }
        }
    }

    /** Elements and their attributes in order, without texts; lists may be longer. */
    private static List<String> structure(Document page) {
        List<String> elements = new ArrayList<>();
        for (Element element : page.getAllElements()) {
            List<String> names = new ArrayList<>();
            element.attributes().forEach(attribute -> names.add(attribute.getKey()));
            String line = element.normalName() + names;
            if (elements.isEmpty() || !elements.get(elements.size() - 1).equals(line)) {
                elements.add(line);
            }
        }
        return elements;
    }

    @Test
    void theCorpusWouldBeDangerousIfItWereNotShownAsText() {
        long active = corpus().stream()
                .map(Jsoup::parseBodyFragment)
                .filter(page -> !page.body().children().isEmpty())
                .count();
        assertThat(active).isGreaterThan(6);
    }

    @Test
    void anAddressThatLeadsElsewhereLeadsHome() throws Exception {
        try (ConsolePages console = console(HARMLESS)) {
            for (String back : List.of(
                    "//evil.example",
                    "/\\evil.example",
                    "https://evil.example",
                    "javascript:alert(1)",
                    "/a\r\nSet-Cookie: x=1",
                    " /\t/evil.example")) {
                MockHttpServletResponse answer = console.answer(console.post("/preferences", "back", back));
                assertThat(answer.getRedirectedUrl()).as(back).isEqualTo("/");
            }
        }
    }
}
