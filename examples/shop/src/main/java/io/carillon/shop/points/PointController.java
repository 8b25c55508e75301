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
package io.carillon.shop.points;

import java.util.Map;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code /points}. Thread-safe. */
@RestController
@RequestMapping("/points")
final class PointController {

    private final JdbcClient jdbc;

    PointController(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @GetMapping("/count")
    Map<String, Long> count() {
        return Map.of(
                "count",
                jdbc.sql("SELECT COUNT(*) FROM point_entry").query(Long.class).single());
    }

    /** A customer's balance; 0 for one who never bought anything. */
    @GetMapping("/balance/{customer}")
    Map<String, Long> balance(@PathVariable String customer) {
        return Map.of(
                "balance",
                jdbc.sql("SELECT balance FROM point_account WHERE customer = ?")
                        .param(customer)
                        .query(Long.class)
                        .optional()
                        .orElse(0L));
    }
}
