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
package io.carillon.console.screen.audit;

import io.carillon.console.ask.Answer;
import io.carillon.console.command.Trail;
import io.carillon.console.command.Trail.Ended;
import io.carillon.console.text.TextDiff;
import io.carillon.console.web.Page;
import io.carillon.console.web.SeenTrail.Part;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was done, newest first. Immutable.
 *
 * @param filter as it was typed
 * @param part what matches
 */
public record AuditView(Filter filter, Answer<Part> part) {

    /**
     * What is asked for, as in the address; empty texts mean any.
     *
     * @param from a local time in the reader's zone
     * @param to a local time in the reader's zone
     */
    public record Filter(String cluster, String job, String who, String what, String ended, String from, String to) {
        /** Whether it asks for everything. */
        public boolean isEmpty() {
            return (cluster + job + who + what + ended + from + to).isEmpty();
        }

        /** The same as it stands in the address: empty, or with a question mark before it. */
        public String query() {
            StringBuilder query = new StringBuilder();
            String[] names = {"cluster", "job", "who", "what", "ended", "from", "to"};
            String[] values = {cluster, job, who, what, ended, from, to};
            for (int i = 0; i < names.length; i++) {
                if (!values[i].isEmpty()) {
                    query.append(query.isEmpty() ? '?' : '&')
                            .append(names[i])
                            .append('=')
                            .append(Page.parameter(values[i]));
                }
            }
            return query.toString();
        }

        /** How it ended, or null for any. */
        public @Nullable Ended how() {
            for (Ended one : Ended.values()) {
                if (one.name().equalsIgnoreCase(ended)) {
                    return one;
                }
            }
            return null;
        }
    }

    /** The filter as it stands in the address. */
    public String query() {
        return filter.query();
    }

    /** Before and after of an entry. */
    public static List<TextDiff.Line> diff(Trail.Entry entry) {
        return TextDiff.of(entry.before(), entry.after());
    }
}
