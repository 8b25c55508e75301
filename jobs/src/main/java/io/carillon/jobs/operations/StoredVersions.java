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

import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.ConfigYaml;
import io.carillon.jobs.coordination.JobPaths;
import io.carillon.jobs.coordination.Registry.Answer;
import io.carillon.jobs.coordination.Registry.CreateMode;
import io.carillon.jobs.coordination.Registry.Node;
import io.carillon.jobs.coordination.Registry.Read;
import io.carillon.jobs.coordination.Registry.Write;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The configurations that were stored, as nodes of Carillon's own tree: written in the commit that stores, so that they can not
 * say what is not true.
 */
final class StoredVersions {

    /** How many are kept. */
    static final int KEPT = 20;

    private StoredVersions() {}

    /**
     * Adds the writes that keep a change.
     *
     * @param stored what is replaced; kept, too, when nobody has
     * @param answers what was read of: the configuration, the root of Carillon's tree, the job's root there, the versions
     */
    static void keep(
            JobPaths paths, Node stored, String text, List<Answer> answers, Instant now, By by, List<Write> writes) {
        List<String> parents = List.of(paths.ownNamespaceRoot(), paths.ownRoot(), paths.versions());
        for (int i = 0; i < parents.size(); i++) {
            if (answers.get(i + 1) instanceof Answer.Absent) {
                writes.add(new Write.Create(parents.get(i), "", CreateMode.PERSISTENT));
            }
        }
        NavigableSet<Integer> known = numbers(answers.get(3));
        if (!known.contains(stored.version())) {
            Instant at = Instant.ofEpochMilli(stored.modifiedMillis());
            writes.add(new Write.Create(
                    paths.version(stored.version()), print(at, By.UNKNOWN, stored.data()), CreateMode.PERSISTENT));
            known.add(stored.version());
        }
        int version = stored.version() + 1;
        if (known.contains(version)) {
            // of an earlier life of the job
            writes.add(new Write.SetData(paths.version(version), print(now, by, text), -1));
        } else {
            writes.add(new Write.Create(paths.version(version), print(now, by, text), CreateMode.PERSISTENT));
            known.add(version);
        }
        while (known.size() > KEPT) {
            int oldest = known.first() > version ? known.last() : known.first();
            known.remove(oldest);
            writes.add(new Write.Delete(paths.version(oldest), -1));
        }
    }

    private static NavigableSet<Integer> numbers(Answer versions) {
        NavigableSet<Integer> numbers = new TreeSet<>();
        RegistryCalls.names(versions).stream()
                .filter(name -> name.matches("[0-9]{1,9}"))
                .forEach(name -> numbers.add(Integer.valueOf(name)));
        return numbers;
    }

    private static String print(Instant at, By by, String text) {
        return String.join("\t", at.toString(), oneLine(by.actor()), oneLine(by.from()), oneLine(by.reason())) + "\n"
                + text;
    }

    private static String oneLine(String text) {
        return text.replaceAll("[\t\n\r]", " ");
    }

    /** All that are known, newest first; the one that is stored now, too, when nobody has kept it. */
    static List<ConfigurationVersion> read(JobPaths paths, RegistryCalls calls) {
        List<Answer> answers = calls.read(List.of(new Read.Get(paths.config()), new Read.Children(paths.versions())));
        if (!(answers.get(0) instanceof Answer.Found found)) {
            return List.of();
        }
        Node stored = found.node();
        List<Integer> numbers = numbers(answers.get(1)).stream()
                .filter(version -> version <= stored.version())
                .toList();
        List<Answer> texts = calls.read(numbers.stream()
                .<Read>map(version -> new Read.Get(paths.version(version)))
                .toList());
        List<ConfigurationVersion> versions = new ArrayList<>();
        for (int i = 0; i < numbers.size(); i++) {
            if (texts.get(i) instanceof Answer.Found kept) {
                ConfigurationVersion version = parse(numbers.get(i), kept.node().data(), before(versions));
                if (version != null) {
                    versions.add(version);
                }
            }
        }
        ConfigurationVersion last = versions.isEmpty() ? null : versions.get(versions.size() - 1);
        if (last == null || last.version() < stored.version()) {
            JobConfiguration now = ConfigYaml.readOrNull(stored.data());
            versions.add(new ConfigurationVersion(
                    stored.version(),
                    Instant.ofEpochMilli(stored.modifiedMillis()),
                    By.UNKNOWN,
                    now,
                    changes(before(versions), now)));
        }
        List<ConfigurationVersion> newestFirst = new ArrayList<>();
        versions.forEach(version -> newestFirst.add(0, version));
        return List.copyOf(newestFirst);
    }

    private static @Nullable JobConfiguration before(List<ConfigurationVersion> versions) {
        return versions.isEmpty() ? null : versions.get(versions.size() - 1).configuration();
    }

    private static List<ConfigurationVersion.Change> changes(
            @Nullable JobConfiguration before, @Nullable JobConfiguration after) {
        return before == null || after == null ? List.of() : ConfigurationVersion.between(before, after);
    }

    private static @Nullable ConfigurationVersion parse(int version, String data, @Nullable JobConfiguration before) {
        int end = data.indexOf('\n');
        String[] head = data.substring(0, Math.max(0, end)).split("\t", 4);
        if (head.length < 4) {
            return null;
        }
        try {
            JobConfiguration configuration = ConfigYaml.readOrNull(data.substring(end + 1));
            return new ConfigurationVersion(
                    version,
                    Instant.parse(head[0]),
                    new By(head[1], head[3], head[2]),
                    configuration,
                    changes(before, configuration));
        } catch (DateTimeException e) {
            return null;
        }
    }
}
