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
package io.carillon.jobs.model;

import java.util.Collections;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What is there of one kind under type names: built in, or found by {@link ServiceLoader} at the first look. Type names are
 * found in upper and lower case alike, as by ElasticJob. Thread-safe.
 *
 * <p>A built-in one cannot be replaced by one of the same name.
 */
public final class Extensions<T> {

    private final Class<T> kind;
    private final Function<T, String> typeOf;
    private final Map<String, T> standard;
    private @Nullable Map<String, T> all;

    /** @param standard the built-in ones by their type names */
    public Extensions(Class<T> kind, Function<T, String> typeOf, Map<String, T> standard) {
        this.kind = kind;
        this.typeOf = typeOf;
        this.standard = Map.copyOf(standard);
    }

    /**
     * The one of a type, or null when there is none.
     *
     * @throws java.util.ServiceConfigurationError when a registered class cannot be made
     */
    public @Nullable T find(String type) {
        return all().get(type);
    }

    /** All type names, in order; for error texts. */
    public Set<String> types() {
        return Collections.unmodifiableSet(new TreeSet<>(all().keySet()));
    }

    private synchronized Map<String, T> all() {
        Map<String, T> known = all;
        if (known == null) {
            Map<String, T> found = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            for (T extension : ServiceLoader.load(kind)) {
                found.putIfAbsent(typeOf.apply(extension), extension);
            }
            standard.forEach((type, builtIn) -> {
                found.remove(type);
                found.put(type, builtIn);
            });
            known = Collections.unmodifiableMap(found);
            all = known;
        }
        return known;
    }
}
