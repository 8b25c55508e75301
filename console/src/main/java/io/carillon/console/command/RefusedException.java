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

/** Something was not done; says why and, as a status of HTTP, in which way. Immutable. */
public final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String key;
    private final transient Object[] values;

    public RefusedException(int status, String key, Object... values) {
        super(key);
        this.status = status;
        this.key = key;
        this.values = values.clone();
    }

    /** 400, 403, 404, 409, 422 or 503. */
    public int status() {
        return status;
    }

    /** The key of the text; {@code .title} and {@code .text} follow it. */
    public String key() {
        return key;
    }

    /** What fills the text. */
    public Object[] values() {
        return values == null ? new Object[0] : values.clone();
    }
}
