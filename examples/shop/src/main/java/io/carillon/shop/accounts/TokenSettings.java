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
package io.carillon.shop.accounts;

import io.carillon.spring.InvalidPropertyException;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The settings {@code shop.tokens.*}. Immutable.
 *
 * @param valid how long a token may be used; default two hours
 * @param keep how long an offline token stays in the table after its end; default 30 days
 * @param batch how many rows one transaction changes, 1 or more; default 500
 */
@ConfigurationProperties("shop.tokens")
public record TokenSettings(
        @DefaultValue("2h") Duration valid,
        @DefaultValue("30d") Duration keep,
        @DefaultValue("500") int batch) {

    /** Checks the values. */
    public TokenSettings {
        if (batch < 1) {
            throw new InvalidPropertyException(
                    "shop.tokens.batch", batch, "1 or more", "The service does not start; correct the setting.");
        }
        if (valid.isNegative() || valid.isZero()) {
            throw new InvalidPropertyException(
                    "shop.tokens.valid", valid, "longer than zero", "The service does not start; correct the setting.");
        }
    }
}
