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

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the console's records in one file that only its owner can read, or in memory alone. Thread-safe; for one process: several consoles need
 * a database.
 *
 * <p>Each change writes the file anew beside the old one and puts it in its place, so a crash leaves one of the two.
 */
public final class FileStore implements ConsoleStore {
    private final @Nullable Path file;
    private final TreeMap<String, Entry> entries = new TreeMap<>();

    private FileStore(@Nullable Path file) {
        this.file = file;
    }

    /** Keeps nothing beyond the end of the process. */
    public static FileStore inMemory() {
        return new FileStore(null);
    }

    /**
     * Opens a file, which is made with the first change.
     *
     * @throws UncheckedIOException when it cannot be read
     */
    public static FileStore open(Path file) {
        FileStore store = new FileStore(file);
        if (Files.exists(file)) {
            store.read(file);
        }
        return store;
    }

    private void read(Path from) {
        Properties properties = new Properties();
        try (InputStream in = Files.newInputStream(from)) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "users' file: " + from + " (expected: a readable file). The console does not start.", e);
        }
        for (String key : properties.stringPropertyNames()) {
            String[] parts = key.split("\n", 2);
            String[] value = properties.getProperty(key).split("\n", 3);
            Instant expires = value[1].isEmpty() ? null : Instant.parse(value[1]);
            entries.put(key, new Entry(parts[0], parts[1], value[2], Integer.parseInt(value[0]), expires));
        }
    }

    private void write() {
        Path to = file;
        if (to == null) {
            return;
        }
        Properties properties = new Properties();
        entries.forEach((key, entry) -> properties.setProperty(
                key, entry.version() + "\n" + (entry.expires() == null ? "" : entry.expires()) + "\n" + entry.value()));
        try {
            Path folder = to.toAbsolutePath().getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            Path next = to.resolveSibling(to.getFileName() + ".next");
            Files.deleteIfExists(next);
            if (next.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.createFile(
                        next, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
            try (OutputStream out = Files.newOutputStream(next)) {
                properties.store(out, null);
            }
            Files.move(next, to, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "users' file: " + to + " (expected: a place that can be written). The change is in memory only.",
                    e);
        }
    }

    private static String key(String kind, String id) {
        return kind + "\n" + id;
    }

    private static boolean isOver(Entry entry, Instant now) {
        return entry.expires() != null && !now.isBefore(entry.expires());
    }

    @Override
    public boolean isShared() {
        return false;
    }

    @Override
    public synchronized Optional<Entry> find(String kind, String id, Instant now) {
        return Optional.ofNullable(entries.get(key(kind, id))).filter(entry -> !isOver(entry, now));
    }

    @Override
    public synchronized List<Entry> all(String kind, Instant now) {
        List<Entry> found = new ArrayList<>();
        for (Entry entry : entries.tailMap(key(kind, "")).values()) {
            if (!entry.kind().equals(kind) || found.size() == 10_000) {
                break;
            }
            if (!isOver(entry, now)) {
                found.add(entry);
            }
        }
        return List.copyOf(found);
    }

    @Override
    public synchronized boolean insert(String kind, String id, String value, @Nullable Instant expires, Instant now) {
        if (find(kind, id, now).isPresent()) {
            return false;
        }
        entries.put(key(kind, id), new Entry(kind, id, value, 1, expires));
        write();
        return true;
    }

    @Override
    public synchronized boolean replace(Entry entry, String value, @Nullable Instant expires) {
        String key = key(entry.kind(), entry.id());
        Entry present = entries.get(key);
        if (present == null || present.version() != entry.version()) {
            return false;
        }
        entries.put(key, new Entry(entry.kind(), entry.id(), value, entry.version() + 1, expires));
        write();
        return true;
    }

    @Override
    public synchronized boolean delete(String kind, String id) {
        boolean found = entries.remove(key(kind, id)) != null;
        if (found) {
            write();
        }
        return found;
    }

    @Override
    public synchronized void deleteExpired(Instant now) {
        if (entries.values().removeIf(entry -> isOver(entry, now))) {
            write();
        }
    }
}
