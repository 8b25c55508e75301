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
package io.carillon.console.access;

import com.password4j.Argon2Function;
import com.password4j.Password;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import org.springframework.security.crypto.password.AbstractValidatingPasswordEncoder;
import org.springframework.security.crypto.password.DelegatingPasswordEncoder;
import org.springframework.security.crypto.password.PasswordEncoder;

/** Makes and checks what must not be guessed. Thread-safe. */
public final class Secrets {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int MEMORY_KIB = 19_456;
    private static final int PASSES = 2;
    private static final int HASH_BYTES = 32;
    private static final int TOKEN_BYTES = 32;

    private static final int SALT_BYTES = 16;

    /** Argon2id; a hash says which algorithm made it, so another can follow. */
    static final PasswordEncoder PASSWORDS =
            new DelegatingPasswordEncoder("argon2id", Map.of("argon2id", new Argon2()));

    /** Argon2id by password4j, with every number said here: its defaults would be looked for in files, with warnings. */
    private static final class Argon2 extends AbstractValidatingPasswordEncoder {
        private static final Argon2Function FUNCTION =
                Argon2Function.getInstance(MEMORY_KIB, PASSES, 1, HASH_BYTES, com.password4j.types.Argon2.ID);

        @Override
        protected String encodeNonNullPassword(String password) {
            return Password.hash(password)
                    .addRandomSalt(SALT_BYTES)
                    .with(FUNCTION)
                    .getResult();
        }

        @Override
        protected boolean matchesNonNull(String password, String hash) {
            return Password.check(password, hash).with(Argon2Function.getInstanceFromHash(hash));
        }
    }

    private Secrets() {}

    /** 256 random bits as text that fits into addresses. */
    public static String random() {
        byte[] bytes = new byte[TOKEN_BYTES];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** What is kept of a random text: enough to recognise it, not to make it. */
    public static String hash(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every JDK", e);
        }
    }

    /** Compares in a time that says nothing. */
    public static boolean equal(String one, String other) {
        return MessageDigest.isEqual(one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
    }
}
