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

import io.carillon.messages.Message;
import io.carillon.messages.central.TransactionMarks;
import io.carillon.messages.model.MessageId;
import io.carillon.shop.common.DbTime;
import io.carillon.shop.common.Refused;
import io.carillon.spring.central.CentralClient;
import io.carillon.spring.central.CentralClient.CentralException;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.json.JsonMapper;

/**
 * Registers an account and tells of it through the message centre, as a service without an outbox of its own does: prepare
 * at the centre; in one transaction, write the account and the mark of the message; submit. Whatever is lost on the way, the
 * centre checks back and the mark decides. Thread-safe.
 */
@Component
public class RegisterAccount {

    /** Where accounts are announced. */
    public static final String TOPIC = "ACCOUNT_TOPIC";

    /** An account was registered. Key: the account's number; body: {@code {"accountNo", "name"}}. */
    public static final String REGISTERED = "ACCOUNT_REGISTERED";

    private static final Logger log = LoggerFactory.getLogger(RegisterAccount.class);

    private final ObjectProvider<CentralClient> centre;
    private final TransactionMarks marks;
    private final TransactionTemplate transaction;
    private final JdbcClient jdbc;
    private final JsonMapper json;
    private final InstantSource time;

    public RegisterAccount(
            ObjectProvider<CentralClient> centre,
            TransactionMarks marks,
            PlatformTransactionManager transactions,
            JdbcClient jdbc,
            JsonMapper json,
            InstantSource time) {
        this.centre = centre;
        this.marks = marks;
        this.transaction = new TransactionTemplate(transactions);
        this.jdbc = jdbc;
        this.json = json;
        this.time = time;
    }

    /** What is made to go wrong, to show that the check back settles it. */
    public enum Fault {
        NONE,
        /** The transaction commits and nobody submits: the message must be sent all the same. */
        LOSE_SUBMIT,
        /** The transaction rolls back and nobody cancels: the message must never be sent. */
        ROLL_BACK
    }

    /** How a registration ended. Immutable. */
    public record Registration(String accountNo, MessageId messageId, boolean committed) {}

    /** Whether there is a centre to go through. */
    public boolean isPossible() {
        return centre.getIfAvailable() != null;
    }

    /**
     * Registers an account.
     *
     * @throws Refused when there is no centre, or it does not keep the message: no account was written
     */
    public Registration register(String name, Fault fault) {
        CentralClient client = centre.getIfAvailable();
        if (client == null) {
            throw new Refused(
                    HttpStatus.SERVICE_UNAVAILABLE,
                    "carillon.central.url: not set (expected: the address of the centre). No account was written; set it"
                            + " and start again.");
        }
        String accountNo = UUID.randomUUID().toString();
        MessageId id = prepare(client, accountNo, name);
        // When this throws, nobody cancels: after a failed commit only the mark knows what became of it, and the centre
        // asks.
        boolean committed = Boolean.TRUE.equals(transaction.execute(status -> {
            marks.committed(id);
            jdbc.sql("INSERT INTO account (account_no, name, created_at) VALUES (?, ?, ?)")
                    .params(accountNo, name, DbTime.of(time.instant()))
                    .update();
            if (fault == Fault.ROLL_BACK) {
                status.setRollbackOnly();
            }
            return !status.isRollbackOnly();
        }));
        if (committed && fault != Fault.LOSE_SUBMIT) {
            submit(client, id);
        }
        return new Registration(accountNo, id, committed);
    }

    private MessageId prepare(CentralClient client, String accountNo, String name) {
        try {
            return client.prepare(Message.to(TOPIC, REGISTERED)
                    .key(accountNo)
                    .json(json.writeValueAsString(Map.of("accountNo", accountNo, "name", name)))
                    .build());
        } catch (CentralException e) {
            throw new Refused(
                    HttpStatus.SERVICE_UNAVAILABLE,
                    e.getMessage() + " No account was written; try again when the centre answers.");
        }
    }

    private static void submit(CentralClient client, MessageId id) {
        try {
            client.submit(id);
        } catch (CentralException e) {
            log.warn("message {} is committed and not submitted; the centre will check back. {}", id, e.getMessage());
        }
    }
}
