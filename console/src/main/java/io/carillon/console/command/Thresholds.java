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

import io.carillon.console.access.ConsoleStore;
import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.operations.HealthThresholds;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From when on a job is not well: as the application's properties say, and as administrators have changed it since. Thread-safe.
 *
 * <p>What was changed is kept in the console's store; other processes on the same store look every five seconds. Asking never
 * waits for the store: while it does not answer, what was last known holds.
 */
public final class Thresholds implements Supplier<HealthThresholds>, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Thresholds.class);
    /** What the names of the properties begin with. */
    public static final String PREFIX = "carillon.health.";

    private static final String KIND = "settings";
    private static final String ID = "health";
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);
    private static final RecordComponent[] PARTS = HealthThresholds.class.getRecordComponents();
    private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})(ms|s|m|h|d)");

    private final HealthThresholds properties;
    private final ConsoleStore store;
    private final InstantSource time;
    private final ExecutorService looks;
    private final AtomicBoolean looking = new AtomicBoolean();
    private volatile Instant lookedAt = Instant.MIN;
    private volatile Known known;

    /**
     * What holds.
     *
     * @param version of what was changed; 0: nothing
     */
    public record Known(HealthThresholds now, int version) {}

    /**
     * One of them.
     *
     * @param name such as {@code late-after}
     * @param value as a properties file has it
     * @param property what the application's properties say
     */
    public record Threshold(String name, String value, String property) {
        /** Whether it is not as the properties say. */
        public boolean isChanged() {
            return !value.equals(property);
        }

        /** Whether it is on or off. */
        public boolean isSwitch() {
            return property.equals("true") || property.equals("false");
        }
    }

    /** @param properties what the application's properties say */
    public Thresholds(HealthThresholds properties, ConsoleStore store, InstantSource time) {
        this.properties = properties;
        this.store = store;
        this.time = time;
        this.known = new Known(properties, 0);
        this.looks = Executors.newSingleThreadExecutor(work -> {
            Thread thread = new Thread(work, "carillon-console-thresholds");
            thread.setDaemon(true);
            return thread;
        });
    }

    @Override
    public HealthThresholds get() {
        Instant last = lookedAt;
        Instant now = time.instant();
        if (!now.isBefore(last.plus(LOOK_AGAIN)) && looking.compareAndSet(false, true)) {
            lookedAt = now;
            try {
                looks.execute(() -> {
                    try {
                        look();
                    } catch (RuntimeException down) {
                        log.debug("the thresholds that were changed are not known anew", down);
                    } finally {
                        looking.set(false);
                    }
                });
            } catch (RejectedExecutionException closed) {
                looking.set(false);
            }
        }
        return known.now();
    }

    /**
     * What the store says now.
     *
     * @throws RuntimeException when it does not answer
     */
    public Known look() {
        Known read = store.find(KIND, ID, time.instant()).map(this::read).orElseGet(() -> new Known(properties, 0));
        known = read;
        return read;
    }

    private Known read(ConsoleStore.Entry entry) {
        try {
            return new Known(with(properties, parse(entry.value())), entry.version());
        } catch (IllegalArgumentException unusable) {
            // the properties have changed, and the two do not go together
            log.warn(
                    "{} The thresholds of the properties hold until somebody changes them in the console.",
                    unusable.getMessage());
            return new Known(properties, entry.version());
        }
    }

    /** All of them, in the order of the record. */
    public List<Threshold> list(HealthThresholds now) {
        Map<String, String> values = values(now);
        Map<String, String> said = values(properties);
        List<Threshold> all = new ArrayList<>();
        values.forEach((name, value) -> all.add(new Threshold(name, value, said.getOrDefault(name, ""))));
        return all;
    }

    /**
     * Changes some; what is as the properties say is not kept.
     *
     * @param version what the change was made from, see {@link Known}
     * @throws InvalidSettingException naming a value that cannot be accepted: what the properties would not take, either
     * @throws RefusedException when somebody else has changed them meanwhile
     */
    HealthThresholds change(Map<String, String> wanted, int version) {
        Known before = look();
        if (before.version() != version) {
            throw new RefusedException(409, "problem.thresholds");
        }
        HealthThresholds changed = with(before.now(), wanted);
        Map<String, String> kept = values(changed);
        kept.entrySet().removeAll(values(properties).entrySet());
        String text = kept.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .collect(Collectors.joining("\n"));
        Optional<ConsoleStore.Entry> entry = store.find(KIND, ID, time.instant());
        boolean done = entry.isEmpty()
                ? store.insert(KIND, ID, text, null, time.instant())
                : entry.get().version() == version && store.replace(entry.get(), text, null);
        if (!done) {
            throw new RefusedException(409, "problem.thresholds");
        }
        return look().now();
    }

    /** What the properties say holds again. */
    HealthThresholds reset() {
        store.delete(KIND, ID);
        return look().now();
    }

    /** As text: a line for each. */
    static String text(HealthThresholds thresholds) {
        return values(thresholds).entrySet().stream()
                .map(entry -> PREFIX + entry.getKey() + "=" + entry.getValue())
                .collect(Collectors.joining("\n"));
    }

    private static Map<String, String> parse(String text) {
        Map<String, String> values = new LinkedHashMap<>();
        text.lines()
                .filter(line -> line.contains("="))
                .forEach(line ->
                        values.put(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1)));
        return values;
    }

    private static String name(RecordComponent part) {
        return part.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }

    private static Map<String, String> values(HealthThresholds thresholds) {
        Map<String, String> values = new LinkedHashMap<>();
        for (RecordComponent part : PARTS) {
            Object value = value(thresholds, part);
            values.put(name(part), value instanceof Duration duration ? text(duration) : String.valueOf(value));
        }
        return values;
    }

    /** As {@link #duration} reads it. */
    private static String text(Duration duration) {
        long millis = duration.toMillis();
        if (millis > 0 && millis % Duration.ofDays(1).toMillis() == 0) {
            return duration.toDays() + "d";
        }
        return (duration.toHours() > 0 ? duration.toHours() + "h" : "")
                + (duration.toMinutesPart() > 0 ? duration.toMinutesPart() + "m" : "")
                + (duration.toSecondsPart() > 0 ? duration.toSecondsPart() + "s" : "")
                + (duration.toMillisPart() > 0 || millis == 0 ? duration.toMillisPart() + "ms" : "");
    }

    private static Object value(HealthThresholds thresholds, RecordComponent part) {
        try {
            return part.getAccessor().invoke(thresholds);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException(part.getName(), e);
        }
    }

    private static HealthThresholds with(HealthThresholds base, Map<String, String> wanted) {
        for (String name : wanted.keySet()) {
            if (Arrays.stream(PARTS).noneMatch(part -> name(part).equals(name))) {
                throw new InvalidSettingException(
                        PREFIX + name,
                        String.valueOf(wanted.get(name)),
                        "one of " + String.join(", ", values(base).keySet()),
                        "Nothing was changed; correct the name.");
            }
        }
        Object[] values = new Object[PARTS.length];
        Class<?>[] types = new Class<?>[PARTS.length];
        for (int i = 0; i < PARTS.length; i++) {
            String text = wanted.get(name(PARTS[i]));
            types[i] = PARTS[i].getType();
            values[i] = text == null ? value(base, PARTS[i]) : value(name(PARTS[i]), text.strip(), types[i]);
        }
        try {
            return HealthThresholds.class.getDeclaredConstructor(types).newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof InvalidSettingException refused) {
                throw refused;
            }
            throw new IllegalStateException(e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object value(String name, String text, Class<?> type) {
        if (type == Duration.class) {
            return duration(name, text);
        }
        if (type == boolean.class && (text.equals("true") || text.equals("false"))) {
            return Boolean.valueOf(text);
        }
        if (type == int.class && text.matches("-?[0-9]{1,9}")) {
            return Integer.valueOf(text);
        }
        throw new InvalidSettingException(
                PREFIX + name,
                text,
                type == boolean.class ? "true or false" : "a whole number",
                "Nothing was changed; correct it.");
    }

    private static Duration duration(String name, String text) {
        Matcher parts = DURATION.matcher(text);
        Duration sum = Duration.ZERO;
        int end = 0;
        while (parts.find() && parts.start() == end) {
            long number = Long.parseLong(parts.group(1));
            sum = sum.plus(
                    switch (parts.group(2)) {
                        case "ms" -> Duration.ofMillis(number);
                        case "s" -> Duration.ofSeconds(number);
                        case "m" -> Duration.ofMinutes(number);
                        case "h" -> Duration.ofHours(number);
                        default -> Duration.ofDays(number);
                    });
            end = parts.end();
        }
        if (end == 0 || end != text.length()) {
            throw new InvalidSettingException(
                    PREFIX + name,
                    text,
                    "a duration such as 30s, 10m, 1h30m or 7d",
                    "Nothing was changed; correct it.");
        }
        return sum;
    }

    @Override
    public void close() {
        looks.shutdownNow();
    }
}
