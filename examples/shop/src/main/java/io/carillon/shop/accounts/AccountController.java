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

import io.carillon.shop.accounts.RegisterAccount.Fault;
import io.carillon.shop.accounts.RegisterAccount.Registration;
import io.carillon.shop.common.Refused;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /accounts}. Thread-safe. */
@RestController
@RequestMapping("/accounts")
final class AccountController {

    private final RegisterAccount registerAccount;
    private final JdbcClient jdbc;

    AccountController(RegisterAccount registerAccount, JdbcClient jdbc) {
        this.registerAccount = registerAccount;
        this.jdbc = jdbc;
    }

    /** Who wants an account. */
    record NewAccount(@Nullable String name) {}

    /** What {@code POST /accounts} answers. */
    record Registered(String accountNo, String messageId) {}

    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    Registered register(
            @RequestBody NewAccount account,
            @RequestParam(name = "lose-submit", defaultValue = "false") boolean loseSubmit,
            @RequestParam(name = "roll-back", defaultValue = "false") boolean rollBack) {
        String name = Refused.checkText("name", account.name(), 80);
        if (loseSubmit && rollBack) {
            throw Refused.value("roll-back", true, "false together with lose-submit=true");
        }
        Registration registration = registerAccount.register(
                name, rollBack ? Fault.ROLL_BACK : loseSubmit ? Fault.LOSE_SUBMIT : Fault.NONE);
        if (!registration.committed()) {
            throw new Refused(
                    HttpStatus.CONFLICT,
                    "roll-back: true (expected: false). Account " + registration.accountNo()
                            + " was written and rolled back, and its message " + registration.messageId()
                            + " waits at the centre, which will check back and cancel it.");
        }
        return new Registered(registration.accountNo(), registration.messageId().toString());
    }

    @GetMapping("/count")
    Map<String, Long> count() {
        return Map.of(
                "count",
                jdbc.sql("SELECT COUNT(*) FROM account").query(Long.class).single());
    }
}
