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
package io.carillon.jobs.operations;

import io.carillon.jobs.coordination.JobIntent;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.JobTree;
import io.carillon.jobs.coordination.Registry.Node;
import io.carillon.jobs.operations.JobQueries.Intent;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What people want of a job, its servers and its items. What counts is ElasticJob's own mark; Carillon's says who set it, and
 * since when.
 */
final class JobIntents {

    private final JobTree tree;
    private final JobPaths paths;
    private final JobIntent said;
    private final List<String> servers;

    JobIntents(JobTree tree) {
        this.tree = tree;
        this.paths = tree.paths();
        this.said = tree.intent();
        this.servers = tree.children(paths.servers());
    }

    private boolean isDisabled(String ip) {
        return JobPaths.DISABLED.equals(tree.data(paths.server(ip)));
    }

    /** Switched off when all its servers are. */
    Intent ofJob() {
        if (servers.isEmpty() || !servers.stream().allMatch(this::isDisabled)) {
            return Intent.ENABLED;
        }
        JobIntent.Mark whole = said.job();
        if (whole != null) {
            return of(whole);
        }
        // one by one: it is off since the last of them is
        Intent last = null;
        for (String ip : servers) {
            Intent server = ofServer(ip);
            Instant since = server.since();
            if (last == null || last.since() == null || (since != null && since.isAfter(last.since()))) {
                last = server;
            }
        }
        return last == null ? Intent.ENABLED : last;
    }

    int serversEnabled() {
        return (int) servers.stream().filter(ip -> !isDisabled(ip)).count();
    }

    Intent ofServer(String ip) {
        if (!isDisabled(ip)) {
            return Intent.ENABLED;
        }
        JobIntent.Mark mark = said.ofServer(ip);
        if (mark != null) {
            return of(mark);
        }
        Node node = tree.asRead(paths.server(ip));
        return off(node == null ? null : Instant.ofEpochMilli(node.modifiedMillis()), By.UNKNOWN);
    }

    Intent ofItem(int item) {
        if (!tree.isDisabled(item)) {
            return Intent.ENABLED;
        }
        JobIntent.Mark mark = said.ofItem(item);
        return mark == null ? off(null, By.UNKNOWN) : of(mark);
    }

    private static Intent of(JobIntent.Mark mark) {
        By by = new By(mark.actor(), mark.reason(), mark.from());
        return mark.until() == null
                ? off(mark.since(), by)
                : new Intent(Intent.State.PAUSED, mark.since(), mark.until(), by);
    }

    private static Intent off(@Nullable Instant since, By by) {
        return new Intent(Intent.State.DISABLED, since, null, by);
    }

    /** Of the servers and items that are off by themselves, the one that is so longest; null when none is known to be. */
    JobHealth.@Nullable Off longestOff(NamespaceView view) {
        JobHealth.Off longest = null;
        for (String ip : servers) {
            longest = longer(longest, JobIntent.server(ip), ofServer(ip), null);
        }
        for (int item : tree.items()) {
            if (tree.isDisabled(item)) {
                longest = longer(longest, JobIntent.item(item), ofItem(item), view.since(paths.disabled(item)));
            }
        }
        return longest;
    }

    private static JobHealth.@Nullable Off longer(
            JobHealth.@Nullable Off longest, String what, Intent intent, @Nullable Instant seen) {
        Instant since = intent.since() == null ? seen : intent.since();
        if (intent.state() == Intent.State.ENABLED || since == null) {
            return longest;
        }
        return longest == null || since.isBefore(longest.since())
                ? new JobHealth.Off(what, since, intent.by().actor())
                : longest;
    }
}
