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
package io.carillon.spring.failure;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;

/** Says which of Carillon's properties has a value of the wrong kind, or is none of Carillon's at all. Stateless. */
final class CarillonBindFailureAnalyzer extends AbstractFailureAnalyzer<BindException> implements Ordered {

    private static final ConfigurationPropertyName CARILLON = ConfigurationPropertyName.of("carillon");

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable rootFailure, BindException cause) {
        if (!CARILLON.isAncestorOf(cause.getName())) {
            return null;
        }
        for (Throwable at = cause; at != null; at = at.getCause()) {
            if (at instanceof UnboundConfigurationPropertiesException unbound) {
                return unbound.getUnboundProperties().stream()
                        .findFirst()
                        .map(property -> new FailureAnalysis(
                                property.getName() + ": " + property.getValue() + " (expected: a property that exists; "
                                        + cause.getName() + " has none of this name)."
                                        + " Correct the name or remove the property.",
                                null,
                                rootFailure))
                        .orElse(null);
            }
        }
        BindException innermost = cause;
        for (Throwable at = cause; at != null; at = at.getCause()) {
            if (at instanceof BindException deeper) {
                innermost = deeper;
            }
        }
        Object value =
                innermost.getProperty() == null ? "?" : innermost.getProperty().getValue();
        return new FailureAnalysis(
                innermost.getName() + ": " + value + " (expected: "
                        + expected(innermost.getTarget().getType().toClass()) + "). Correct the value.",
                null,
                rootFailure);
    }

    private static String expected(Class<?> type) {
        if (type == Duration.class) {
            return "a duration such as 30s, 500ms or 7d";
        }
        if (type.isEnum()) {
            return "one of "
                    + Arrays.stream(type.getEnumConstants())
                            .map(value ->
                                    value.toString().toLowerCase(Locale.ROOT).replace('_', '-'))
                            .toList();
        }
        if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        }
        if (type == int.class || type == Integer.class) {
            return "a whole number";
        }
        return "a " + type.getSimpleName();
    }

    @Override
    public int getOrder() {
        return HIGHEST_PRECEDENCE + 1;
    }
}
