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
package io.carillon.spring.console;

import io.carillon.console.access.Grant;
import io.carillon.console.access.HostAccess;
import io.carillon.spring.ConsoleProperties;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.util.ClassUtils;

/**
 * Whom Spring Security has let in: authorities and, with OpenID Connect, claims are given the console's roles by properties.
 * Somebody with none of them is known and may see nothing. Thread-safe.
 */
final class SpringSecurityPeople implements HostAccess {
    private static final String ROLE_PREFIX = "ROLE_";
    private static final boolean OAUTH = ClassUtils.isPresent(
            "org.springframework.security.oauth2.core.ClaimAccessor", SpringSecurityPeople.class.getClassLoader());

    private final ConsoleProperties properties;

    SpringSecurityPeople(ConsoleProperties properties) {
        this.properties = properties;
    }

    @Override
    public Optional<Person> person(HttpServletRequest request) {
        Authentication known = SecurityContextHolder.getContext().getAuthentication();
        if (known == null || !known.isAuthenticated() || known instanceof AnonymousAuthenticationToken) {
            return Optional.empty();
        }
        Map<String, Object> claims = OAUTH ? OAuthClaims.of(known.getPrincipal()) : Map.of();
        List<Grant> grants = new ArrayList<>();
        properties.roles().forEach((role, text) -> {
            if (has(known.getAuthorities(), role)) {
                grants.addAll(Grant.parse(text));
            }
        });
        properties
                .claims()
                .forEach((claim, byValue) -> byValue.forEach((value, text) -> {
                    if (holds(claims.get(claim), value)) {
                        grants.addAll(Grant.parse(text));
                    }
                }));
        Object name = claims.get(properties.nameClaim());
        return Optional.of(new Person(name instanceof String text && !text.isBlank() ? text : known.getName(), grants));
    }

    private static boolean has(Collection<? extends GrantedAuthority> authorities, String role) {
        return authorities.stream()
                .map(GrantedAuthority::getAuthority)
                .anyMatch(authority -> role.equals(authority) || (ROLE_PREFIX + role).equals(authority));
    }

    /** A claim is one value, several, or several in one text. */
    private static boolean holds(@Nullable Object claim, String value) {
        if (claim instanceof Collection<?> several) {
            return several.stream().anyMatch(one -> value.equals(String.valueOf(one)));
        }
        return claim != null && List.of(String.valueOf(claim).split("[ ,]+")).contains(value);
    }
}
