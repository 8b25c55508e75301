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
package io.carillon.console.screen.access;

import io.carillon.console.ShownSettings;
import io.carillon.console.access.Accounts;
import io.carillon.console.ask.Answer;
import io.carillon.console.command.Thresholds;
import java.util.List;

/**
 * Who may do what, and what is set. Immutable.
 *
 * @param administers whether the reader gives roles
 * @param ownLogin whether the console has users of its own
 * @param people users and tokens; only for who gives roles
 * @param health from when on a job is not well
 * @param settings what the application has set
 * @param typed what was typed into a form that was refused
 * @param problem what was wrong with it, or empty
 */
public record AccessView(
        boolean administers,
        boolean ownLogin,
        Answer<People> people,
        Answer<Health> health,
        List<ShownSettings> settings,
        Typed typed,
        String problem) {
    public AccessView {
        settings = List.copyOf(settings);
    }

    /**
     * The thresholds.
     *
     * @param version what a change is made from
     */
    public record Health(List<Limit> limits, int version) {
        public Health {
            limits = List.copyOf(limits);
        }

        /** Whether any is not as the properties say. */
        public boolean isChanged() {
            return limits.stream().anyMatch(limit -> limit.threshold().isChanged());
        }
    }

    /** A threshold, and what is in its field. */
    public record Limit(Thresholds.Threshold threshold, String typed) {}

    /** Who can come in. */
    public record People(List<Accounts.User> users, List<Accounts.Token> tokens) {
        public People {
            users = List.copyOf(users);
            tokens = List.copyOf(tokens);
        }
    }

    /** What was typed. */
    public record Typed(
            String command, String name, String role, String cluster, String group, String grants, String days) {
        /** Nothing yet. */
        public static final Typed NOTHING = new Typed("", "", "", "", "", "", "");
    }

    /**
     * One command: the question before it, or what came of it.
     *
     * @param command its name
     * @param target what it is done to
     * @param detail a role that is meant, or empty
     * @param fields what the form carries
     * @param problem what was wrong, or empty
     * @param done what came of it; empty before
     * @param secret a link's address or a token, to be shown once; empty for none
     */
    public record Step(
            String command,
            String target,
            String detail,
            List<Field> fields,
            boolean needsReason,
            String reason,
            String problem,
            String done,
            String secret) {
        public Step {
            fields = List.copyOf(fields);
        }
    }

    /** One hidden field of a form. */
    public record Field(String name, String value) {}
}
