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

import io.carillon.shop.accounts.Tokens.Token;
import io.carillon.shop.common.Refused;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** {@code /login} and {@code /tokens}: hands out tokens that are valid for two hours. Thread-safe. */
@RestController
final class LoginController {

    private final Tokens tokens;
    private final TokenSettings settings;
    private final InstantSource time;
    private final SecureRandom random = new SecureRandom();

    LoginController(Tokens tokens, TokenSettings settings, InstantSource time) {
        this.tokens = tokens;
        this.settings = settings;
        this.time = time;
    }

    /** Who wants to come in; the example asks for no password. */
    record Login(@Nullable String user) {}

    /** What {@code POST /login} answers. */
    record LoggedIn(String token, String expiresAt) {}

    /** What {@code GET /tokens/{token}} answers. */
    record TokenState(String user, String expiresAt, boolean valid) {}

    @PostMapping("/login")
    LoggedIn login(@RequestBody Login login) {
        String user = Refused.checkText("user", login.user(), 80);
        byte[] bits = new byte[24];
        random.nextBytes(bits);
        String token = HexFormat.of().formatHex(bits);
        Instant now = time.instant();
        Instant expiresAt = now.plus(settings.valid());
        tokens.add(token, user, now, expiresAt);
        return new LoggedIn(token, expiresAt.toString());
    }

    @GetMapping("/tokens/{token}")
    TokenState state(@PathVariable String token) {
        Token found = tokens.find(token)
                .orElseThrow(() -> new Refused(
                        HttpStatus.NOT_FOUND,
                        "token: unknown (expected: one that /login handed out). Nothing was done; log in again."));
        return new TokenState(found.user(), found.expiresAt().toString(), found.isValid(time.instant()));
    }
}
