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
package io.carillon.messages.directory;

import io.carillon.messages.Message;
import io.carillon.messages.directory.Directory.Edit;
import io.carillon.messages.directory.Directory.Kind;
import io.carillon.messages.directory.Directory.Name;
import io.carillon.messages.directory.Directory.Status;
import io.carillon.messages.outbox.ControlMessages;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The control message by which services tell each other what they declare and what people edited. UTF-8 lines of
 * tab-separated fields: {@code D kind name topic tag detail}, {@code E kind name topic tag status detail who millis reason};
 * a line that cannot be read is passed over. Pure.
 */
final class DirectoryMessages {

    private static final Logger log = LoggerFactory.getLogger(DirectoryMessages.class);
    private static final String NO_DETAIL = "\u0001";

    private DirectoryMessages() {}

    /** What a message says. Immutable. */
    record Heard(String application, Map<Name, String> declared, List<Edit> edits) {}

    static Message write(String application, String revision, Map<Name, String> declared, List<Edit> edits) {
        StringBuilder lines = new StringBuilder();
        declared.forEach((name, detail) -> line(lines, "D", name, detail));
        for (Edit edit : edits) {
            line(
                    lines,
                    "E",
                    edit.name(),
                    edit.status().name(),
                    edit.detail() == null ? NO_DETAIL : edit.detail(),
                    edit.who(),
                    String.valueOf(edit.at().toEpochMilli()),
                    edit.reason());
        }
        return Message.to(ControlMessages.DIRECTORY_TOPIC, "")
                .text(lines.toString())
                .header(ControlMessages.APPLICATION, application)
                .header(ControlMessages.REVISION, revision)
                .build();
    }

    private static void line(StringBuilder lines, String what, Name name, String... more) {
        lines.append(what)
                .append('\t')
                .append(name.kind())
                .append('\t')
                .append(flat(name.name()))
                .append('\t')
                .append(flat(name.topic()))
                .append('\t')
                .append(flat(name.tag()));
        for (String field : more) {
            lines.append('\t').append(flat(field));
        }
        lines.append('\n');
    }

    private static String flat(String text) {
        return text.replace('\t', ' ').replace('\n', ' ');
    }

    static Heard read(Message message) {
        Map<Name, String> declared = new TreeMap<>();
        List<Edit> edits = new ArrayList<>();
        for (String line : new String(message.payload(), StandardCharsets.UTF_8).split("\n")) {
            String[] fields = line.split("\t", -1);
            try {
                if (fields.length == 6 && fields[0].equals("D")) {
                    declared.put(name(fields), fields[5]);
                } else if (fields.length == 10 && fields[0].equals("E")) {
                    edits.add(new Edit(
                            name(fields),
                            Status.valueOf(fields[5]),
                            fields[6].equals(NO_DETAIL) ? null : fields[6],
                            fields[7],
                            Instant.ofEpochMilli(Long.parseLong(fields[8])),
                            fields[9]));
                } else if (!line.isEmpty()) {
                    log.warn("{}: a line of {} fields. It is passed over.", message.topic(), fields.length);
                }
            } catch (IllegalArgumentException e) {
                log.warn("{}: {}. The line is passed over.", message.topic(), e.getMessage());
            }
        }
        return new Heard(message.headers().getOrDefault(ControlMessages.APPLICATION, ""), declared, edits);
    }

    private static Name name(String[] fields) {
        return new Name(Kind.valueOf(fields[1]), fields[2], fields[3], fields[4]);
    }
}
