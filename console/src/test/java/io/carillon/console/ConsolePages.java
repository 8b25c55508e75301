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
import io.carillon.console.access.Role;
import io.carillon.messages.operations.MessageQueries;
import jakarta.servlet.http.Cookie;
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
import org.springframework.http.HttpMethod;
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
        this(
                new ConsoleOptions(time, ZoneId.of("Europe/Berlin"), limit, Duration.ofSeconds(5)),
                Grant.everywhere(Role.ADMIN).toString(),
                cluster,
                stores);
    }

    /** @param anyone what may be done without a login, as {@link Grant#parse} reads it; empty: one must log in */
    ConsolePages(ConsoleOptions options, String anyone, FakeCluster cluster, MessageQueries... stores) {
        this(options, anyone, cluster, PayloadRedaction.NONE, List.of(stores), List.of(), List.of());
    }

    /** With one more bean of the application. */
    static ConsolePages with(Object bean, ConsoleOptions options, String anyone, FakeCluster cluster) {
        return new ConsolePages(options, anyone, cluster, PayloadRedaction.NONE, List.of(), List.of(), List.of(bean));
    }

    /** With jobs, and stores in which people can look and command. */
    ConsolePages(ConsoleOptions options, String anyone, FakeCluster cluster, ConsoleMessages messages) {
        this(options, anyone, cluster, PayloadRedaction.NONE, List.of(), List.of(messages), List.of());
    }

    /** With several clusters. */
    static ConsolePages of(String anyone, List<ConsoleCluster> clusters, MessageQueries... stores) {
        return new ConsolePages(
                new ConsoleOptions(
                        InstantSource.fixed(Samples.NOW),
                        ZoneId.of("Europe/Berlin"),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(5)),
                anyone,
                new FakeCluster(),
                PayloadRedaction.NONE,
                clusters,
                List.of(stores),
                List.of(),
                List.of());
    }

    /** With stores in which people can look and command; what is shown of payloads is chosen. */
    ConsolePages(String anyone, PayloadRedaction redaction, ConsoleMessages... messages) {
        this(
                new ConsoleOptions(
                        InstantSource.fixed(Samples.NOW),
                        ZoneId.of("Europe/Berlin"),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(5)),
                anyone,
                Samples.fullCluster(),
                redaction,
                List.of(),
                List.of(messages),
                List.of());
    }

    private ConsolePages(
            ConsoleOptions options,
            String anyone,
            FakeCluster cluster,
            PayloadRedaction redaction,
            List<MessageQueries> stores,
            List<ConsoleMessages> messages,
            List<Object> beans) {
        this(
                options,
                anyone,
                cluster,
                redaction,
                List.of(new ConsoleCluster("shop", cluster, cluster, cluster.tree)),
                stores,
                messages,
                beans);
    }

    private ConsolePages(
            ConsoleOptions options,
            String anyone,
            FakeCluster cluster,
            PayloadRedaction redaction,
            List<ConsoleCluster> clusters,
            List<MessageQueries> stores,
            List<ConsoleMessages> messages,
            List<Object> beans) {
        this.cluster = cluster;
        beans.forEach(bean -> context.getBeanFactory().registerSingleton("application", bean));
        context.registerBean(PayloadRedaction.class, () -> redaction);
        context.registerBean(
                ConsoleConfiguration.AnyoneMay.class, () -> new ConsoleConfiguration.AnyoneMay(Grant.parse(anyone)));
        context.setServletContext(new MockServletContext());
        context.registerBean(ConsoleOptions.class, () -> options);
        context.registerBean(ConsoleSources.class, () -> new ConsoleSources(clusters, stores, messages));
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

    <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    /** Sends what a form of a page of this console sends, with the fields and the page's own token. */
    MockHttpServletRequestBuilder post(String address, String... fields) throws Exception {
        return post(new Cookie[0], address, fields);
    }

    /** The same as somebody with cookies. */
    MockHttpServletRequestBuilder post(Cookie[] cookies, String address, String... fields) throws Exception {
        MockHttpServletRequestBuilder request = request(cookies, "POST", address, true);
        for (int i = 0; i < fields.length; i += 2) {
            request.param(fields[i], fields[i + 1]);
        }
        return request;
    }

    /** What a script of a page of this console sends. */
    MockHttpServletRequestBuilder request(String verb, String address) throws Exception {
        return request(new Cookie[0], verb, address, false);
    }

    private MockHttpServletRequestBuilder request(Cookie[] cookies, String verb, String address, boolean form)
            throws Exception {
        MockHttpServletRequestBuilder look = get("/preferences");
        if (cookies.length > 0) {
            look.cookie(cookies);
        }
        MockHttpServletResponse page = answer(look);
        String token = Jsoup.parse(text(page)).select("input[name=_csrf]").attr("value");
        MockHttpServletRequestBuilder request = MockMvcRequestBuilders.request(
                        HttpMethod.valueOf(verb), URI.create(address))
                .header("Sec-Fetch-Site", "same-origin");
        if (form) {
            request.param("_csrf", token);
        } else {
            request.header("X-Carillon-Csrf", token);
        }
        Cookie visit = page.getCookie("carillon-visit");
        if (visit != null) {
            request.cookie(visit);
        }
        if (cookies.length > 0) {
            request.cookie(cookies);
        }
        return request;
    }

    static MockHttpServletRequestBuilder get(String address) {
        return MockMvcRequestBuilders.get(URI.create(address));
    }

    @Override
    public void close() {
        context.close();
    }
}
