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
package io.carillon.console.api;

import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.bind.annotation.RequestParam;

/** {@code /api/v1/openapi.json}: the API described by its own handlers and records. Immutable. */
@Controller
public final class OpenApi {
    private static final String BASE = "/api/v1";

    private final Map<String, Object> description;

    /** @param controllers whose handlers are described */
    public OpenApi(List<Class<?>> controllers) {
        TreeMap<String, Object> schemas = new TreeMap<>();
        TreeMap<String, Map<String, Object>> paths = new TreeMap<>();
        for (Class<?> controller : controllers) {
            Method[] methods = controller.getDeclaredMethods();
            Arrays.sort(methods, Comparator.comparing(Method::getName));
            for (Method method : methods) {
                RequestMapping mapping = AnnotatedElementUtils.findMergedAnnotation(method, RequestMapping.class);
                if (mapping != null) {
                    RequestMethod verb = mapping.method()[0];
                    paths.computeIfAbsent(BASE + mapping.path()[0], path -> new TreeMap<>())
                            .put(verb.name().toLowerCase(Locale.ROOT), operation(method, mapping, schemas));
                }
            }
        }
        schemas.put(
                "Problem",
                Map.of(
                        "type",
                        "object",
                        "properties",
                        new TreeMap<>(Map.of(
                                "type", Map.of("type", "string"),
                                "title", Map.of("type", "string"),
                                "status", Map.of("type", "integer"),
                                "detail", Map.of("type", "string"),
                                "instance", Map.of("type", "string"),
                                "code", Map.of("type", "string")))));
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("openapi", "3.1.0");
        all.put("info", map("title", "Carillon", "version", "1"));
        all.put("security", List.of(Map.of("token", List.of())));
        all.put("paths", paths);
        all.put(
                "components",
                map("schemas", schemas, "securitySchemes", Map.of("token", map("type", "http", "scheme", "bearer"))));
        this.description = all;
    }

    @GetMapping(path = BASE + "/openapi.json", produces = MediaType.APPLICATION_JSON_VALUE)
    ResponseEntity<Map<String, Object>> show() {
        return ResponseEntity.ok(description);
    }

    private static Map<String, Object> map(Object... keysAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }

    /** The first of what a handler says that it takes or makes. */
    private static String first(String[] types) {
        return types.length == 0 ? MediaType.APPLICATION_JSON_VALUE : types[0].replaceAll(";.*", "");
    }

    private static Map<String, Object> operation(Method method, RequestMapping mapping, Map<String, Object> schemas) {
        RequestMethod verb = mapping.method()[0];
        List<Object> parameters = new ArrayList<>();
        Map<String, Object> operation = map("operationId", method.getName());
        for (Parameter parameter : method.getParameters()) {
            PathVariable path = parameter.getAnnotation(PathVariable.class);
            RequestParam query = parameter.getAnnotation(RequestParam.class);
            RequestHeader header = parameter.getAnnotation(RequestHeader.class);
            RequestBody body = parameter.getAnnotation(RequestBody.class);
            Object schema = schema(parameter.getParameterizedType(), schemas);
            if (path != null) {
                parameters.add(map("name", path.value(), "in", "path", "required", true, "schema", schema));
            } else if (query != null) {
                parameters.add(map("name", query.name(), "in", "query", "required", false, "schema", schema));
            } else if (header != null) {
                parameters.add(map("name", header.name(), "in", "header", "required", false, "schema", schema));
            } else if (body != null) {
                operation.put(
                        "requestBody",
                        map(
                                "required",
                                body.required(),
                                "content",
                                Map.of(first(mapping.consumes()), Map.of("schema", schema))));
            }
        }
        if (!parameters.isEmpty()) {
            operation.put("parameters", parameters);
        }
        Type returned = method.getGenericReturnType() instanceof ParameterizedType type
                ? type.getActualTypeArguments()[0]
                : method.getReturnType();
        Object problem = map(
                "description",
                "Refused or failed",
                "content",
                Map.of("application/problem+json", Map.of("schema", Map.of("$ref", "#/components/schemas/Problem"))));
        operation.put(
                "responses",
                map(
                        "200",
                        map(
                                "description",
                                verb == RequestMethod.GET ? "Answered" : "Done",
                                "content",
                                Map.of(first(mapping.produces()), Map.of("schema", schema(returned, schemas)))),
                        "default",
                        problem));
        return operation;
    }

    private static Object schema(Type type, Map<String, Object> schemas) {
        if (type instanceof ParameterizedType generic && generic.getRawType() instanceof Class<?> raw) {
            Type[] arguments = generic.getActualTypeArguments();
            if (List.class.isAssignableFrom(raw)) {
                return map("type", "array", "items", schema(arguments[0], schemas));
            }
            return map("type", "object", "additionalProperties", schema(arguments[arguments.length - 1], schemas));
        }
        if (!(type instanceof Class<?> known)) {
            return Map.of();
        }
        if (known == int.class || known == Integer.class || known == long.class || known == Long.class) {
            return Map.of("type", "integer");
        }
        if (known == boolean.class || known == Boolean.class) {
            return Map.of("type", "boolean");
        }
        if (known.isRecord()) {
            if (!schemas.containsKey(known.getSimpleName())) {
                Map<String, Object> properties = new LinkedHashMap<>();
                List<String> required = new ArrayList<>();
                schemas.put(
                        known.getSimpleName(), map("type", "object", "properties", properties, "required", required));
                for (RecordComponent component : known.getRecordComponents()) {
                    properties.put(component.getName(), schema(component.getGenericType(), schemas));
                    if (component.getAnnotatedType().getAnnotation(Nullable.class) == null) {
                        required.add(component.getName());
                    }
                }
            }
            return Map.of("$ref", "#/components/schemas/" + known.getSimpleName());
        }
        return known == String.class || known == byte[].class ? Map.of("type", "string") : Map.of();
    }
}
