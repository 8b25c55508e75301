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
package io.carillon.spring.jobs;

/**
 * An application with a bean of this starts also while nobody answers at {@code carillon.registry.server-lists}: the registry is tried
 * for as long as it takes, and the application's jobs begin when it is there. A wrong setting stops the start all the same. Immutable.
 *
 * <p>For what is of use without its jobs, such as a console: a service without its jobs should better not start.
 *
 * @param who the application, for the log, such as {@code The centre}
 */
public record RegistryMayBeLate(String who) {}
