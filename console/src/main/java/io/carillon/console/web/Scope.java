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

import io.carillon.console.ConsoleCluster;
import io.carillon.console.ConsoleMessages;
import io.carillon.console.ConsoleSources;
import io.carillon.console.access.Visitor;
import io.carillon.console.command.RefusedException;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a request is about, as far as its visitor may see it. Immutable. */
public record Scope(ConsoleSources sources) {
    /**
     * The cluster of an address.
     *
     * @throws RefusedException 404 when there is none, or none that the visitor may see
     */
    public ConsoleCluster cluster(HttpServletRequest request, String name) {
        return sources.cluster(name)
                .filter(found -> Visitor.of(request).sees(found.name()))
                .orElseThrow(() -> new RefusedException(404, "problem.unknownCluster", name));
    }

    /** The clusters that the visitor may see. */
    public List<ConsoleCluster> clusters(HttpServletRequest request) {
        Visitor visitor = Visitor.of(request);
        return sources.clusters().stream()
                .filter(cluster -> visitor.sees(cluster.name()))
                .toList();
    }

    /**
     * The message store that the parameter {@code store} names, or else the first.
     *
     * @throws RefusedException 403 when the visitor may see no messages, 404 when there is no such store
     */
    public ConsoleMessages messages(HttpServletRequest request) {
        return messages(request, text(request, "store"));
    }

    /** The store of that name, or the first when it is empty; see {@link #messages(HttpServletRequest)}. */
    public ConsoleMessages messages(HttpServletRequest request, String store) {
        if (!sources.seesMessages(Visitor.of(request))) {
            throw new RefusedException(403, "problem.noMessages");
        }
        if (sources.messages().isEmpty()) {
            throw new RefusedException(404, "problem.noStore");
        }
        return store.isEmpty()
                ? sources.messages().get(0)
                : sources.messages(store).orElseThrow(() -> new RefusedException(404, "problem.unknownStore", store));
    }

    /** The cluster whose places the navigation shows on pages of no cluster: the only one that the visitor sees, or none. */
    public String onlyCluster(HttpServletRequest request) {
        List<ConsoleCluster> visible = clusters(request);
        return visible.size() == 1 ? visible.get(0).name() : "";
    }

    /** A parameter without blanks around it; empty when there is none. */
    public static String text(HttpServletRequest request, String name) {
        String value = request.getParameter(name);
        return value == null ? "" : value.strip();
    }

    /** The values of a parameter, each once, without empty ones. */
    public static List<String> values(HttpServletRequest request, String name) {
        String[] values = request.getParameterValues(name);
        return values == null
                ? List.of()
                : Arrays.stream(values)
                        .filter(value -> !value.isBlank())
                        .distinct()
                        .toList();
    }

    /** A whole number, or null when there is none. */
    public static @Nullable Integer number(HttpServletRequest request, String name) {
        String text = text(request, name);
        return text.matches("[0-9]{1,9}") ? Integer.valueOf(text) : null;
    }
}
