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

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The console's users, their sessions and the tokens of the API. Thread-safe. Passwords, sessions, links and tokens are kept as
 * hashes only.
 *
 * <p>There is no password to begin with: a link that can be used once lets somebody choose one. The first is printed when the
 * console starts without a user, and makes an administrator; those for others are given out by administrators.
 */
public final class Accounts {
    /** The shortest password, in characters. */
    public static final int LEAST_PASSWORD = 10;

    private static final int MOST_PASSWORD = 200;
    private static final int MOST_GRANTS = 4_000;
    private static final String USER = "user";
    private static final String SESSION = "session";
    private static final String LINK = "link";
    private static final String TOKEN = "token";
    private static final String TOKEN_PREFIX = "carillon_";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@-]{0,99}");
    private static final Duration SESSION_LASTS = Duration.ofHours(12);
    private static final Duration LINK_LASTS = Duration.ofHours(24);
    private static final Duration USED_WHEN_DOWN = Duration.ofMinutes(15);
    private static final int MOST_CACHED = 10_000;
    /** What a wrong name is compared with, so that it takes as long as a wrong password. */
    private static final String NO_HASH = Secrets.PASSWORDS.encode(Secrets.random());

    private final ConsoleStore store;
    private final InstantSource time;
    private final LoginLimits limits;
    private final ConcurrentHashMap<String, Seen> seen = new ConcurrentHashMap<>();

    public Accounts(ConsoleStore store, InstantSource time) {
        this.store = store;
        this.time = time;
        this.limits = new LoginLimits(store);
    }

    /** A user without the password. */
    public record User(String name, List<Grant> grants, boolean canLogIn) {}

    /** A token of the API without the token. */
    public record Token(
            String id,
            String name,
            List<Grant> grants,
            String madeBy,
            @Nullable Instant expires) {}

    /** Who a session or a token stands for. */
    public record Known(String name, List<Grant> grants) {}

    private record Seen(Known who, Instant at) {}

    /** A text that somebody must be told: what was wrong. */
    public static final class AccountException extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final String key;
        private final transient Object[] values;

        AccountException(String key, Object... values) {
            super(key);
            this.key = key;
            this.values = values;
        }

        /** The key of the text. */
        public String key() {
            return key;
        }

        /** What fills it. */
        public Object[] values() {
            return values == null ? new Object[0] : values.clone();
        }
    }

    // ---- users --------------------------------------------------------------------------------------------------

    /** Whether nobody can log in yet. */
    public boolean isEmpty() {
        return users().stream().noneMatch(User::canLogIn);
    }

    /** All users, by name. */
    public List<User> users() {
        return store.all(USER, time.instant()).stream().map(Accounts::user).toList();
    }

    private static User user(ConsoleStore.Entry entry) {
        String[] lines = entry.value().split("\n", 2);
        return new User(entry.id(), Grant.parse(lines[1]), !lines[0].isEmpty());
    }

    /**
     * Makes a link for the first administrator, unless somebody can log in already.
     *
     * @return what comes after {@code /welcome?link=}; empty when there is a user
     */
    public Optional<String> firstLink() {
        return isEmpty() ? Optional.of(link("")) : Optional.empty();
    }

    private String link(String userName) {
        Instant now = time.instant();
        String link = Secrets.random();
        store.insert(LINK, Secrets.hash(link), userName, now.plus(LINK_LASTS), now);
        return link;
    }

    /**
     * Gives a user roles and, for a new one, makes the link by which a password is chosen.
     *
     * @return the link's secret part; empty for a user who is there already
     * @throws AccountException when the name cannot be one
     */
    public Optional<String> grant(String name, List<Grant> grants) {
        return change(name, true, known -> grants);
    }

    /**
     * Gives a user one role more, as {@link #grant} does.
     *
     * @return the link's secret part; empty for a user who has a password already
     */
    public Optional<String> give(String name, Grant grant) {
        return change(name, true, known -> {
            List<Grant> more = new ArrayList<>(known);
            if (!more.contains(grant)) {
                more.add(grant);
            }
            return more;
        });
    }

    /**
     * Takes one role away; the user stays, without roles at last.
     *
     * @throws AccountException when there is no such user, or nobody would be left who gives roles
     */
    public void take(String name, Grant grant) {
        change(name, false, known -> known.stream()
                .filter(other -> !other.equals(grant))
                .toList());
    }

    private Optional<String> change(String name, boolean make, UnaryOperator<List<Grant>> roles) {
        checkName(name);
        Instant now = time.instant();
        Optional<ConsoleStore.Entry> present = store.find(USER, name, now);
        if (present.isEmpty() && !make) {
            throw new AccountException("account.unknown", name);
        }
        List<Grant> grants =
                roles.apply(present.map(entry -> user(entry).grants()).orElse(List.of()));
        String text = text(grants);
        if (text.length() > MOST_GRANTS) {
            throw new AccountException("account.tooManyRoles", name);
        }
        if (present.isPresent()) {
            if (!isAdministrator(grants)) {
                checkNotLast(name);
            }
            String password = present.get().value().split("\n", 2)[0];
            if (!store.replace(present.get(), password + "\n" + text, null)) {
                throw new AccountException("account.changedMeanwhile", name);
            }
            seen.clear();
            return make && password.isEmpty() ? Optional.of(link(name)) : Optional.empty();
        }
        if (!store.insert(USER, name, "\n" + text, null, now)) {
            throw new AccountException("account.changedMeanwhile", name);
        }
        return Optional.of(link(name));
    }

    private static boolean isAdministrator(List<Grant> grants) {
        return grants.stream().anyMatch(grant -> grant.allows(Role.ADMIN, Grant.ALL, Grant.ALL));
    }

    /** Somebody must be left who can log in and give roles. */
    private void checkNotLast(String name) {
        List<String> administrators = users().stream()
                .filter(user -> user.canLogIn() && isAdministrator(user.grants()))
                .map(User::name)
                .toList();
        if (administrators.equals(List.of(name))) {
            throw new AccountException("account.lastAdministrator", name);
        }
    }

    /** Makes a new link for a user who has forgotten the password; the old one works until a new one is chosen. */
    public String newLink(String name) {
        if (store.find(USER, name, time.instant()).isEmpty()) {
            throw new AccountException("account.unknown", name);
        }
        return link(name);
    }

    /**
     * Removes a user; open sessions and links end, also for a user of the same name who comes later.
     *
     * @throws AccountException when there is no such user, or nobody would be left who gives roles
     */
    public void remove(String name) {
        checkNotLast(name);
        if (!store.delete(USER, name)) {
            throw new AccountException("account.unknown", name);
        }
        endAll(SESSION, name);
        endAll(LINK, name);
    }

    /** Whether a link can still be used, and for whom: empty text for the first administrator. */
    public Optional<String> linkFor(String link) {
        return store.find(LINK, Secrets.hash(link), time.instant()).map(ConsoleStore.Entry::value);
    }

    /**
     * Uses a link up and sets the password.
     *
     * @param name the name that the first administrator chooses; else the link's own counts
     * @throws AccountException when the link is used up or old, or the name or the password cannot be one
     */
    public void redeem(String link, String name, String password) {
        Instant now = time.instant();
        String linked = linkFor(link).orElseThrow(() -> new AccountException("account.linkOver"));
        boolean first = linked.isEmpty();
        String who = first ? name : linked;
        checkName(who);
        checkPassword(who, password);
        if (first && !isEmpty()) {
            throw new AccountException("account.linkOver");
        }
        String hash = Secrets.PASSWORDS.encode(password);
        if (!store.delete(LINK, Secrets.hash(link))) {
            throw new AccountException("account.linkOver");
        }
        Optional<ConsoleStore.Entry> present = store.find(USER, who, now);
        if (present.isPresent()) {
            String grants = first
                    ? Grant.everywhere(Role.ADMIN).toString()
                    : present.get().value().split("\n", 2)[1];
            if (!store.replace(present.get(), hash + "\n" + grants, null)) {
                throw new AccountException("account.changedMeanwhile", who);
            }
            endAll(SESSION, who);
        } else if (first) {
            store.insert(USER, who, hash + "\n" + Grant.everywhere(Role.ADMIN), null, now);
        } else {
            throw new AccountException("account.unknown", who);
        }
    }

    private static void checkName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new AccountException("account.name");
        }
    }

    private static void checkPassword(String name, String password) {
        if (password.length() < LEAST_PASSWORD
                || password.length() > MOST_PASSWORD
                || password.toLowerCase(Locale.ROOT).contains(name.toLowerCase(Locale.ROOT))
                || password.chars().distinct().count() < 4) {
            throw new AccountException("account.password", LEAST_PASSWORD, MOST_PASSWORD);
        }
    }

    private static String text(List<Grant> grants) {
        return String.join(", ", grants.stream().map(Grant::toString).toList());
    }

    // ---- sessions -----------------------------------------------------------------------------------------------

    /**
     * Begins a session.
     *
     * @param from the address of who asks
     * @return what the browser keeps
     * @throws AccountException when name and password do not match, or too often did not
     */
    public String logIn(String name, String password, String from) {
        Instant now = time.instant();
        for (String key : List.of("name " + name, "from " + from)) {
            Duration left = limits.left(key, now);
            if (!left.isZero()) {
                throw new AccountException("account.wait", left.toSeconds() + 1);
            }
        }
        Optional<ConsoleStore.Entry> user = store.find(USER, name, now);
        String hash = user.map(entry -> entry.value().split("\n", 2)[0])
                .filter(text -> !text.isEmpty())
                .orElse(NO_HASH);
        boolean right = password.length() <= MOST_PASSWORD && Secrets.PASSWORDS.matches(password, hash);
        if (!right || user.isEmpty()) {
            limits.failed("name " + name, now);
            limits.failed("from " + from, now);
            throw new AccountException("account.wrong");
        }
        limits.succeeded("name " + name);
        store.deleteExpired(now);
        String session = Secrets.random();
        store.insert(SESSION, Secrets.hash(session), name, now.plus(SESSION_LASTS), now);
        return session;
    }

    /** Ends a session. */
    public void logOut(String session) {
        String hash = Secrets.hash(session);
        store.delete(SESSION, hash);
        seen.remove(SESSION + hash);
    }

    private void endAll(String kind, String name) {
        for (ConsoleStore.Entry entry : store.all(kind, time.instant())) {
            if (entry.value().equals(name)) {
                store.delete(kind, entry.id());
            }
        }
        seen.clear();
    }

    /**
     * Who a session belongs to. It is asked each time, since another console on the same store may have ended the session or
     * changed the user; while the store does not answer, what was known within a quarter of an hour counts.
     *
     * @throws RuntimeException the store's, when it does not answer and nothing is known
     */
    public Optional<Known> bySession(String session) {
        return known(SESSION, session);
    }

    /** Who a token belongs to; as with {@link #bySession}. */
    public Optional<Known> byToken(String token) {
        return token.startsWith(TOKEN_PREFIX) ? known(TOKEN, token) : Optional.empty();
    }

    private Optional<Known> known(String kind, String secret) {
        Instant now = time.instant();
        String hash = Secrets.hash(secret);
        Seen before = seen.get(kind + hash);
        Optional<Known> found;
        try {
            found = kind.equals(SESSION) ? sessionOwner(hash, now) : tokenOwner(hash, now);
        } catch (RuntimeException down) {
            if (before != null && Duration.between(before.at, now).abs().compareTo(USED_WHEN_DOWN) < 0) {
                return Optional.of(before.who);
            }
            throw down;
        }
        if (found.isPresent()) {
            if (seen.size() > MOST_CACHED) {
                seen.clear();
            }
            seen.put(kind + hash, new Seen(found.get(), now));
        } else {
            seen.remove(kind + hash);
        }
        return found;
    }

    private Optional<Known> sessionOwner(String hash, Instant now) {
        return store.find(SESSION, hash, now)
                .flatMap(session -> store.find(USER, session.value(), now))
                .map(entry -> new Known(entry.id(), user(entry).grants()));
    }

    // ---- tokens -------------------------------------------------------------------------------------------------

    /**
     * Makes a token for the API.
     *
     * @param name what it is for, as the audit shows it
     * @param lasts null: until it is taken back
     * @return the token; it cannot be read again
     */
    public String makeToken(String name, List<Grant> grants, String madeBy, @Nullable Duration lasts) {
        checkName(name);
        Instant now = time.instant();
        String token = TOKEN_PREFIX + Secrets.random();
        store.insert(
                TOKEN,
                Secrets.hash(token),
                name + "\n" + madeBy + "\n" + text(grants),
                lasts == null ? null : now.plus(lasts),
                now);
        return token;
    }

    /** All tokens, by name. */
    public List<Token> tokens() {
        return store.all(TOKEN, time.instant()).stream()
                .map(Accounts::token)
                .sorted(Comparator.comparing(Token::name))
                .toList();
    }

    private static Token token(ConsoleStore.Entry entry) {
        String[] lines = entry.value().split("\n", 3);
        return new Token(entry.id(), lines[0], Grant.parse(lines[2]), lines[1], entry.expires());
    }

    /** Takes a token back. */
    public void removeToken(String id) {
        store.delete(TOKEN, id);
        seen.remove(TOKEN + id);
    }

    private Optional<Known> tokenOwner(String hash, Instant now) {
        return store.find(TOKEN, hash, now).map(entry -> {
            Token token = token(entry);
            return new Known("token:" + token.name(), token.grants());
        });
    }
}
