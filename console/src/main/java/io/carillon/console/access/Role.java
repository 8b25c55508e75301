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

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What somebody may do; each role may do what those before it may. */
public enum Role {
    /** Sees everything of the scope, changes nothing. */
    VIEWER,
    /** Runs, stops, switches on and off, drains. */
    OPERATOR,
    /** Changes schedules and settings. */
    EDITOR,
    /** Removes jobs, writes to the registry, gives roles. */
    ADMIN;

    /** Whether this role may do what the other may. */
    public boolean covers(Role other) {
        return compareTo(other) >= 0;
    }

    /** The role's name in addresses and texts' keys. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The role of that name in any case, or null. */
    public static @Nullable Role of(@Nullable String text) {
        for (Role role : values()) {
            if (role.name().equalsIgnoreCase(text)) {
                return role;
            }
        }
        return null;
    }
}
