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

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.json.JsonParserFactory;
import org.springframework.context.ConfigurableApplicationContext;

/** Runs every call of the page {@code docs/central-api.md} against a started centre, in the order of the page. */
class CentralApiPageTest {

    private static final Pattern STEP =
            Pattern.compile("```sh\\R(curl .*?)\\R```\\s+```json\\R(\\d+)\\R(.*?)\\R```", Pattern.DOTALL);
    private static final Pattern WORD = Pattern.compile("'([^']*)'|\"([^\"]*)\"|(\\S+)");
    private static final String ANYTHING = "…";

    @TempDir
    Path folder;

    /** A call of the page and its answer. Immutable. */
    private record Step(String call, int status, String answer) {}

    private static List<Step> steps(String page) throws IOException {
        String text = Files.readString(Path.of("..", "docs", page));
        List<Step> steps = new ArrayList<>();
        Matcher matcher = STEP.matcher(text);
        while (matcher.find()) {
            steps.add(new Step(matcher.group(1), Integer.parseInt(matcher.group(2)), matcher.group(3)));
        }
        assertThat(steps).as("each call of %s has an answer", page).hasSize(text.split("```sh", -1).length - 1);
        return steps;
    }

    @Test
    void everyCallOfThePageIsAnsweredAsThePageSays() throws Exception {
        Files.createDirectories(Path.of(System.getProperty("java.io.tmpdir")));
        List<Step> steps = steps("central-api.md");
        assertThat(steps).hasSizeGreaterThan(25);
        try (ConfigurableApplicationContext centre = new SpringApplicationBuilder(CenterApplication.class)
                .run(
                        "--server.port=0",
                        "--carillon.center.data-dir=" + folder,
                        "--carillon.messages.central.enabled=true",
                        "--carillon.console.anyone=admin",
                        "--carillon.messages.broker=in-jvm")) {
            String address = "http://127.0.0.1:" + centre.getEnvironment().getRequiredProperty("local.server.port");
            for (Step step : steps) {
                HttpResponse<String> answer = run(step.call().replace("$CENTER", address));
                assertThat(answer.statusCode())
                        .as("%s\n%s", step.call(), answer.body())
                        .isEqualTo(step.status());
                compare(step.call(), json(step.answer()), json(answer.body()));
            }
        }
    }

    @Test
    void thePageInChineseHasTheSameCalls() throws Exception {
        assertThat(steps("central-api.zh-CN.md")).isEqualTo(steps("central-api.md"));
    }

    private static Map<String, Object> json(String text) {
        return JsonParserFactory.getJsonParser().parseMap(text);
    }

    /** What the page uses of curl: -s, -X, -H, -d and an address. */
    private static HttpResponse<String> run(String call) throws Exception {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(call.replace("\\\n", " "));
        while (matcher.find()) {
            words.add(
                    matcher.group(1) != null
                            ? matcher.group(1)
                            : matcher.group(2) != null ? matcher.group(2) : matcher.group(3));
        }
        HttpRequest.Builder request = HttpRequest.newBuilder();
        String method = "GET";
        HttpRequest.BodyPublisher body = HttpRequest.BodyPublishers.noBody();
        for (int i = 1; i < words.size(); i++) {
            switch (words.get(i)) {
                case "-s" -> {}
                case "-X" -> method = words.get(++i);
                case "-H" -> {
                    String[] header = words.get(++i).split(": ", 2);
                    request.header(header[0], header[1]);
                }
                case "-d" -> body = HttpRequest.BodyPublishers.ofString(words.get(++i));
                default -> request.uri(URI.create(words.get(i)));
            }
        }
        return HttpClient.newHttpClient()
                .send(request.method(method, body).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static void compare(String where, @Nullable Object page, @Nullable Object answer) {
        if (ANYTHING.equals(page)) {
            return;
        }
        if (page instanceof Map<?, ?> wanted) {
            assertThat(answer).as(where).isInstanceOf(Map.class);
            Map<?, ?> is = (Map<?, ?>) answer;
            assertThat(is.keySet().stream().map(String::valueOf).toList())
                    .as(where)
                    .containsExactlyInAnyOrderElementsOf(
                            wanted.keySet().stream().map(String::valueOf).toList());
            wanted.forEach((key, value) -> compare(where + "\n." + key, value, is.get(key)));
        } else if (page instanceof List<?> wanted) {
            assertThat(answer).as(where).isInstanceOf(List.class);
            List<?> is = (List<?>) answer;
            assertThat(is).as(where).hasSameSizeAs(wanted);
            for (int i = 0; i < wanted.size(); i++) {
                compare(where + "[" + i + "]", wanted.get(i), is.get(i));
            }
        } else if (page instanceof Number) {
            assertThat(answer).as(where).isInstanceOf(Number.class);
        } else {
            assertThat(answer).as(where).isEqualTo(page);
        }
    }
}
