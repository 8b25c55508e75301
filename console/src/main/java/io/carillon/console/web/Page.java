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

import io.carillon.console.text.Formats;
import io.carillon.console.text.Texts;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.springframework.web.util.UriUtils;

/**
 * What every template knows: the reader's language, theme and zone, and where the page is. Immutable.
 *
 * @param base what comes before all addresses: the application's context path
 * @param clusters the names of all clusters
 * @param cluster the cluster of this page; empty where there is none
 * @param self the address of this page without the base, with its filters
 * @param theme {@code light}, {@code dark} or {@code system}
 * @param refreshSeconds how often the live part asks again
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
        long refreshSeconds,
        Assets assets) {

    /** A text. */
    public String t(String key, Object... values) {
        return texts.get(key, values);
    }

    /** The address of an asset. */
    public String asset(String name) {
        return base + assets.address(name);
    }

    /** The address of a cluster's overview. */
    public String clusterLink(String name) {
        return base + "/clusters/" + segment(name);
    }

    /** The address of a job. */
    public String jobLink(String jobName) {
        return clusterLink(cluster) + "/jobs/" + segment(jobName);
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

    private String with(String name, String value) {
        return base + self + (self.contains("?") ? "&" : "?") + name + "=" + value;
    }

    /** A text as one part of an address. */
    public static String segment(String text) {
        return UriUtils.encodePathSegment(text, StandardCharsets.UTF_8);
    }
}
