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
package io.carillon.spring;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties {@code carillon.central.*}: how this service uses the central message service of another. Immutable.
 *
 * @param url the address of the central service, such as http://centre:8080; empty: not used
 * @param checkUrl where the central service asks this one about its transactions, as seen from there
 * @param token who this service is there: a token of the centre's console with the operator's role; empty where none is needed
 * @param checkToken what the central service must send when it asks; empty: whoever reaches this service and knows an id may ask
 * @param timeout how long one call may take
 */
@ConfigurationProperties(prefix = "carillon.central", ignoreUnknownFields = false)
public record CentralClientProperties(
        @DefaultValue("") String url,
        @DefaultValue("") String checkUrl,
        @DefaultValue("") String token,
        @DefaultValue("") String checkToken,
        @DefaultValue("5s") Duration timeout) {

    public CentralClientProperties {
        checkUrl("carillon.central.url", url);
        checkUrl("carillon.central.check-url", checkUrl);
        PropertyChecks.positive("carillon.central.timeout", timeout);
    }

    /** The tokens are not printed. */
    @Override
    public String toString() {
        return "CentralClientProperties[url=" + url + ", checkUrl=" + checkUrl + ", timeout=" + timeout + "]";
    }

    private static void checkUrl(String property, String value) {
        if (!value.isEmpty() && !value.matches("https?://[^\\s/?#]+(/[^\\s?#]*)?")) {
            throw new InvalidPropertyException(
                    property, value, "an http or https address, such as http://centre:8080", "Correct the address.");
        }
    }
}
