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

import io.carillon.jobs.history.RunRecord;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where the console's pages of runs lead out to: addresses with names in braces, each of which stands for a value of the run,
 * encoded for an address. Immutable.
 *
 * <p>The names are {@code cluster}, {@code job}, {@code item}, {@code run}, {@code instance}, {@code host}, {@code traceId}, {@code
 * from} and {@code to} (when the run began and ended, as ISO instants), {@code fromMillis} and {@code toMillis}.
 *
 * @param trace of a run's trace; empty: none
 * @param log of the log of a run; empty: none
 */
public record OutLinks(String trace, String log) {

    /** Nothing leads out. */
    public static final OutLinks NONE = new OutLinks("", "");

    private static final Pattern NAME = Pattern.compile("\\{([^{}]*)}");
    private static final Pattern WEB = Pattern.compile("(?i)https?://[^/?#{}]+([/?#].*)?");
    private static final String TRACE_ID = "traceId";
    private static final String NAMES =
            "{cluster} {job} {item} {run} {instance} {host} {traceId} {from} {to} {fromMillis} {toMillis}";

    /** @throws IllegalArgumentException naming the one that cannot be used, and what is wrong with it */
    public OutLinks {
        check("trace-link", trace);
        check("log-link", log);
    }

    private static void check(String setting, String template) {
        if (template.isEmpty()) {
            return;
        }
        Matcher names = NAME.matcher(template);
        while (names.find()) {
            if (!NAMES.contains(names.group())) {
                throw new IllegalArgumentException(
                        setting + ": '" + template + "' has " + names.group() + " (expected: only " + NAMES + ")");
            }
        }
        String filled = NAME.matcher(template).replaceAll("x");
        if (!WEB.matcher(template).matches() || !isAddress(filled)) {
            throw new IllegalArgumentException(setting + ": '" + template
                    + "' (expected: an address that begins with http:// or https:// and a host, with names in braces"
                    + " behind the host only, and other braces as %7B and %7D)");
        }
    }

    private static boolean isAddress(String text) {
        try {
            return new URI(text).getHost() != null;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    /** The address of a run's trace; null where there is no such link, or the run has no trace. */
    public @Nullable String trace(String cluster, RunRecord run) {
        return filled(trace, cluster, run);
    }

    /** The address of a run's log; null where there is no such link, or it wants a trace, of which the run has none. */
    public @Nullable String log(String cluster, RunRecord run) {
        return filled(log, cluster, run);
    }

    private static @Nullable String filled(String template, String cluster, RunRecord run) {
        String traceId = run.traceId();
        if (template.isEmpty() || (traceId == null && template.contains("{" + TRACE_ID + "}"))) {
            return null;
        }
        Map<String, String> values = Map.ofEntries(
                Map.entry("cluster", cluster),
                Map.entry("job", run.jobName()),
                Map.entry("item", String.valueOf(run.shardingItem())),
                Map.entry("run", run.id().toString()),
                Map.entry("instance", run.instance()),
                Map.entry("host", host(run.instance())),
                Map.entry(TRACE_ID, traceId == null ? "" : traceId),
                Map.entry("from", run.started().toString()),
                Map.entry("to", run.ended().toString()),
                Map.entry("fromMillis", String.valueOf(run.started().toEpochMilli())),
                Map.entry("toMillis", String.valueOf(run.ended().toEpochMilli())));
        return NAME.matcher(template)
                .replaceAll(name -> Matcher.quoteReplacement(encoded(values.getOrDefault(name.group(1), ""))));
    }

    private static String host(String instance) {
        int end = instance.indexOf("@-@");
        return end < 0 ? instance : instance.substring(0, end);
    }

    private static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
