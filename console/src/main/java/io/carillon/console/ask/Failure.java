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
package io.carillon.console.ask;

import io.carillon.console.access.Secrets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stack trace, taken apart. Immutable.
 *
 * @param type the class of the exception, as printed
 * @param message what it said, or empty
 * @param fingerprint the same for failures at the same place, whatever their message and their lines' numbers
 * @param parts the exception, then each cause
 */
public record Failure(String type, String message, String fingerprint, List<Part> parts) {
    private static final int FRAMES_THAT_COUNT = 5;
    private static final int FINGERPRINT = 10;
    private static final List<String> FOREIGN = List.of(
            "java.",
            "javax.",
            "jdk.",
            "sun.",
            "com.sun.",
            "jakarta.",
            "org.springframework.",
            "org.apache.",
            "com.zaxxer.",
            "org.hibernate.",
            "io.netty.",
            "io.carillon.",
            "org.mariadb.",
            "com.mysql.",
            "org.postgresql.",
            "org.h2.",
            "reactor.",
            "kotlin.");

    /**
     * An exception or a cause.
     *
     * @param head its line
     * @param frames the lines below it
     */
    public record Part(String head, List<Frame> frames) {
        public Part {
            frames = List.copyOf(frames);
        }
    }

    /** A line of a stack trace; own ones are of the application, not of a library. */
    public record Frame(String text, boolean own) {}

    public Failure {
        parts = List.copyOf(parts);
    }

    /** Takes a text apart; null for none. */
    public static @Nullable Failure of(@Nullable String cause) {
        if (cause == null || cause.isBlank()) {
            return null;
        }
        List<Part> parts = new ArrayList<>();
        List<String> heads = new ArrayList<>();
        List<List<Frame>> frames = new ArrayList<>();
        for (String line : cause.strip().lines().toList()) {
            String text = line.strip();
            boolean frame = text.startsWith("at ") || text.startsWith("... ");
            if (heads.isEmpty() || (!frame && (text.startsWith("Caused by:") || text.startsWith("Suppressed:")))) {
                heads.add(text);
                frames.add(new ArrayList<>());
            } else if (frame) {
                frames.get(frames.size() - 1).add(new Frame(text, isOwn(text)));
            } else {
                // a message of several lines
                int last = heads.size() - 1;
                heads.set(last, heads.get(last) + "\n" + text);
            }
        }
        for (int i = 0; i < heads.size(); i++) {
            parts.add(new Part(heads.get(i), frames.get(i)));
        }
        String head = heads.get(0);
        String type = type(head);
        String message =
                head.length() > type.length() ? head.substring(type.length()).replaceFirst("^:\\s*", "") : "";
        return new Failure(type, message, fingerprint(parts), parts);
    }

    private static String type(String head) {
        String first = head.lines().findFirst().orElse("");
        int colon = first.indexOf(':');
        String type = colon < 0 ? first : first.substring(0, colon);
        return type.matches("[\\p{L}\\p{N}_.$]+") ? type : first.split("\\s", 2)[0];
    }

    private static boolean isOwn(String frame) {
        String place = frame.startsWith("at ") ? frame.substring(3) : frame;
        // a frame may begin with a module: java.base/java.util...
        String name = place.substring(place.lastIndexOf('/', Math.max(0, place.indexOf('('))) + 1);
        return frame.startsWith("at ") && FOREIGN.stream().noneMatch(name::startsWith);
    }

    private static String fingerprint(List<Part> parts) {
        StringBuilder text = new StringBuilder();
        for (Part part : parts) {
            text.append(type(part.head().replaceFirst("^(Caused by|Suppressed):\\s*", "")))
                    .append('\n');
            List<Frame> own = part.frames().stream().filter(Frame::own).toList();
            (own.isEmpty() ? part.frames() : own)
                    .stream().limit(FRAMES_THAT_COUNT).forEach(frame -> text.append(
                                    frame.text().replaceAll(":\\d+\\)", ")"))
                            .append('\n'));
        }
        return Secrets.hash(text.toString()).substring(0, FINGERPRINT);
    }
}
