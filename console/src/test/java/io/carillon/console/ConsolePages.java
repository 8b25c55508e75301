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

import io.carillon.messages.operations.MessageQueries;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.springframework.context.annotation.AnnotatedBeanDefinitionReader;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.mock.web.MockServletContext;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.request.MockHttpServletRequestBuilder;
import org.springframework.test.web.servlet.request.MockMvcRequestBuilders;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.web.context.support.GenericWebApplicationContext;
import org.springframework.web.servlet.config.annotation.EnableWebMvc;

/** The console's own configuration on fakes, without a server. One thread at a time. */
final class ConsolePages implements AutoCloseable {
    @EnableWebMvc
    static class WebMvc {}

    final FakeCluster cluster;
    final MockMvc mvc;
    private final GenericWebApplicationContext context = new GenericWebApplicationContext();

    ConsolePages(FakeCluster cluster, MessageQueries... stores) {
        this(InstantSource.fixed(Samples.NOW), Duration.ofSeconds(2), cluster, stores);
    }

    ConsolePages(InstantSource time, Duration limit, FakeCluster cluster, MessageQueries... stores) {
        this.cluster = cluster;
        ConsoleOptions options = new ConsoleOptions(time, ZoneId.of("Europe/Berlin"), limit, Duration.ofSeconds(5));
        context.setServletContext(new MockServletContext());
        context.registerBean(ConsoleOptions.class, () -> options);
        context.registerBean(
                ConsoleSources.class,
                () -> new ConsoleSources(List.of(new ConsoleCluster("shop", cluster, cluster)), List.of(stores)));
        new AnnotatedBeanDefinitionReader(context).register(WebMvc.class, ConsoleConfiguration.class);
        context.refresh();
        mvc = MockMvcBuilders.webAppContextSetup(context).build();
    }

    Document page(String address) throws Exception {
        return page(address, Locale.ENGLISH);
    }

    Document page(String address, Locale locale) throws Exception {
        return Jsoup.parse(text(answer(get(address).locale(locale))));
    }

    int status(String address) throws Exception {
        return answer(get(address)).getStatus();
    }

    MockHttpServletResponse answer(MockHttpServletRequestBuilder request) throws Exception {
        return mvc.perform(request).andReturn().getResponse();
    }

    static String text(MockHttpServletResponse response) throws Exception {
        return response.getContentAsString(StandardCharsets.UTF_8);
    }

    static MockHttpServletRequestBuilder get(String address) {
        return MockMvcRequestBuilders.get(URI.create(address));
    }

    @Override
    public void close() {
        context.close();
    }
}
