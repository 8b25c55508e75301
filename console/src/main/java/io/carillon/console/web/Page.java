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
package io.carillon.console.web;

import io.carillon.console.ConsoleOptions.Environment;
import io.carillon.console.access.Callers;
import io.carillon.console.access.Role;
import io.carillon.console.access.Visitor;
import io.carillon.console.command.RefusedException;
import io.carillon.console.text.Formats;
import io.carillon.console.text.Texts;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.util.UriUtils;

/**
 * What every template knows: the reader's language, theme, zone and rights, and where the page is. Immutable.
 *
 * @param base what comes before all addresses: the application's context path and the console's
 * @param clusters the names of the clusters that the visitor may see
 * @param cluster the cluster of this page; empty where there is none
 * @param self the address of this page without the base, with its filters
 * @param theme {@code light}, {@code dark} or {@code system}
 * @param keys whether the keyboard has shortcuts
 * @param refreshSeconds how often the live part asks again when it is not told of changes
 * @param readOnly whether nothing can be changed through this console
 * @param canLogOut whether the console has a login of its own
 * @param assets addresses of style and scripts
 */
public record Page(
        Texts texts,
        Formats formats,
        String base,
        List<String> clusters,
        String cluster,
        String self,
        String theme,
        boolean keys,
        long refreshSeconds,
        Visitor visitor,
        boolean readOnly,
        boolean canLogOut,
        Environment environment,
        Assets assets) {

    /** A text. */
    public String t(String key, Object... values) {
        return texts.get(
                key,
                Arrays.stream(values)
                        .map(value -> value instanceof Instant time ? formats.time(time) : value)
                        .toArray());
    }

    /** See {@link Texts#said}. */
    public String said(String english) {
        return texts.said(english);
    }

    /** The address of an asset. */
    public String asset(String name) {
        return base + assets.address(name);
    }

    /** An address of the console with the base before it. */
    public String link(String address) {
        return base + address;
    }

    /** The address of a cluster's overview. */
    public String clusterLink(String name) {
        return base + "/clusters/" + segment(name);
    }

    /** The address of something in this page's cluster. */
    public String here(String address) {
        return clusterLink(cluster) + address;
    }

    /** The address of a job. */
    public String jobLink(String jobName) {
        return clusterLink(cluster) + "/jobs/" + segment(jobName);
    }

    /** The address of an instance. */
    public String instanceLink(String id) {
        return clusterLink(cluster) + "/instances/" + segment(id);
    }

    /** The address of the dialog of a command in this page's cluster, such as {@code commands/disable?job=billing}. */
    public String commandLink(String command, String... namesAndValues) {
        return withQuery(clusterLink(cluster) + "/commands/" + segment(command), namesAndValues);
    }

    /** An address below {@code /messages} with its parameters; empty values are left out. */
    public String messagesLink(String path, String... namesAndValues) {
        return base + messagesAddress(path, namesAndValues);
    }

    /** The same without the base. */
    public static String messagesAddress(String path, String... namesAndValues) {
        List<String> filled = new ArrayList<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            if (!namesAndValues[i + 1].isEmpty()) {
                filled.add(namesAndValues[i]);
                filled.add(namesAndValues[i + 1]);
            }
        }
        return withQuery("/messages" + path, filled.toArray(String[]::new));
    }

    private static String withQuery(String path, String... namesAndValues) {
        StringBuilder address = new StringBuilder(path);
        for (int i = 0; i < namesAndValues.length; i += 2) {
            address.append(i == 0 ? '?' : '&')
                    .append(namesAndValues[i])
                    .append('=')
                    .append(UriUtils.encode(namesAndValues[i + 1], StandardCharsets.UTF_8));
        }
        return address.toString();
    }

    /** What scripts send with each request, so that it is known to come from this page. */
    public String csrfHeaders() {
        return "{\"" + Callers.CSRF_HEADER + "\":\"" + visitor.csrf() + "\"}";
    }

    /** Whether to offer what needs a role for a group of this page's cluster; {@code *}: for the whole cluster. */
    public boolean offers(Role role, String group) {
        return !readOnly && visitor.may(role, cluster, group);
    }

    /** The navigation's places: those of the cluster only where there is one. */
    public List<Tab> tabs() {
        return Arrays.stream(Tab.values())
                .filter(tab -> !tab.ofCluster() || !cluster.isEmpty())
                .filter(tab -> tab != Tab.REGISTRY || visitor.seesAll(cluster))
                .filter(tab -> !tab.ofMessages() || seesMessages())
                .toList();
    }

    /** See {@code ConsoleSources.seesMessages}. */
    private boolean seesMessages() {
        return visitor.mayEverywhere(Role.VIEWER) || clusters.stream().anyMatch(visitor::seesAll);
    }

    /** The address of a place. */
    public String tabLink(Tab tab) {
        return tab.ofCluster() ? here(tab.address()) : base + tab.address();
    }

    /** Whether this page is in that place. */
    public boolean isIn(Tab tab) {
        return tab.holds(self, segment(cluster));
    }

    /** Where hints come from; each topic is a cluster, or a cluster and a job. */
    public String streamLink(List<String> topics) {
        return base + "/stream?topics=" + UriUtils.encode(String.join(",", topics), StandardCharsets.UTF_8);
    }

    /** The topics of this cluster and of some of its jobs. */
    public List<String> topics(String... jobNames) {
        List<String> topics = new ArrayList<>();
        for (String jobName : jobNames) {
            topics.add(cluster + "/" + jobName);
        }
        if (topics.isEmpty()) {
            topics.add(cluster);
        }
        return topics;
    }

    /** The address of this page's live part; it keeps the language whatever other tabs choose. */
    public String liveLink() {
        return with("lang", texts.language());
    }

    /** This page in another language. */
    public String languageLink(Texts other) {
        return with("lang", other.language());
    }

    /** This page in another theme. */
    public String themeLink(String other) {
        return with("theme", other);
    }

    /** The reader's settings, which lead back here. */
    public String preferencesLink() {
        return base + "/preferences?back=" + UriUtils.encode(self, StandardCharsets.UTF_8);
    }

    /**
     * A time as browsers send it, in the reader's zone; null for none.
     *
     * @throws RefusedException when it is no time
     */
    public @Nullable Instant instant(String text) {
        if (text.isEmpty()) {
            return null;
        }
        try {
            return text.endsWith("Z")
                    ? Instant.parse(text)
                    : LocalDateTime.parse(text).atZone(formats.zoneId()).toInstant();
        } catch (DateTimeException unreadable) {
            throw new RefusedException(422, "problem.time", text);
        }
    }

    private String with(String name, String value) {
        return base + self + (self.contains("?") ? "&" : "?") + name + "=" + value;
    }

    /** A text as a parameter's value. */
    public static String parameter(String text) {
        return UriUtils.encode(text, StandardCharsets.UTF_8);
    }

    /** A text as one part of an address. */
    public static String segment(String text) {
        // what comes after a semicolon would be taken for a parameter of the path
        return UriUtils.encodePathSegment(text, StandardCharsets.UTF_8).replace(";", "%3B");
    }
}
