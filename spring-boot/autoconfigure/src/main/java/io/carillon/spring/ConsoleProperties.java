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

import io.carillon.console.ConsoleOptions;
import io.carillon.console.ConsoleOptions.Environment;
import io.carillon.console.ConsoleOptions.Tone;
import io.carillon.console.access.Grant;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties {@code carillon.console.*}. Immutable.
 *
 * @param enabled whether there is a console
 * @param path what comes before its addresses; {@code /} for the root of the application
 * @param cluster the name of the job cluster in its addresses; empty: the registry's namespace
 * @param zone the zone in which it shows times to who has chosen none; empty: the system's
 * @param refresh how often an open page asks again where it is not told of changes, 1 s to 10 min
 * @param readOnly whether nothing can be changed through it
 * @param environment the name of the environment, shown above each page; empty for none
 * @param environmentTone its colour: none, test, staging or production
 * @param anyone what may be done without a login, such as viewer@*; empty: one must log in
 * @param roles where Spring Security knows the people: its roles, such as OPS, and what they may do, such as operator@*
 */
@ConfigurationProperties(prefix = "carillon.console", ignoreUnknownFields = false)
public record ConsoleProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("/carillon") String path,
        @DefaultValue("") String cluster,
        @DefaultValue("") String zone,
        @DefaultValue("5s") Duration refresh,
        @DefaultValue("false") boolean readOnly,
        @DefaultValue("") String environment,
        @DefaultValue("test") Tone environmentTone,
        @DefaultValue("") String anyone,
        @DefaultValue Map<String, String> roles) {

    private static final String PREFIX = "carillon.console.";
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(2);

    public ConsoleProperties {
        path = path.equals("/") ? "" : path;
        if (!zone.isEmpty()) {
            try {
                ZoneId.of(zone);
            } catch (DateTimeException e) {
                throw new InvalidPropertyException(
                        PREFIX + "zone",
                        zone,
                        "a zone such as Europe/Berlin or UTC",
                        "Correct it, or leave it out for the system's zone.");
            }
        }
        grants("anyone", anyone);
        roles.forEach((role, text) -> grants("roles." + role, text));
    }

    private static List<Grant> grants(String name, String text) {
        try {
            return Grant.parse(text);
        } catch (IllegalArgumentException e) {
            throw new InvalidPropertyException(
                    PREFIX + name,
                    text,
                    "roles with their scope, such as operator@shop/billing, viewer@*",
                    "Correct it: viewer, operator, editor or admin, then @, a cluster or *, and perhaps / and a group.");
        }
    }

    /** What may be done without a login. */
    public List<Grant> anyoneMay() {
        return grants("anyone", anyone);
    }

    /** How the console behaves. */
    public ConsoleOptions options(InstantSource time) {
        return options(time, zone.isEmpty() ? ZoneId.systemDefault() : ZoneId.of(zone), refresh);
    }

    /** How the console behaves, with a zone and a refresh that are set elsewhere. */
    public ConsoleOptions options(InstantSource time, ZoneId shown, Duration asksAgain) {
        try {
            return new ConsoleOptions(
                    time,
                    shown,
                    ANSWER_LIMIT,
                    asksAgain,
                    path,
                    readOnly,
                    environment.isEmpty() ? Environment.NONE : new Environment(environment, environmentTone));
        } catch (IllegalArgumentException e) {
            throw InvalidPropertyException.because(PREFIX + e.getMessage(), "Correct carillon.console.*", e);
        }
    }
}
