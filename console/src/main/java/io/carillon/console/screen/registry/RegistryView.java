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
package io.carillon.console.screen.registry;

import io.carillon.console.ask.Answer;
import io.carillon.jobs.operations.RegistryTree;
import io.carillon.jobs.operations.RegistryTree.Seen;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One node of the registry. Immutable.
 *
 * @param path the node's
 * @param roots where the trees begin
 * @param node empty where there is none
 * @param hex whether its bytes are shown
 * @param raw whether the reader may see secrets
 * @param problem what was wrong with a command, or empty
 * @param done what a command did, or empty
 * @param typed what was typed to be written, or empty
 */
public record RegistryView(
        String path,
        List<String> roots,
        Answer<Optional<Seen>> node,
        boolean hex,
        boolean raw,
        String problem,
        String done,
        String typed) {
    private static final int BYTES_A_LINE = 16;
    private static final int MOST_BYTES = 16 * 1_024;
    private static final int MOST_TEXT = 64 * 1_024;

    /** A part of the path, with the path up to it. */
    public record Step(String name, String path) {}

    /** A line of YAML or of a JSON of one level: what people read as a table. */
    public record Pair(String name, String value) {}

    /** A line of bytes. */
    public record Bytes(String offset, String hex, String text) {}

    /** The path, step by step. */
    public List<Step> steps() {
        List<Step> steps = new ArrayList<>();
        for (int from = 1; from > 0 && from <= path.length(); ) {
            int to = path.indexOf('/', from);
            int end = to < 0 ? path.length() : to;
            steps.add(new Step(path.substring(from, end), path.substring(0, end)));
            from = to < 0 ? 0 : to + 1;
        }
        return steps;
    }

    /** What the node holds, as this reader may see it. */
    public String text(Seen node) {
        String text = shown(node);
        return text.length() > MOST_TEXT ? text.substring(0, MOST_TEXT) : text;
    }

    /** Whether more is held than is shown. */
    public boolean isCut(Seen node) {
        return hex ? node.octets().length() > MOST_BYTES : shown(node).length() > MOST_TEXT;
    }

    private String shown(Seen node) {
        return raw ? node.text() : RegistryTree.masked(node.text());
    }

    /** Whether something is hidden from this reader. */
    public boolean isMasked(Seen node) {
        return !raw && !shown(node).equals(node.text());
    }

    /** Whether its bytes may be shown: not where something is hidden. */
    public boolean mayShowBytes(Seen node) {
        return !isMasked(node);
    }

    /** Settings of a configuration or an instance, one by one; empty where it is neither. */
    public List<Pair> pairs(Seen node) {
        List<Pair> pairs = new ArrayList<>();
        String text = text(node);
        for (String line : text.split("\n", -1)) {
            int colon = line.indexOf(": ");
            if (line.isBlank()) {
                continue;
            }
            if (colon <= 0 && !line.endsWith(":")) {
                return List.of();
            }
            pairs.add(
                    colon <= 0
                            ? new Pair(line.substring(0, line.length() - 1), "")
                            : new Pair(line.substring(0, colon), line.substring(colon + 2)));
        }
        return pairs.size() < 2 ? List.of() : pairs;
    }

    /** Its bytes, sixteen a line, as far as they are shown. */
    public List<Bytes> bytes(Seen node) {
        String octets =
                node.octets().substring(0, Math.min(MOST_BYTES, node.octets().length()));
        List<Bytes> lines = new ArrayList<>();
        for (int from = 0; from < octets.length(); from += BYTES_A_LINE) {
            StringBuilder hexadecimal = new StringBuilder();
            StringBuilder text = new StringBuilder();
            for (int i = from; i < Math.min(octets.length(), from + BYTES_A_LINE); i++) {
                char octet = octets.charAt(i);
                hexadecimal.append(hexadecimal.isEmpty() ? "" : " ").append(String.format("%02x", (int) octet));
                text.append(octet >= ' ' && octet < 0x7f ? octet : '.');
            }
            lines.add(new Bytes(String.format("%06x", from), hexadecimal.toString(), text.toString()));
        }
        return lines;
    }
}
