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

import io.carillon.shop.common.DemoSeed;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Seeds tokens, files and, where there is a centre, registrations that were cut off. Thread-safe.
 */
@Component
@ConditionalOnProperty(name = "shop.demo", havingValue = "true")
final class AccountsSeed implements DemoSeed {

    /** Files are put one by one; more of them would make the demo wait. */
    private static final int MAX_FILES = 200;

    private static final int MAX_REGISTRATIONS = 20;

    private final Tokens tokens;
    private final Attachments attachments;
    private final ObjectStore store;
    private final RegisterAccount registerAccount;
    private final TransactionTemplate transaction;
    private final InstantSource time;

    AccountsSeed(
            Tokens tokens,
            Attachments attachments,
            ObjectStore store,
            RegisterAccount registerAccount,
            PlatformTransactionManager transactions,
            InstantSource time) {
        this.tokens = tokens;
        this.attachments = attachments;
        this.store = store;
        this.registerAccount = registerAccount;
        this.transaction = new TransactionTemplate(transactions);
        this.time = time;
    }

    @Override
    public Map<String, Integer> seed(int size) {
        int few = Math.max(1, size / 10);
        int files = Math.min(size, MAX_FILES);
        int fewFiles = Math.max(1, files / 10);
        Map<String, Integer> written = new TreeMap<>();
        written.put("tokensExpired", addTokens(size, Duration.ofHours(3)));
        written.put("tokensValid", addTokens(few, Duration.ZERO));
        written.put("filesOrphaned", addFiles(files, Duration.ofDays(OLD_DAYS), false));
        written.put("filesAttachedOld", addFiles(fewFiles, Duration.ofDays(OLD_DAYS), true));
        written.put("filesYoung", addFiles(fewFiles, Duration.ZERO, false));
        if (registerAccount.isPossible()) {
            int registrations = Math.min(few, MAX_REGISTRATIONS);
            for (int i = 0; i < registrations; i++) {
                registerAccount.register("seeded-" + i, RegisterAccount.Fault.LOSE_SUBMIT);
                registerAccount.register("seeded-" + i, RegisterAccount.Fault.ROLL_BACK);
            }
            written.put("registrationsSubmitLost", registrations);
            written.put("registrationsRolledBack", registrations);
        }
        return written;
    }

    private int addTokens(int count, Duration age) {
        Instant made = time.instant().minus(age);
        transaction.executeWithoutResult(status -> {
            for (int i = 0; i < count; i++) {
                tokens.add("seeded-" + UUID.randomUUID(), "user-" + i, made, made.plus(Duration.ofHours(2)));
            }
        });
        return count;
    }

    private int addFiles(int count, Duration age, boolean attach) {
        Instant uploaded = time.instant().minus(age);
        for (int i = 0; i < count; i++) {
            String id = UUID.randomUUID().toString();
            String key = AttachmentController.objectKey(id);
            // The other way round than an upload: a row that is old from the start may be deleted at once.
            store.put(key, key.getBytes(StandardCharsets.UTF_8), "text/plain");
            String refNo = "seeded-" + i;
            transaction.executeWithoutResult(status -> {
                attachments.add(id, key, uploaded);
                if (attach) {
                    attachments.attach(id, refNo);
                }
            });
        }
        return count;
    }
}
