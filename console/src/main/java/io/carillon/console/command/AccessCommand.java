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
package io.carillon.console.command;

import io.carillon.console.access.Accounts;
import io.carillon.console.access.Grant;
import io.carillon.console.access.Role;
import io.carillon.console.command.Command.By;
import io.carillon.console.command.Command.Done;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What administrators do with users and tokens. The audit learns of roles, never of links and tokens: these are the second value
 * of {@link Done}, to be shown once.
 */
public sealed interface AccessCommand extends ConsoleCommand {
    /** The longest time that a token lasts, in days. */
    int MOST_DAYS = 3_650;

    Accounts accounts();

    @Override
    default Role role() {
        return Role.ADMIN;
    }

    private static @Nullable String roles(Accounts accounts, String user) {
        return accounts.users().stream()
                .filter(known -> known.name().equals(user))
                .map(known -> text(known.grants()))
                .findFirst()
                .orElse(null);
    }

    private static String text(List<Grant> grants) {
        return grants.stream().map(Grant::toString).collect(Collectors.joining("\n"));
    }

    /** Gives a role; who is not known yet becomes a user and gets a link. */
    record GiveRole(Accounts accounts, String target, Grant grant) implements AccessCommand {
        @Override
        public String name() {
            return "give-role";
        }

        @Override
        public @Nullable String before() {
            return roles(accounts, target);
        }

        @Override
        public Done run(By by) {
            Optional<String> link = accounts.give(target, grant);
            Done done = link.isPresent()
                    ? Done.of("done.give-role-link", target, link.get())
                    : Done.of("done.give-role", target);
            return done.now(roles(accounts, target));
        }
    }

    /** Takes a role away. */
    record TakeRole(Accounts accounts, String target, Grant grant) implements AccessCommand {
        @Override
        public String name() {
            return "take-role";
        }

        @Override
        public @Nullable String before() {
            return roles(accounts, target);
        }

        @Override
        public Done run(By by) {
            accounts.take(target, grant);
            return Done.of("done.take-role", target).now(roles(accounts, target));
        }
    }

    /** Makes a link by which a user chooses a new password. */
    record NewLink(Accounts accounts, String target) implements AccessCommand {
        @Override
        public String name() {
            return "new-link";
        }

        @Override
        public Done run(By by) {
            return Done.of("done.new-link", target, accounts.newLink(target));
        }
    }

    /** Removes a user; the sessions end. */
    record RemoveUser(Accounts accounts, String target) implements AccessCommand {
        @Override
        public String name() {
            return "remove-user";
        }

        @Override
        public boolean needsReason() {
            return true;
        }

        @Override
        public @Nullable String before() {
            return roles(accounts, target);
        }

        @Override
        public Done run(By by) {
            accounts.remove(target);
            return Done.of("done.remove-user", target);
        }
    }

    /**
     * Makes a token of the API.
     *
     * @param lasts null: until it is taken back
     */
    record MakeToken(
            Accounts accounts,
            String target,
            List<Grant> grants,
            @Nullable Duration lasts) implements AccessCommand {
        public MakeToken {
            grants = List.copyOf(grants);
        }

        @Override
        public String name() {
            return "make-token";
        }

        @Override
        public Done run(By by) {
            String token = accounts.makeToken(target, grants, by.who(), lasts);
            return Done.of("done.make-token", target, token)
                    .now(text(grants) + (lasts == null ? "" : "\nlasts " + lasts.toDays() + " d"));
        }
    }

    /**
     * Takes a token back.
     *
     * @param id the token's, as {@link Accounts#tokens} tells
     */
    record RemoveToken(Accounts accounts, String id) implements AccessCommand {
        @Override
        public String name() {
            return "remove-token";
        }

        @Override
        public String target() {
            return token().map(Accounts.Token::name).orElse(id);
        }

        private Optional<Accounts.Token> token() {
            return accounts.tokens().stream()
                    .filter(token -> token.id().equals(id))
                    .findFirst();
        }

        @Override
        public @Nullable String before() {
            return token().map(token -> text(token.grants())).orElse(null);
        }

        @Override
        public Done run(By by) {
            String name = target();
            accounts.removeToken(id);
            return Done.of("done.remove-token", name);
        }
    }
}
