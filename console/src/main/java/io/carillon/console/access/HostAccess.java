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

import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Optional;

/**
 * Asks the application in which the console is embedded who is there; where there is such a bean, the console has no login of
 * its own. Thread-safe.
 *
 * <p>With Spring Security: {@code request -> Optional.ofNullable(request.getUserPrincipal()).map(p -> new Person(p.getName(),
 * Grant.parse(request.isUserInRole("OPS") ? "operator@*" : "viewer@*")))}.
 */
@FunctionalInterface
public interface HostAccess {
    /** Who it is; empty for somebody who may see nothing: the answer is 401 then. */
    Optional<Person> person(HttpServletRequest request);

    /** Somebody the application knows. */
    record Person(String name, List<Grant> grants) {}
}
