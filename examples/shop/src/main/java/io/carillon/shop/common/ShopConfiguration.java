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

import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** The beans that every service of the shop has. Immutable. */
@Configuration(proxyBeanMethods = false)
public class ShopConfiguration {

    /** The present, for business rules such as the end of a token. */
    @Bean
    InstantSource shopTime() {
        return SystemTime.source();
    }

    @Bean
    RefusedAdvice refusedAdvice() {
        return new RefusedAdvice();
    }

    @Bean
    @ConditionalOnProperty(name = "shop.demo", havingValue = "true")
    DemoController demoController(List<DemoSeed> seeds) {
        return new DemoController(seeds);
    }

    /** Answers what cannot be done. Immutable. */
    @RestControllerAdvice
    static final class RefusedAdvice {

        @ExceptionHandler
        ResponseEntity<Map<String, String>> refused(Refused refused) {
            return ResponseEntity.status(refused.status()).body(Map.of("error", String.valueOf(refused.getMessage())));
        }

        @ExceptionHandler
        ResponseEntity<Map<String, String>> notUnderstood(HttpMessageNotReadableException unreadable) {
            String cause = String.valueOf(unreadable.getMostSpecificCause().getMessage());
            return refused(Refused.value(
                    "body", cause.lines().findFirst().orElse("not readable"), "JSON as the README shows it"));
        }
    }
}
