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
package io.carillon.console;

/**
 * Which controllers outside the console have their calls below its path, too; an application may have several such beans. Spring
 * keeps one rule for a path, so nobody else may set one for the console's. Thread-safe.
 */
@FunctionalInterface
public interface BelowThePath {
    boolean holds(Class<?> controller);
}
