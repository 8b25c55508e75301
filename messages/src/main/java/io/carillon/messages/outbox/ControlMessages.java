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
package io.carillon.messages.outbox;

import io.carillon.messages.Message;
import io.carillon.messages.outbox.MessageStore.ConfirmedBy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The messages that services send each other about messages: confirmations, subscriptions, the directory. They go straight to the
 * broker, because they are idempotent and repeated. Their payloads are UTF-8 lines of tab-separated fields; a line that
 * cannot be read is logged and passed over. Pure.
 */
public final class ControlMessages {

    /** How the topics begin that are not users' own. */
    public static final String OWN = "CARILLON_";

    /** Topic of confirmations; the tag is the producer group they are for. Line: group, message id. */
    public static final String CONFIRM_TOPIC = "CARILLON_CONFIRM";

    /** Topic of subscriptions; no tag. Line: group, topic, tag or {@code *}; the lines of a group are complete. */
    public static final String SUBSCRIBE_TOPIC = "CARILLON_SUBSCRIBE";

    /** Topic of what services declare and people edit in the directory; no tag. Its lines: see the directory. */
    public static final String DIRECTORY_TOPIC = "CARILLON_DIRECTORY";

    /** Headers of declarations: who declares, and which release of it. */
    public static final String APPLICATION = "carillon-application";

    public static final String REVISION = "carillon-revision";

    /** In place of a tag: all tags. */
    public static final String ALL_TAGS = "*";

    private static final Logger log = LoggerFactory.getLogger(ControlMessages.class);

    private ControlMessages() {}

    /** Whether a topic is one of these, and so not for users' messages. */
    public static boolean isControlTopic(String topic) {
        return topic.equals(CONFIRM_TOPIC) || topic.equals(SUBSCRIBE_TOPIC) || topic.equals(DIRECTORY_TOPIC);
    }

    /** The group under which a service with an outbox receives subscriptions. */
    public static String subscriptionsGroup(String producerGroup) {
        return producerGroup + "-subscriptions";
    }

    /** The group under which a service hears of the directory. */
    public static String directoryGroup(String producerGroup) {
        return producerGroup + "-directory";
    }

    /** Confirmations for a producer group. */
    public static Message confirmations(String producer, Collection<ConfirmedBy> confirmations) {
        StringBuilder lines = new StringBuilder();
        for (ConfirmedBy each : confirmations) {
            lines.append(each.group()).append('\t').append(each.id()).append('\n');
        }
        return Message.to(CONFIRM_TOPIC, producer).text(lines.toString()).build();
    }

    /** Reads {@link #confirmations}. */
    public static List<ConfirmedBy> confirmations(Message message) {
        List<ConfirmedBy> confirmations = new ArrayList<>();
        for (String[] fields : lines(message, 2)) {
            try {
                confirmations.add(new ConfirmedBy(io.carillon.messages.model.MessageId.parse(fields[1]), fields[0]));
            } catch (IllegalArgumentException e) {
                log.warn("{}: {}. The line is passed over.", CONFIRM_TOPIC, e.getMessage());
            }
        }
        return confirmations;
    }

    /**
     * The subscriptions of a group.
     *
     * @param tags by topic: the tags; empty for all
     */
    public static Message subscriptions(String group, Map<String, Set<String>> tags) {
        StringBuilder lines = new StringBuilder();
        tags.forEach((topic, wanted) -> {
            for (String tag : wanted.isEmpty() ? Set.of(ALL_TAGS) : new TreeSet<>(wanted)) {
                lines.append(group)
                        .append('\t')
                        .append(topic)
                        .append('\t')
                        .append(tag)
                        .append('\n');
            }
        });
        return Message.to(SUBSCRIBE_TOPIC, "").text(lines.toString()).build();
    }

    /** Reads {@link #subscriptions}: by group, by topic, the tags, with {@code *} for all. */
    public static Map<String, Map<String, Set<String>>> subscriptions(Message message) {
        Map<String, Map<String, Set<String>>> groups = new TreeMap<>();
        for (String[] fields : lines(message, 3)) {
            groups.computeIfAbsent(fields[0], group -> new TreeMap<>())
                    .computeIfAbsent(fields[1], topic -> new TreeSet<>())
                    .add(fields[2]);
        }
        return groups;
    }

    private static List<String[]> lines(Message message, int fields) {
        List<String[]> lines = new ArrayList<>();
        for (String line : new String(message.payload(), StandardCharsets.UTF_8).split("\n")) {
            String[] parts = line.split("\t", -1);
            if (parts.length == fields) {
                lines.add(parts);
            } else if (!line.isEmpty()) {
                log.warn(
                        "{}: a line of {} fields (expected: {}). The line is passed over.",
                        message.topic(),
                        parts.length,
                        fields);
            }
        }
        return lines;
    }
}
