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

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.core.ClaimAccessor;
import org.springframework.security.oauth2.core.OAuth2AuthenticatedPrincipal;

/** What an identity provider says of somebody; only loaded where Spring Security's OAuth is there. */
final class OAuthClaims {
    private OAuthClaims() {}

    /** The claims of an OpenID user or a token; none of anybody else. */
    static Map<String, Object> of(@Nullable Object principal) {
        if (principal instanceof ClaimAccessor claims) {
            return claims.getClaims();
        }
        return principal instanceof OAuth2AuthenticatedPrincipal user ? user.getAttributes() : Map.of();
    }
}
