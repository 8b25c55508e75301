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

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** {@code POST /demo/seed}: there only with {@code shop.demo=true}. Immutable. */
@RestController
final class DemoController {

    private static final int MAX_SIZE = 100_000;

    private final List<DemoSeed> seeds;

    DemoController(List<DemoSeed> seeds) {
        this.seeds = List.copyOf(seeds);
    }

    @PostMapping("/demo/seed")
    Map<String, Integer> seed(@RequestParam(defaultValue = "200") int size) {
        if (size < 1 || size > MAX_SIZE) {
            throw Refused.value("size", size, "1.." + MAX_SIZE);
        }
        Map<String, Integer> written = new TreeMap<>();
        for (DemoSeed seed : seeds) {
            written.putAll(seed.seed(size));
        }
        return written;
    }
}
