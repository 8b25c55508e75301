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

import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.coordination.ConfigYaml;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The jobs of a cluster with their configurations: written as a text, read from one, compared with another cluster's, and carried
 * over to it. Immutable. It is made by {@link JobQueries#copy()}; nothing but {@link ImportPlan#carryOut} asks a registry.
 *
 * <p>The text is YAML, one document per job: its class, and below {@code configuration} what its config node holds. People may
 * edit it; it can be kept in version control, since the same jobs give the same text.
 *
 * @param jobs by name
 * @param unreadable jobs whose stored configuration cannot be used, with the reason; they are in no text
 */
public record ClusterCopy(List<Job> jobs, Map<String, String> unreadable) {

    private static final String FIRST_LINE = "# Carillon jobs, format 1";
    private static final String SEPARATOR = "---";
    private static final String CLASS = "jobClass: ";
    private static final String CONFIGURATION = "configuration:";
    private static final String INDENT = "  ";
    private static final Pattern SECRET =
            Pattern.compile("(?i)passw|secret|token|webhook|credential|accesskey|access-key");

    public ClusterCopy {
        jobs = jobs.stream().sorted(Comparator.comparing(Job::name)).toList();
        unreadable = Map.copyOf(unreadable);
    }

    /**
     * One job. Immutable.
     *
     * @param jobClass the class of the user's code, or a type such as {@code SCRIPT}
     * @param version of the stored configuration; 0 when it comes from a text
     */
    public record Job(String jobClass, JobConfiguration configuration, int version) {

        /** The name of the job. */
        public String name() {
            return configuration.getJobName();
        }

        /** The group that rights are given by; empty when it has none. */
        public String group() {
            return configuration.getProps().getOrDefault(JobSearch.GROUP, "");
        }

        /** Whether it has a setting whose name speaks of a secret, and which a comparison therefore does not tell. */
        public boolean hasSecrets() {
            return configuration.settingsAsTexts().entrySet().stream()
                    .anyMatch(setting -> !setting.getValue().isEmpty()
                            && SECRET.matcher(setting.getKey()).find());
        }
    }

    /** The jobs that something holds of; of those whose configuration cannot be used only the name and the reason are known. */
    public ClusterCopy where(Predicate<Job> wanted, Predicate<String> wantedUnreadable) {
        Map<String, String> left = new TreeMap<>(unreadable);
        left.keySet().removeIf(wantedUnreadable.negate());
        return new ClusterCopy(jobs.stream().filter(wanted).toList(), left);
    }

    // ---- the text

    /** The jobs as a text; the same jobs give the same text. */
    public String toText() {
        StringBuilder text = new StringBuilder(FIRST_LINE).append('\n');
        new TreeMap<>(unreadable).forEach((job, why) -> text.append("# left out, its configuration cannot be used: ")
                .append(job.replaceAll("\\R", " "))
                .append('\n'));
        for (Job job : jobs) {
            text.append(SEPARATOR).append('\n');
            text.append(CLASS).append(job.jobClass()).append('\n');
            text.append(CONFIGURATION).append('\n');
            ConfigYaml.write(job.configuration(), null).lines().forEach(line -> text.append(
                            line.isEmpty() ? "" : INDENT)
                    .append(line)
                    .append('\n'));
        }
        return text.toString();
    }

    /**
     * Reads a text.
     *
     * @throws IllegalArgumentException when it is none, with the line
     */
    public static ClusterCopy ofText(String text) {
        List<String> lines = text.lines().toList();
        if (lines.isEmpty() || !lines.get(0).strip().equals(FIRST_LINE)) {
            throw new IllegalArgumentException("line 1: '" + (lines.isEmpty() ? "" : lines.get(0)) + "' (expected: '"
                    + FIRST_LINE + "'). Nothing was taken over; choose a file that an export has written.");
        }
        Map<String, Job> jobs = new TreeMap<>();
        int at = 1;
        while (at < lines.size()) {
            String line = lines.get(at);
            if (line.isBlank() || line.startsWith("#")) {
                at++;
                continue;
            }
            expect(line.stripTrailing().equals(SEPARATOR), at, line, SEPARATOR);
            int end = at + 1;
            while (end < lines.size() && !lines.get(end).stripTrailing().equals(SEPARATOR)) {
                end++;
            }
            Job job = job(lines, at + 1, end);
            if (jobs.put(job.name(), job) != null) {
                throw new IllegalArgumentException("line " + (at + 1) + ": job '" + job.name()
                        + "' again (expected: each job once). Nothing was taken over; remove one of them.");
            }
            at = end;
        }
        return new ClusterCopy(List.copyOf(jobs.values()), Map.of());
    }

    private static Job job(List<String> lines, int from, int end) {
        String jobClass = null;
        int at = from;
        while (at < end && !lines.get(at).startsWith(CONFIGURATION)) {
            String line = lines.get(at);
            if (line.startsWith(CLASS)) {
                jobClass = line.substring(CLASS.length()).strip();
            } else {
                expect(line.isBlank() || line.startsWith("#"), at, line, CLASS + "the class of the job");
            }
            at++;
        }
        expect(jobClass != null && at < end, at, at < lines.size() ? lines.get(at) : "", "jobClass and configuration");
        StringBuilder yaml = new StringBuilder();
        for (int i = at + 1; i < end; i++) {
            String line = lines.get(i);
            boolean empty = line.isBlank();
            expect(empty || line.startsWith(INDENT), i, line, "two blanks and a setting");
            yaml.append(empty ? "" : line.substring(INDENT.length())).append('\n');
        }
        try {
            return new Job(Objects.requireNonNull(jobClass), ConfigYaml.read(yaml.toString()), 0);
        } catch (InvalidSettingException e) {
            throw new IllegalArgumentException(
                    "line " + (at + 1) + ": " + e.getMessage() + " Nothing was taken over.", e);
        }
    }

    private static void expect(boolean is, int at, String line, String expected) {
        if (!is) {
            throw new IllegalArgumentException("line " + (at + 1) + ": '" + line + "' (expected: " + expected
                    + "). Nothing was taken over; correct the line.");
        }
    }

    // ---- comparing

    /**
     * A setting that is not the same on both sides. Immutable.
     *
     * @param first its value on the first side; null where it has none
     * @param second the same of the second side
     */
    public record Difference(
            String setting,
            @Nullable String first,
            @Nullable String second) {}

    /**
     * How the jobs of two clusters differ. Immutable.
     *
     * @param onlyFirst jobs that only the first has
     * @param onlySecond jobs that only the second has
     * @param different jobs that both have, with what differs
     * @param same how many jobs are the same
     */
    public record Comparison(
            List<String> onlyFirst, List<String> onlySecond, Map<String, List<Difference>> different, int same) {

        /** Whether both have the same jobs. */
        public boolean isSame() {
            return onlyFirst.isEmpty() && onlySecond.isEmpty() && different.isEmpty();
        }

        /** As lines: {@code <} and {@code >} before what only the first and the second side have. */
        public String toText(String first, String second) {
            StringBuilder text = new StringBuilder("< " + first + "\n> " + second + "\n");
            onlyFirst.forEach(job -> text.append("< ").append(job).append('\n'));
            onlySecond.forEach(job -> text.append("> ").append(job).append('\n'));
            different.forEach((job, differences) -> {
                text.append("! ").append(job).append('\n');
                for (Difference difference : differences) {
                    text.append("    ").append(difference.setting()).append(": ");
                    text.append(shown(difference.first())).append(" | ").append(shown(difference.second()));
                    text.append('\n');
                }
            });
            return text.append("= ").append(same).append('\n').toString();
        }

        private static String shown(@Nullable String value) {
            return value == null ? "-" : value.isEmpty() ? "''" : value.replaceAll("\\R", "\\\\n");
        }
    }

    /** How this cluster's jobs differ from another's. */
    public Comparison compareWith(ClusterCopy other) {
        Map<String, Job> mine = byName();
        Map<String, Job> others = other.byName();
        TreeSet<String> names = new TreeSet<>(mine.keySet());
        names.addAll(others.keySet());
        List<String> onlyFirst = new ArrayList<>();
        List<String> onlySecond = new ArrayList<>();
        Map<String, List<Difference>> different = new TreeMap<>();
        int same = 0;
        for (String name : names) {
            Job first = mine.get(name);
            Job second = others.get(name);
            if (second == null) {
                onlyFirst.add(name);
            } else if (first == null) {
                onlySecond.add(name);
            } else {
                List<Difference> differences = differences(first, second);
                if (differences.isEmpty()) {
                    same++;
                } else {
                    different.put(name, differences);
                }
            }
        }
        return new Comparison(onlyFirst, onlySecond, different, same);
    }

    private Map<String, Job> byName() {
        Map<String, Job> byName = new TreeMap<>();
        jobs.forEach(job -> byName.put(job.name(), job));
        return byName;
    }

    private static List<Difference> differences(Job first, Job second) {
        if (first.jobClass().equals(second.jobClass()) && first.configuration().equals(second.configuration())) {
            return List.of();
        }
        Map<String, String> left = settings(first);
        Map<String, String> right = settings(second);
        TreeSet<String> names = new TreeSet<>(left.keySet());
        names.addAll(right.keySet());
        return names.stream()
                .filter(name -> !Objects.equals(left.get(name), right.get(name)))
                .map(name -> new Difference(name, masked(name, left.get(name)), masked(name, right.get(name))))
                .toList();
    }

    /** A difference is for people's eyes: it says that a secret differs, and nothing more. */
    private static @Nullable String masked(String setting, @Nullable String value) {
        return value == null || value.isEmpty() || !SECRET.matcher(setting).find() ? value : "***";
    }

    private static Map<String, String> settings(Job job) {
        Map<String, String> settings = new TreeMap<>(job.configuration().settingsAsTexts());
        settings.put("jobClass", job.jobClass());
        return settings;
    }

    // ---- carrying over

    /** What becomes of a job that is carried over. */
    public enum Step {
        ADD,
        UPDATE,
        /** It is there already as it should be. */
        SAME,
        /** Its class is another one there: it is left alone. */
        REFUSED
    }

    /**
     * One job that is carried over. Immutable.
     *
     * @param differences from what is there to what will be; of an added job none
     * @param version of what is there; 0 of an added job
     */
    public record Planned(Job job, Step step, List<Difference> differences, int version) {

        public String name() {
            return job.name();
        }
    }

    /** What an import does; jobs that only the target has are left alone. Immutable. */
    public record ImportPlan(List<Planned> jobs) {

        /** As lines: {@code +} added, {@code ~} changed, {@code =} the same, {@code !} refused. */
        public String toText() {
            StringBuilder text = new StringBuilder();
            for (Planned planned : jobs) {
                text.append(
                        switch (planned.step()) {
                            case ADD -> "+ ";
                            case UPDATE -> "~ ";
                            case SAME -> "= ";
                            case REFUSED -> "! ";
                        });
                text.append(planned.name()).append('\n');
                for (Difference difference : planned.differences()) {
                    text.append("    ")
                            .append(difference.setting())
                            .append(": ")
                            .append(Comparison.shown(difference.first()))
                            .append(" -> ")
                            .append(Comparison.shown(difference.second()))
                            .append('\n');
                }
            }
            return text.toString();
        }

        /** Does it, job by job; what fails is told and does not keep the others from being done. */
        public List<Done> carryOut(JobCommands commands) {
            List<Done> done = new ArrayList<>();
            for (Planned planned : jobs) {
                done.add(new Done(planned.name(), planned.step(), carryOut(commands, planned)));
            }
            return List.copyOf(done);
        }

        private static @Nullable String carryOut(JobCommands commands, Planned planned) {
            JobConfiguration configuration = planned.job().configuration();
            try {
                switch (planned.step()) {
                    case ADD -> commands.add(configuration, planned.job().jobClass());
                    case UPDATE -> commands.update(configuration, planned.version());
                    case SAME -> {}
                    case REFUSED -> {
                        return "jobClass: another one is there (expected: the same). It was left alone;"
                                + " remove that job first if this one is to take its place.";
                    }
                }
                return null;
            } catch (IllegalStateException | NoSuchElementException | InvalidSettingException e) {
                return String.valueOf(e.getMessage());
            }
        }
    }

    /**
     * What became of one job. Immutable.
     *
     * @param failure why it was not done; null when it was
     */
    public record Done(String jobName, Step step, @Nullable String failure) {}

    /** What it takes to give a cluster the jobs of this copy. */
    public ImportPlan planImportInto(ClusterCopy target) {
        Map<String, Job> there = target.byName();
        return new ImportPlan(jobs.stream()
                .map(job -> {
                    Job old = there.get(job.name());
                    if (old == null) {
                        return new Planned(job, Step.ADD, List.of(), 0);
                    }
                    List<Difference> differences = differences(old, job);
                    Step step = differences.isEmpty()
                            ? Step.SAME
                            : old.jobClass().equals(job.jobClass()) ? Step.UPDATE : Step.REFUSED;
                    return new Planned(job, step, differences, old.version());
                })
                .toList());
    }
}
