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
package io.carillon.launcher.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands against a small server that answers as a centre does. */
class TerminalTest {

    private record Answer(int status, String body) {}

    private record Request(String line, String body, Map<String, String> headers) {}

    private static final String JOBS = """
            {"cluster":"shop","asOf":"2026-03-02T04:00:00Z","pages":1,"jobs":[
              {"name":"bill","health":"BAD","healthReasons":["Late: a run was due at 03:59.","No spare."],"items":4,
               "itemsOwned":3,"nextRun":"2026-03-02T05:00:00Z",
               "lastRun":{"started":"2026-03-02T03:00:00Z","outcome":"FAILED"}},
              {"name":"mail\\u001b[31m","health":"OK","healthReasons":[],"items":1,"itemsOwned":1,"nextRun":null,
               "lastRun":null}]}""";

    @TempDir
    Path folder;

    private final Map<String, Answer> answers = new HashMap<>();
    private final List<Request> requests = new ArrayList<>();
    private final Map<String, String> environment = new HashMap<>();
    private HttpServer http;
    private String out = "";
    private String err = "";
    private String typed;

    @BeforeEach
    void start() throws IOException {
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.createContext("/", exchange -> {
            String line = exchange.getRequestMethod() + " " + exchange.getRequestURI();
            Map<String, String> headers = new HashMap<>();
            exchange.getRequestHeaders()
                    .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values.get(0)));
            try (InputStream body = exchange.getRequestBody()) {
                requests.add(new Request(line, new String(body.readAllBytes(), StandardCharsets.UTF_8), headers));
            }
            Answer answer = answers.getOrDefault(
                    line,
                    new Answer(
                            404, "{\"title\":\"Not answered here\",\"detail\":\"no " + line.replace("\"", "") + "\"}"));
            byte[] bytes = answer.body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer.status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        http.start();
        environment.put("CARILLON_URL", "http://127.0.0.1:" + http.getAddress().getPort() + "/");
        environment.put("CARILLON_CLUSTER", "shop");
        environment.put("CARILLON_LANG", "en");
    }

    @AfterEach
    void stop() {
        http.stop(0);
    }

    private int run(String... arguments) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        int code = new Terminal(
                        environment,
                        new PrintStream(bytes, true, StandardCharsets.UTF_8),
                        new PrintStream(errors, true, StandardCharsets.UTF_8),
                        typed == null ? null : new BufferedReader(new StringReader(typed)),
                        Locale.ENGLISH)
                .run(List.of(arguments));
        out = bytes.toString(StandardCharsets.UTF_8);
        err = errors.toString(StandardCharsets.UTF_8);
        return code;
    }

    private void answer(String line, String body) {
        answers.put(line, new Answer(200, body));
    }

    @Test
    void jobsAreATableWithTheWorstReasonAndNothingThatSpoilsTheScreen() {
        answer("GET /api/v1/clusters/shop/jobs?q=bi%20group%3Ab%20health%3Abad&sort=health&page=1", JOBS);
        environment.put("CARILLON_TOKEN", "abc");
        assertThat(run("jobs", "bi", "group:b", "--health", "bad")).isZero();
        List<String> lines = out.lines().toList();
        assertThat(lines).hasSize(3);
        assertThat(lines.get(0)).matches("JOB +HEALTH +ITEMS +LAST RUN +NEXT RUN +REASON");
        assertThat(lines.get(1))
                .matches("bill +bad +3/4 +2026-03-0.* failed +2026-03-0.* +Late: a run was due at 03:59\\.");
        assertThat(lines.get(2)).startsWith("mail [31m ").doesNotContain("\u001b");
        assertThat(requests.get(0).headers).containsEntry("authorization", "Bearer abc");
        assertThat(requests.get(0).headers).containsEntry("accept-language", "en");
    }

    @Test
    void aScriptCanAskWhetherAnyJobIsUnwell() {
        answer("GET /api/v1/clusters/shop/jobs?sort=health&page=1", JOBS);
        assertThat(run("jobs", "--fail-on", "bad", "--json")).isEqualTo(1);
        assertThat(out).contains("\"name\" : \"bill\"");
        answer("GET /api/v1/clusters/shop/jobs?sort=health&page=1", JOBS.replace("BAD", "OK"));
        assertThat(run("jobs", "--fail-on", "warning")).isZero();
        assertThat(run("jobs", "--fail-on", "odd")).isEqualTo(2);
        assertThat(err).contains("--fail-on: odd (expected: bad or warning)");
    }

    @Test
    void allPagesOfAListAreRead() {
        answer("GET /api/v1/clusters/shop/jobs?sort=health&page=1", JOBS.replace("\"pages\":1", "\"pages\":2"));
        answer(
                "GET /api/v1/clusters/shop/jobs?sort=health&page=2",
                JOBS.replace("\"pages\":1", "\"pages\":2").replace("bill", "late"));
        assertThat(run("jobs")).isZero();
        assertThat(out).contains("bill", "late");
    }

    @Test
    void theOnlyClusterNeedNotBeNamed() {
        environment.remove("CARILLON_CLUSTER");
        answer("GET /api/v1/clusters", "{\"clusters\":[{\"name\":\"shop\"}]}");
        answer("GET /api/v1/clusters/shop/jobs?sort=health&page=1", JOBS);
        assertThat(run("jobs")).isZero();
        answer("GET /api/v1/clusters", "{\"clusters\":[{\"name\":\"shop\"},{\"name\":\"test\"}]}");
        assertThat(run("jobs")).isEqualTo(2);
        assertThat(err).startsWith("--cluster: not given (expected: one of [shop, test])");
    }

    @Test
    void oneJobIsShownWithItemsAndRuns() {
        answer("GET /api/v1/clusters/shop/jobs/bill%20all", """
                {"cluster":"shop","job":{"name":"bill all","description":"d","jobClass":"a.B","cron":"0 0 2 * * ?",
                 "zone":"UTC","health":"WARNING","healthReasons":["One.","Two."],"leader":null,"instances":["i1","i2"]},
                 "items":[{"item":0,"parameter":"p","owner":"i1","ownerOnline":true,"runningOn":null,"disabled":true}],
                 "runs":[{"started":"2026-03-02T03:00:00Z","item":0,"instance":"i1","outcome":"FAILED",
                 "durationMillis":12,"cause":"Boom\\n at x"}]}""");
        assertThat(run("job", "bill all")).isZero();
        assertThat(out)
                .contains("0 0 2 * * ?", "    One.", "    Two.", "i1 i2", "switched off", "failed", "12 ms", "Boom");
        assertThat(out).doesNotContain("at x");
    }

    @Test
    void aTriggerCarriesWhatWasGivenAndAKeyOfItsOwn() {
        answer("POST /api/v1/clusters/shop/jobs/bill/runs", "{\"after\":\"request r-17\"}");
        assertThat(run(
                        "trigger",
                        "bill",
                        "--parameter",
                        "x=1",
                        "--time",
                        "2026-03-01T02:00:00+08:00",
                        "--items",
                        "0,3"))
                .isZero();
        assertThat(out).contains("request r-17");
        Request request = requests.get(0);
        assertThat(request.body).isEqualTo("{\"parameter\":\"x=1\",\"time\":\"2026-02-28T18:00:00Z\",\"items\":[0,3]}");
        String key = request.headers.get("idempotency-key");
        assertThat(key).hasSize(36);
        run("trigger", "bill");
        assertThat(requests.get(1).headers.get("idempotency-key")).isNotEqualTo(key);
        run("trigger", "bill", "--key", "mine");
        assertThat(requests.get(2).headers).containsEntry("idempotency-key", "mine");
        assertThat(run("trigger", "bill", "--time", "soon")).isEqualTo(2);
        assertThat(err).startsWith("--time: soon (expected: a time such as");
    }

    @Test
    void whyTellsEachItemOfTheFiring() {
        answer(
                "GET /api/v1/clusters/shop/jobs/bill/why?from=2026-03-02T04%3A00%3A00Z&to=2026-03-02T04%3A00%3A00Z",
                """
                {"firings":[{"due":"2026-03-02T04:00:00Z","planned":true,"items":[
                 {"item":0,"state":"PASSED","text":"It ran elsewhere."},{"item":1,"state":"RAN","text":"Ran."}]}],
                 "complete":false}""");
        assertThat(run("why", "bill", "--at", "2026-03-02T04:00:00Z")).isZero();
        assertThat(out)
                .contains("item 0: passed by  It ran elsewhere.", "item 1: ran  Ran.")
                .contains("There is more");
        assertThat(run("why", "bill")).isEqualTo(2);
        assertThat(run("why", "bill", "--from", "2026-03-02T04:00:00Z")).isEqualTo(2);
    }

    @Test
    void messagesSayWhichStoreDidNotAnswer() {
        answer("GET /api/v1/stores", "{\"stores\":[{\"store\":\"orders\"},{\"store\":\"points\"}]}");
        answer("GET /api/v1/messages?state=dead&topic=ORDERS&store=orders&limit=50", """
                {"store":"orders","messages":[{"id":"m1","state":"DEAD","topic":"ORDERS","tag":"PLACED","key":"17",
                 "attempt":5,"lastError":"refused\\nmore"}],"next":"m1"}""");
        answers.put(
                "GET /api/v1/messages?state=dead&topic=ORDERS&store=points&limit=50",
                new Answer(503, "{\"detail\":\"away\"}"));
        assertThat(run("messages", "state:dead", "topic:ORDERS")).isEqualTo(1);
        assertThat(out)
                .contains("m1", "dead", "refused", "Store points does not answer", "There are more")
                .doesNotContain("more\n at");
        assertThat(run("messages", "colour:red")).isEqualTo(2);
        assertThat(err).startsWith("filter: colour:red (expected: words such as state:dead");
    }

    private static String report(boolean dry, int done, int refused) {
        return "{\"dryRun\":" + dry + ",\"counts\":{\"DONE\":" + done + ",\"REFUSED\":" + refused
                + "},\"truncated\":false,"
                + "\"items\":[{\"id\":\"a\",\"outcome\":\"DONE\",\"before\":\"DEAD\"}"
                + (refused == 0 ? "" : ",{\"id\":\"b\",\"outcome\":\"REFUSED\",\"before\":\"FINISHED\"}") + "]}";
    }

    @Test
    void aReplayIsTriedDryFirstAndDoneOnlyWhenSomebodySaysSo() {
        answer("POST /api/v1/messages:replay", report(true, 1, 1));
        assertThat(run("replay", "topic:ORDERS", "--store", "orders", "--reason", "fixed"))
                .isEqualTo(1);
        assertThat(out).contains("Dry run: 1 would be sent again, 1 refused, 0 not there.");
        assertThat(err).contains("Add --yes");
        assertThat(requests).hasSize(1);
        assertThat(requests.get(0).body)
                .isEqualTo(
                        "{\"store\":\"orders\",\"filter\":{\"topic\":\"ORDERS\"},\"reason\":\"fixed\",\"limit\":1000,\"perSecond\":0,"
                                + "\"dryRun\":true}");

        typed = "n\n";
        assertThat(run("replay", "--id", "a,b", "--store", "orders", "--reason", "fixed"))
                .isEqualTo(1);
        assertThat(err).contains("Send 1 messages again? [y/N]", "Nothing was done.");
        assertThat(requests).hasSize(2);

        typed = "y\n";
        assertThat(run("replay", "--id", "a,b", "--store", "orders", "--reason", "fixed"))
                .isEqualTo(1);
        assertThat(requests).hasSize(4);
        assertThat(requests.get(3).body).contains("\"ids\":[\"a\",\"b\"]", "\"dryRun\":false");
        assertThat(out).contains("1 are sent again, 1 refused").contains("b   refused  finished");

        answer("POST /api/v1/messages:replay", report(false, 1, 0));
        assertThat(run("replay", "--id", "a", "--store", "orders", "--reason", "fixed", "--yes"))
                .isZero();
        assertThat(run("replay", "--id", "a", "--store", "orders", "--reason", "fixed", "--dry-run"))
                .isZero();
        assertThat(run("replay", "--store", "orders", "--reason", "fixed")).isEqualTo(2);
    }

    private static final String EXPORT =
            "# Carillon jobs, format 1\n---\njobClass: a.B\nconfiguration:\n  jobName: bill\n"
                    + "  shardingTotalCount: 2\n";

    @Test
    void clustersAndFilesAreComparedWithEachOther() throws Exception {
        answer("GET /api/v1/clusters/shop/export", EXPORT);
        Path file = folder.resolve("test.yaml");
        Files.writeString(file, EXPORT.replace("Count: 2", "Count: 3"));
        assertThat(run("compare", "shop", file.toString())).isEqualTo(1);
        assertThat(out).contains("! bill", "shardingTotalCount: 2 | 3");
        assertThat(run("compare", "shop", "shop")).isZero();
        assertThat(run("compare", "shop", "nowhere")).isEqualTo(3);
        assertThat(run("export", "-o", folder.resolve("out.yaml").toString())).isZero();
        assertThat(Files.readString(folder.resolve("out.yaml"))).isEqualTo(EXPORT);
    }

    @Test
    void anImportShowsItsPlanAndAsks() throws Exception {
        Path file = folder.resolve("shop.yaml");
        Files.writeString(file, EXPORT);
        answer(
                "POST /api/v1/clusters/shop/imports?dryRun=true",
                "{\"dryRun\":true,\"text\":\"+ bill\\n\",\"jobs\":[{\"job\":\"bill\",\"step\":\"ADD\"}]}");
        answer(
                "POST /api/v1/clusters/shop/imports?dryRun=false",
                "{\"dryRun\":false,\"text\":\"\",\"jobs\":[{\"job\":\"bill\",\"step\":\"ADD\",\"failure\":\"it is there\"}]}");
        assertThat(run("import", file.toString(), "--dry-run")).isZero();
        assertThat(out).isEqualTo("+ bill\n");
        assertThat(requests).hasSize(1);
        assertThat(requests.get(0).body).isEqualTo(EXPORT);
        assertThat(run("import", file.toString())).isEqualTo(1);
        assertThat(requests).as("nobody said yes").hasSize(2);
        assertThat(run("import", file.toString(), "--yes")).isEqualTo(1);
        assertThat(out).contains("! bill: it is there", "0 jobs were taken over, 1 were not.");
        Files.writeString(file, "jobs: []");
        assertThat(run("import", file.toString(), "--yes")).isEqualTo(2);
        assertThat(err).contains("line 1: 'jobs: []'");
    }

    @Test
    void whatACentreRefusesIsSaidInTheHousesFormWithACodeOfItsOwn() {
        String line = "GET /api/v1/clusters/shop/jobs?sort=health&page=1";
        answers.put(line, new Answer(401, "{\"detail\":\"Who are you?\"}"));
        assertThat(run("jobs")).isEqualTo(4);
        assertThat(err).startsWith("--token: not accepted").contains("Who are you?");
        answers.put(line, new Answer(403, "{\"detail\":\"role: viewer\"}"));
        assertThat(run("jobs")).isEqualTo(4);
        answers.put(line, new Answer(409, "{\"title\":\"Changed meanwhile\"}"));
        assertThat(run("jobs")).isEqualTo(5);
        assertThat(err).contains("Changed meanwhile");
        answers.put(line, new Answer(503, "<html>\u001b[2J broken</html>"));
        assertThat(run("jobs")).isEqualTo(6);
        assertThat(err).contains("status 503").doesNotContain("\u001b");
        answers.remove(line);
        assertThat(run("jobs")).isEqualTo(3);
        answers.put(line, new Answer(200, "<html>"));
        assertThat(run("jobs")).isEqualTo(6);
        http.stop(0);
        assertThat(run("jobs")).isEqualTo(6);
        assertThat(err).contains("no answer", "(expected: a running centre)");
        assertThat(run("jobs", "--url", "localhost")).isEqualTo(2);
        assertThat(run("jobs", "--odd")).isEqualTo(2);
        assertThat(err).startsWith("usage: ").contains("--odd");
        assertThat(run("job")).isEqualTo(2);
    }

    @Test
    void everythingIsSaidInChineseToo() {
        environment.put("CARILLON_LANG", "zh_CN.UTF-8");
        answer("GET /api/v1/clusters/shop/jobs?sort=health&page=1", JOBS);
        assertThat(run("jobs")).isZero();
        List<String> lines = out.lines().toList();
        assertThat(lines.get(0)).startsWith("作业");
        assertThat(lines.get(1)).contains("异常", "失败");
        assertThat(TextTable.width(lines.get(0).substring(0, lines.get(0).indexOf("健康"))))
                .as("columns stand below each other")
                .isEqualTo(
                        TextTable.width(lines.get(1).substring(0, lines.get(1).indexOf("异常"))));
        assertThat(requests.get(0).headers).containsEntry("accept-language", "zh-CN");
        assertThat(run("jobs", "--help")).isZero();
        assertThat(out).contains("集群的作业及其健康状况", "退出码");
    }

    @Test
    void bothLanguagesHaveTheSameTextsWithTheSamePlaceholders() throws IOException {
        Map<String, TreeSet<String>> english = placeholders("words.properties");
        Map<String, TreeSet<String>> chinese = placeholders("words_zh_CN.properties");
        assertThat(chinese).isEqualTo(english);
    }

    private static Map<String, TreeSet<String>> placeholders(String file) throws IOException {
        Properties properties = new Properties();
        try (InputStream stream = Terminal.class.getResourceAsStream(file)) {
            properties.load(new java.io.InputStreamReader(stream, StandardCharsets.UTF_8));
        }
        Map<String, TreeSet<String>> all = new HashMap<>();
        for (String name : properties.stringPropertyNames()) {
            TreeSet<String> found = new TreeSet<>();
            Matcher matcher = Pattern.compile("\\{[0-9]}").matcher(properties.getProperty(name));
            while (matcher.find()) {
                found.add(matcher.group());
            }
            all.put(name, found);
        }
        return all;
    }
}
