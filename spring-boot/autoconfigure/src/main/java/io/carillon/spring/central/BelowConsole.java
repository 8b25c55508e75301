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
package io.carillon.spring.central;

import io.carillon.console.BelowThePath;
import java.util.Set;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/**
 * Where the console is below a path, calls about messages are below it too, so that they are in nobody's way in an application
 * that has an {@code /api/v1} of its own. In the central mode they are at {@code /api/v1} as well, where services call.
 * Thread-safe.
 */
final class BelowConsole implements BelowThePath, SmartInitializingSingleton {
    private static final Set<Class<?>> OPERATIONS = Set.of(
            MessageOperationsController.class,
            ParkedController.class,
            DirectoryController.class,
            OpenApiController.class);

    private final String path;
    private final boolean central;
    private final ObjectProvider<RequestMappingHandlerMapping> mappings;

    /** @param path empty where the console is at the root: then there is nothing to do */
    BelowConsole(String path, boolean central, ObjectProvider<RequestMappingHandlerMapping> mappings) {
        this.path = path;
        this.central = central;
        this.mappings = mappings;
    }

    /** What comes before {@code /api/v1}; empty where the calls are at the root, too. */
    String only() {
        return central ? "" : path;
    }

    @Override
    public boolean holds(Class<?> controller) {
        return !central && OPERATIONS.contains(controller);
    }

    @Override
    public void afterSingletonsInstantiated() {
        RequestMappingHandlerMapping mapping = mappings.getIfAvailable();
        if (!central || path.isEmpty() || mapping == null) {
            return;
        }
        RequestMappingInfo below = RequestMappingInfo.paths(path)
                .options(mapping.getBuilderConfiguration())
                .build();
        mapping.getHandlerMethods().forEach((at, handler) -> {
            if (OPERATIONS.contains(handler.getBeanType())) {
                mapping.registerMapping(below.combine(at), handler.getBean(), handler.getMethod());
            }
        });
    }
}
