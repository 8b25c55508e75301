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
import io.carillon.console.OutLinks;
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
 * @param scriptJobs whether text that instances run as a program, script.command.line, can be changed through it
 * @param environment the name of the environment, shown above each page; empty for none
 * @param environmentTone its colour: none, test, staging or production
 * @param anyone what may be done without a login, such as viewer@*; empty: one must log in
 * @param login own: the console's own users; spring-security: those whom the application lets in by Spring Security
 * @param roles with Spring Security: its authorities, such as OPS or ROLE_OPS, and what they may do, such as operator@*
 * @param claims with OpenID Connect: a claim, a value of it, and what those with it may do: claims.groups.ops=operator@*
 * @param nameClaim with OpenID Connect: the claim that is somebody's name in the audit, such as preferred_username; empty: the
 *     principal's own
 * @param traceLink the address of a run's trace, with names in braces such as {traceId}; empty for none
 * @param logLink the address of a run's log, with names in braces such as {instance}, {from} and {to}; empty for none
 * @param bodyWithin how long the body of a request may take to come in, 1 s to 10 min
 */
@ConfigurationProperties(prefix = "carillon.console", ignoreUnknownFields = false)
public record ConsoleProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("/carillon") String path,
        @DefaultValue("") String cluster,
        @DefaultValue("") String zone,
        @DefaultValue("5s") Duration refresh,
        @DefaultValue("false") boolean readOnly,
        @DefaultValue("false") boolean scriptJobs,
        @DefaultValue("") String environment,
        @DefaultValue("test") Tone environmentTone,
        @DefaultValue("") String anyone,
        @DefaultValue("own") Login login,
        @DefaultValue Map<String, String> roles,
        @DefaultValue Map<String, Map<String, String>> claims,
        @DefaultValue("") String nameClaim,
        @DefaultValue("") String traceLink,
        @DefaultValue("") String logLink,
        @DefaultValue("30s") Duration bodyWithin) {

    private static final String PREFIX = "carillon.console.";
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(2);

    /** Who says who is there. */
    public enum Login {
        /** The console's own users. */
        OWN,
        /** The application's, whom Spring Security knows. */
        SPRING_SECURITY
    }

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
        claims.forEach(
                (claim, byValue) -> byValue.forEach((value, text) -> grants("claims." + claim + "." + value, text)));
        if (login == Login.OWN && !(roles.isEmpty() && claims.isEmpty())) {
            throw new InvalidPropertyException(
                    PREFIX + "login",
                    "own",
                    "spring-security, where carillon.console.roles or .claims are set",
                    "Set it to spring-security, or take the roles and claims away.");
        }
        if (login == Login.SPRING_SECURITY && roles.isEmpty() && claims.isEmpty()) {
            throw new InvalidPropertyException(
                    PREFIX + "roles",
                    "",
                    "what the authorities of Spring Security may do, such as carillon.console.roles.OPS=operator@*",
                    "Without any, nobody could see anything. Set carillon.console.roles or carillon.console.claims.");
        }
        if (bodyWithin.compareTo(Duration.ofSeconds(1)) < 0 || bodyWithin.compareTo(Duration.ofMinutes(10)) > 0) {
            throw new InvalidPropertyException(
                    PREFIX + "body-within", bodyWithin, "1s to 10m", "Choose a value between.");
        }
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
                    scriptJobs,
                    environment.isEmpty() ? Environment.NONE : new Environment(environment, environmentTone),
                    new OutLinks(traceLink, logLink));
        } catch (IllegalArgumentException e) {
            throw InvalidPropertyException.because(PREFIX + e.getMessage(), "Correct carillon.console.*", e);
        }
    }
}
