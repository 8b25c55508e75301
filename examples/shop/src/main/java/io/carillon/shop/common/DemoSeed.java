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
package io.carillon.shop.common;

import java.util.Map;

/** Rows that give the maintenance jobs of a service real work, for the demo. Thread-safe. */
public interface DemoSeed {

    /** How old a seeded row is that is too old to keep, in days. */
    int OLD_DAYS = 8;

    /**
     * Writes the rows.
     *
     * @param size how many of each kind, 1 or more
     * @return how many of each kind were written, by the kind's name
     */
    Map<String, Integer> seed(int size);
}
