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
 * What the simulation is asked to do. Immutable.
 *
 * @param seeds how many histories are played, 1 to 1,000,000; default 200. With mutants: the most per mutant
 * @param seed the first seed; default 1. Given without {@code --seeds}, only that one is played
 * @param trace whether every event of the one history is printed
 * @param mutants whether deliberate faults are looked for instead
 */
record SimulateOptions(int seeds, long seed, boolean trace, boolean mutants) {

    static SimulateOptions parse(List<String> arguments) {
        Integer seeds = null;
        Long seed = null;
        boolean trace = false;
        boolean mutants = false;
        for (int i = 0; i < arguments.size(); i++) {
            String name = arguments.get(i);
            switch (name) {
                case "--trace" -> trace = true;
                case "--mutants" -> mutants = true;
                case "--seeds", "--seed" -> {
                    if (++i == arguments.size()) {
                        throw new UsageException(
                                name + ": nothing (expected: a number behind it). Nothing was played.");
                    }
                    if (name.equals("--seeds")) {
                        seeds = (int) number(name, arguments.get(i), 1_000_000);
                    } else {
                        seed = number(name, arguments.get(i), Long.MAX_VALUE / 2);
                    }
                }
                default ->
                    throw new UsageException("option: " + name
                            + " (expected: --seeds, --seed, --trace or --mutants). Nothing was played; ./carillon help lists"
                            + " them.");
            }
        }
        int count = seeds != null ? seeds : seed != null && !mutants ? 1 : mutants ? 1_000 : 200;
        if (trace && (count != 1 || mutants)) {
            throw new UsageException("--trace: with " + (mutants ? "--mutants" : count + " histories")
                    + " (expected: one history, as in --seed 7 --trace). Nothing was played.");
        }
        return new SimulateOptions(count, seed == null ? 1 : seed, trace, mutants);
    }

    private static long number(String name, String value, long most) {
        try {
            long number = Long.parseLong(value);
            if (number >= 1 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new UsageException(name + ": " + value + " (expected: 1.." + most + "). Nothing was played.");
    }
}
