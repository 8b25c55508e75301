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
package io.carillon.launcher;

import java.util.List;

/**
 * What the demo is asked to do. Immutable.
 *
 * @param seconds how long orders are placed, 20 to 3,600; default 60
 * @param database {@code h2} (default) or {@code mariadb}
 * @param broker {@code rocketmq} (default) or {@code in-jvm}
 * @param rate orders per second, 1 to 500; default 20
 * @param keep whether everything keeps running after the verdict, until Ctrl-C
 * @param schedules {@code short} (default: each maintenance job runs every few seconds) or {@code mission} (the schedules of
 *     production; most jobs will then not fire during the demo, and the verdict says so)
 */
record DemoOptions(int seconds, String database, String broker, int rate, boolean keep, String schedules) {

    static DemoOptions parse(List<String> arguments) {
        int seconds = 60;
        String database = "h2";
        String broker = "rocketmq";
        int rate = 20;
        boolean keep = false;
        String schedules = "short";
        for (int i = 0; i < arguments.size(); i++) {
            String name = arguments.get(i);
            if (name.equals("--keep")) {
                keep = true;
                continue;
            }
            if (!List.of("--seconds", "--database", "--broker", "--rate", "--schedules")
                    .contains(name)) {
                throw new UsageException("option: " + name
                        + " (expected: --seconds, --database, --broker, --rate, --schedules or --keep). Nothing was"
                        + " started; ./carillon help lists them.");
            }
            if (++i == arguments.size()) {
                throw new UsageException(name + ": nothing (expected: a value behind it). Nothing was started.");
            }
            String value = arguments.get(i);
            switch (name) {
                case "--seconds" -> seconds = number(name, value, 20, 3600);
                case "--rate" -> rate = number(name, value, 1, 500);
                case "--database" -> database = oneOf(name, value, "h2", "mariadb");
                case "--broker" -> broker = oneOf(name, value, "rocketmq", "in-jvm");
                default -> schedules = oneOf(name, value, "short", "mission");
            }
        }
        return new DemoOptions(seconds, database, broker, rate, keep, schedules);
    }

    private static int number(String name, String value, int least, int most) {
        try {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new UsageException(name + ": " + value + " (expected: " + least + ".." + most
                + "). Nothing was started; correct the number.");
    }

    private static String oneOf(String name, String value, String first, String second) {
        if (value.equals(first) || value.equals(second)) {
            return value;
        }
        throw new UsageException(name + ": " + value + " (expected: " + first + " or " + second
                + "). Nothing was started; correct the value.");
    }
}
