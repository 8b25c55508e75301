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
package io.carillon.console.api;

import io.carillon.console.ConsoleCluster;
import io.carillon.console.access.Accounts;
import io.carillon.console.access.Callers;
import io.carillon.console.access.Grant;
import io.carillon.console.access.Role;
import io.carillon.console.access.Visitor;
import io.carillon.console.ask.Answer;
import io.carillon.console.ask.Answer.Known;
import io.carillon.console.ask.Questions;
import io.carillon.console.command.AccessCommand;
import io.carillon.console.command.Command.Done;
import io.carillon.console.command.Commands;
import io.carillon.console.command.ConsoleCommand;
import io.carillon.console.command.RefusedException;
import io.carillon.console.command.RegistryCommand;
import io.carillon.console.command.ThresholdCommand;
import io.carillon.console.command.Thresholds;
import io.carillon.console.command.Trail;
import io.carillon.console.text.Texts;
import io.carillon.console.web.Scope;
import io.carillon.console.web.SeenTrail;
import io.carillon.jobs.operations.RegistryTree;
import io.carillon.jobs.operations.RegistryTree.Seen;
import jakarta.servlet.http.HttpServletRequest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;

/**
 * {@code /api/v1}: the audit, the registry node by node, users, tokens and the thresholds of health. Thread-safe. Roles and audit are those of the pages; a
 * node is written from the version that was read.
 */
@Controller
@RequestMapping(path = "/api/v1")
public final class AdminApi {
    private static final int MOST_ROWS = 500;

    private final Scope scope;
    private final Questions questions;
    private final Commands commands;
    private final Accounts accounts;
    private final Callers callers;
    private final SeenTrail trail;
    private final Thresholds thresholds;

    public AdminApi(
            Scope scope,
            Questions questions,
            Commands commands,
            Accounts accounts,
            Callers callers,
            SeenTrail trail,
            Thresholds thresholds) {
        this.thresholds = thresholds;
        this.scope = scope;
        this.questions = questions;
        this.commands = commands;
        this.accounts = accounts;
        this.callers = callers;
        this.trail = trail;
    }

    // ---- audit --------------------------------------------------------------------------------------------------

    public record AuditList(
            List<AuditEntry> entries, @Nullable String next) {}

    /** What somebody did. */
    public record AuditEntry(
            String id,
            String at,
            String who,
            String from,
            String what,
            String cluster,
            String job,
            String target,
            @Nullable String before,
            @Nullable String after,
            String reason,
            @Nullable String result) {
        static AuditEntry of(Trail.Entry entry) {
            return new AuditEntry(
                    entry.id().toString(),
                    entry.at().toString(),
                    entry.who(),
                    entry.from(),
                    entry.what(),
                    entry.cluster(),
                    entry.job(),
                    entry.target(),
                    entry.before(),
                    entry.after(),
                    entry.reason(),
                    entry.result());
        }
    }

    @GetMapping("/audit")
    ResponseEntity<AuditList> audit(
            @RequestParam(name = "cluster", defaultValue = "") String cluster,
            @RequestParam(name = "job", defaultValue = "") String job,
            @RequestParam(name = "who", defaultValue = "") String who,
            @RequestParam(name = "what", defaultValue = "") String what,
            @RequestParam(name = "ended", defaultValue = "") String ended,
            @RequestParam(name = "from", defaultValue = "") String from,
            @RequestParam(name = "to", defaultValue = "") String to,
            @RequestParam(name = "before", defaultValue = "") String before,
            @RequestParam(name = "limit", defaultValue = "100") int limit,
            HttpServletRequest request) {
        Trail.Question question = new Trail.Question(cluster, job, who, what, ended(ended), instant(from), instant(to));
        UUID last = before.isEmpty() ? null : SeenTrail.id(before);
        if (!before.isEmpty() && last == null) {
            throw invalid("before: '" + before + "' (expected: the id of an entry)");
        }
        Answer<SeenTrail.Part> part =
                trail.latest(Visitor.of(request), question, last, Math.max(1, Math.min(MOST_ROWS, limit)));
        if (!(part instanceof Known<SeenTrail.Part> known)) {
            throw new RefusedException(503, "problem.auditMissing");
        }
        UUID next = known.value().next();
        return ResponseEntity.ok(new AuditList(
                known.value().entries().stream().map(AuditEntry::of).toList(), next == null ? null : next.toString()));
    }

    private static Trail.@Nullable Ended ended(String text) {
        if (text.isEmpty()) {
            return null;
        }
        try {
            return Trail.Ended.valueOf(text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException unknown) {
            throw invalid("ended: '" + text + "' (expected: done, refused, failed or open)");
        }
    }

    private static @Nullable Instant instant(String text) {
        try {
            return text.isEmpty() ? null : Instant.parse(text);
        } catch (DateTimeException unreadable) {
            throw new RefusedException(422, "problem.time", text);
        }
    }

    private static RefusedException invalid(String text) {
        return new RefusedException(422, "problem.invalid", text);
    }

    // ---- registry -----------------------------------------------------------------------------------------------

    /**
     * A node of the registry.
     *
     * @param children the names that follow {@code after}
     * @param next what to ask as {@code after} for those that follow
     */
    public record Node(
            String path,
            String kind,
            String text,
            boolean isText,
            boolean masked,
            int version,
            String modified,
            long owner,
            int childCount,
            List<String> children,
            @Nullable String next) {}

    /** What a node is to hold. */
    public record NodeText(String text, @Nullable String reason) {}

    @GetMapping("/clusters/{cluster}/registry")
    ResponseEntity<Node> node(
            @PathVariable("cluster") String name,
            @RequestParam(name = "path", defaultValue = "") String path,
            @RequestParam(name = "after", defaultValue = "") String after,
            @RequestParam(name = "limit", defaultValue = "100") int limit,
            HttpServletRequest request) {
        ConsoleCluster cluster = scope.cluster(request, name);
        Visitor visitor = Visitor.of(request);
        if (!visitor.seesAll(name)) {
            throw new RefusedException(403, "problem.role", Role.VIEWER.key(), name);
        }
        List<String> roots = cluster.tree().roots();
        String asked = path.isEmpty() && !roots.isEmpty() ? roots.get(0) : path;
        int rows = Math.max(1, Math.min(MOST_ROWS, limit));
        Answer<Optional<Seen>> answer = questions
                .of(cluster, "node " + asked + "\n" + after + "\n" + rows, () -> cluster.tree()
                        .look(asked, after, rows))
                .answer();
        if (answer instanceof Answer.Missing<Optional<Seen>> missing) {
            throw missing.tooSlow()
                    ? new RefusedException(503, "problem.registry", name)
                    : new RefusedException(503, "problem.failed", missing.reason());
        }
        Seen node = answer.or(Optional.empty()).orElseThrow(() -> new RefusedException(404, "problem.path", asked));
        String masked = RegistryTree.masked(node.text());
        boolean raw = visitor.may(Role.EDITOR, name, Grant.ALL);
        return ResponseEntity.ok()
                .eTag("\"" + node.version() + "\"")
                .body(new Node(
                        node.path(),
                        node.kind().name(),
                        raw ? node.text() : masked,
                        node.isText(),
                        !raw && !masked.equals(node.text()),
                        node.version(),
                        node.modified().toString(),
                        node.owner(),
                        node.children(),
                        node.names(),
                        node.next()));
    }

    @PutMapping("/clusters/{cluster}/registry")
    ResponseEntity<JobsApi.Outcome> write(
            @PathVariable("cluster") String cluster,
            @RequestParam(name = "path") String path,
            @RequestHeader(name = "If-Match", required = false) @Nullable String match,
            @RequestBody NodeText text,
            HttpServletRequest request) {
        return run(request, new RegistryCommand.Write(cluster, path, text.text(), version(match, path)), text.reason());
    }

    @DeleteMapping("/clusters/{cluster}/registry")
    ResponseEntity<JobsApi.Outcome> delete(
            @PathVariable("cluster") String cluster,
            @RequestParam(name = "path") String path,
            @RequestHeader(name = "If-Match", required = false) @Nullable String match,
            @RequestParam(name = "reason", defaultValue = "") String reason,
            HttpServletRequest request) {
        return run(request, new RegistryCommand.Delete(cluster, path, version(match, path)), reason);
    }

    private static int version(@Nullable String match, String path) {
        String version = match == null ? "" : match.replace("\"", "").strip();
        if (!version.matches("[0-9]{1,9}")) {
            throw new RefusedException(412, "problem.ifMatch", path);
        }
        return Integer.parseInt(version);
    }

    private ResponseEntity<JobsApi.Outcome> run(
            HttpServletRequest request, RegistryCommand command, @Nullable String reason) {
        Done done = commands.run(Visitor.of(request), command, reason == null ? "" : reason);
        return ResponseEntity.ok(JobsApi.Outcome.of(command.name(), command.target(), done));
    }

    // ---- thresholds of health -----------------------------------------------------------------------------------

    /** From when on a job is not well; the {@code ETag} is what a change is made from. */
    public record ThresholdList(List<ThresholdValue> thresholds) {}

    /**
     * @param value what holds
     * @param property what the application's properties say
     */
    public record ThresholdValue(String name, String value, String property) {}

    /** @param values by name; those that are not named stay */
    public record ThresholdOrder(
            Map<String, String> values, @Nullable String reason) {}

    @GetMapping("/thresholds")
    ResponseEntity<ThresholdList> thresholds() {
        Thresholds.Known known = thresholds.look();
        return ResponseEntity.ok()
                .eTag("\"" + known.version() + "\"")
                .body(new ThresholdList(thresholds.list(known.now()).stream()
                        .map(one -> new ThresholdValue(one.name(), one.value(), one.property()))
                        .toList()));
    }

    @PutMapping("/thresholds")
    ResponseEntity<AccessOutcome> setThresholds(
            @RequestHeader(name = "If-Match", required = false) @Nullable String match,
            @RequestBody ThresholdOrder order,
            HttpServletRequest request) {
        administrator(request, "thresholds");
        return run(
                request,
                new ThresholdCommand.Change(thresholds, order.values(), version(match, "thresholds")),
                order.reason());
    }

    @DeleteMapping("/thresholds")
    ResponseEntity<AccessOutcome> resetThresholds(
            @RequestParam(name = "reason", defaultValue = "") String reason, HttpServletRequest request) {
        return run(request, new ThresholdCommand.Reset(thresholds), reason);
    }

    // ---- users and tokens ---------------------------------------------------------------------------------------

    public record UserList(List<UserAccess> users) {}

    public record UserAccess(String name, List<String> roles, boolean canLogIn) {}

    public record TokenList(List<TokenAccess> tokens) {}

    public record TokenAccess(
            String id,
            String name,
            List<String> roles,
            String madeBy,
            @Nullable String expires) {}

    /** A role with its scope, such as {@code operator@shop/billing}. */
    public record RoleOrder(String role, @Nullable String reason) {}

    /** @param days null: until it is taken back */
    public record TokenOrder(
            String name,
            List<String> roles,
            @Nullable Integer days,
            @Nullable String reason) {}

    /**
     * What came of it.
     *
     * @param secret a token, or what follows {@code /welcome?link=}; only told here
     */
    public record AccessOutcome(
            String command,
            String target,
            String text,
            @Nullable String secret) {}

    @GetMapping("/users")
    ResponseEntity<UserList> users(HttpServletRequest request) {
        administrator(request, "users");
        return ResponseEntity.ok(new UserList(accounts.users().stream()
                .map(user -> new UserAccess(user.name(), texts(user.grants()), user.canLogIn()))
                .toList()));
    }

    @PostMapping("/users/{user}/roles")
    ResponseEntity<AccessOutcome> give(
            @PathVariable("user") String user, @RequestBody RoleOrder order, HttpServletRequest request) {
        return run(request, new AccessCommand.GiveRole(accounts, own(user), grant(order.role())), order.reason());
    }

    @DeleteMapping("/users/{user}/roles")
    ResponseEntity<AccessOutcome> take(
            @PathVariable("user") String user,
            @RequestParam(name = "role") String role,
            @RequestParam(name = "reason", defaultValue = "") String reason,
            HttpServletRequest request) {
        return run(request, new AccessCommand.TakeRole(accounts, own(user), grant(role)), reason);
    }

    @PostMapping("/users/{user}/links")
    ResponseEntity<AccessOutcome> link(@PathVariable("user") String user, HttpServletRequest request) {
        return run(request, new AccessCommand.NewLink(accounts, own(user)), "");
    }

    @DeleteMapping("/users/{user}")
    ResponseEntity<AccessOutcome> removeUser(
            @PathVariable("user") String user,
            @RequestParam(name = "reason", defaultValue = "") String reason,
            HttpServletRequest request) {
        return run(request, new AccessCommand.RemoveUser(accounts, own(user)), reason);
    }

    @GetMapping("/tokens")
    ResponseEntity<TokenList> tokens(HttpServletRequest request) {
        administrator(request, "tokens");
        return ResponseEntity.ok(new TokenList(accounts.tokens().stream()
                .map(token -> new TokenAccess(
                        token.id(),
                        token.name(),
                        texts(token.grants()),
                        token.madeBy(),
                        token.expires() == null ? null : token.expires().toString()))
                .toList()));
    }

    @PostMapping("/tokens")
    ResponseEntity<AccessOutcome> makeToken(@RequestBody TokenOrder order, HttpServletRequest request) {
        List<Grant> grants = order.roles().stream().map(AdminApi::grant).toList();
        Integer days = order.days();
        if (grants.isEmpty()) {
            throw new RefusedException(422, "problem.grant", "");
        }
        if (days != null && (days < 1 || days > AccessCommand.MOST_DAYS)) {
            throw new RefusedException(422, "problem.days", days, AccessCommand.MOST_DAYS);
        }
        return run(
                request,
                new AccessCommand.MakeToken(
                        accounts, order.name(), grants, days == null ? null : Duration.ofDays(days)),
                order.reason());
    }

    @DeleteMapping("/tokens/{id}")
    ResponseEntity<AccessOutcome> removeToken(
            @PathVariable("id") String id,
            @RequestParam(name = "reason", defaultValue = "") String reason,
            HttpServletRequest request) {
        administrator(request, "tokens");
        return run(request, new AccessCommand.RemoveToken(accounts, id), reason);
    }

    /** A user of the console's own; where the application knows the people, it has none. */
    private String own(String user) {
        if (!callers.hasLogin()) {
            throw new RefusedException(404, "problem.unknownCommand", user);
        }
        return user;
    }

    private static void administrator(HttpServletRequest request, String what) {
        if (!Visitor.of(request).mayEverywhere(Role.ADMIN)) {
            throw new RefusedException(403, "problem.role", Role.ADMIN.key(), what);
        }
    }

    private static List<String> texts(List<Grant> grants) {
        return grants.stream().map(Grant::toString).toList();
    }

    private static Grant grant(String text) {
        try {
            List<Grant> grants = Grant.parse(text);
            if (grants.size() == 1) {
                return grants.get(0);
            }
        } catch (IllegalArgumentException unreadable) {
            throw new RefusedException(422, "problem.grant", text);
        }
        throw new RefusedException(422, "problem.grant", text);
    }

    private ResponseEntity<AccessOutcome> run(
            HttpServletRequest request, ConsoleCommand command, @Nullable String reason) {
        Done done = commands.run(Visitor.of(request), command, reason == null ? "" : reason);
        return ResponseEntity.ok(new AccessOutcome(
                command.name(),
                command.target(),
                Texts.ENGLISH.get(done.key(), done.values().toArray()),
                done.values().size() < 2 ? null : String.valueOf(done.values().get(1))));
    }
}
