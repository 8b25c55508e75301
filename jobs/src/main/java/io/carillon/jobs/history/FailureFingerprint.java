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
package io.carillon.jobs.history;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32;

/**
 * What two failures have in common when they are the same failure: the classes of the exceptions of a stack trace and the places
 * that threw them, without messages, line numbers and what differs between runs. Pure.
 */
public final class FailureFingerprint {

    private static final int FRAMES = 3;

    private FailureFingerprint() {}

    /**
     * Eight hexadecimal digits that are equal for the same failure; of a cause that is no stack trace, its first line without
     * numbers counts.
     *
     * @param cause a stack trace as Java prints it, or any text
     */
    public static String of(String cause) {
        StringBuilder same = new StringBuilder();
        int frames = 0;
        boolean any = false;
        for (String line : cause.lines().toList()) {
            String text = line.strip();
            if (text.startsWith("at ")) {
                any = true;
                if (frames++ < FRAMES) {
                    same.append(place(text)).append('\n');
                }
            } else if (same.isEmpty() || text.startsWith("Caused by: ")) {
                frames = 0;
                same.append(kind(text)).append('\n');
            }
        }
        String said = any ? same.toString() : firstLine(cause).replaceAll("[0-9]+", "#");
        CRC32 sum = new CRC32();
        sum.update(said.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().toHexDigits((int) sum.getValue());
    }

    /** The first line of a cause: the exception and its message. */
    public static String firstLine(String cause) {
        return cause.lines().findFirst().orElse("").strip();
    }

    /** The class of an exception, without its message. */
    private static String kind(String line) {
        String text = line.startsWith("Caused by: ") ? line.substring("Caused by: ".length()) : line;
        int end = text.indexOf(':');
        return text.substring(0, end < 0 ? text.length() : end).strip();
    }

    /** {@code at a.B.c(B.java:17)} without the line, and without the numbers of lambdas and proxies. */
    private static String place(String frame) {
        int end = frame.indexOf('(');
        return frame.substring(3, end < 0 ? frame.length() : end)
                .replaceAll("\\$\\$Lambda[^.]*", "lambda")
                .replaceAll("[$0-9x/]+", "");
    }

    /** The most frequent of some fingerprints; the first of equals, or empty. */
    public static String mostFrequent(List<String> fingerprints) {
        String most = "";
        long times = 0;
        for (String each : fingerprints) {
            long count = fingerprints.stream().filter(each::equals).count();
            if (count > times) {
                most = each;
                times = count;
            }
        }
        return most;
    }
}
