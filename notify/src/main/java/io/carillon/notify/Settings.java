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
package io.carillon.notify;

import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a channel's settings from a job's props; each error names its key and never a secret. Immutable. */
final class Settings {

    private final Map<String, String> props;
    private final String advice;

    Settings(JobConfiguration configuration) {
        this.props = configuration.getProps();
        this.advice = "Set it in the props of job '" + configuration.getJobName()
                + "', or choose another jobErrorHandlerType.";
    }

    String required(String key) {
        String value = props.get(key);
        if (value == null || value.isBlank()) {
            throw new InvalidSettingException(key, "(missing)", "a value", advice);
        }
        return value.trim();
    }

    @Nullable
    String text(String key) {
        String value = props.get(key);
        return value == null || value.isBlank() ? null : value.trim();
    }

    boolean flag(String key, boolean byDefault) {
        String value = text(key);
        if (value == null) {
            return byDefault;
        }
        if (!value.equalsIgnoreCase("true") && !value.equalsIgnoreCase("false")) {
            throw new InvalidSettingException(key, value, "true or false", advice);
        }
        return Boolean.parseBoolean(value);
    }

    int number(String key, String value, int most) {
        int number;
        try {
            number = Integer.parseInt(value);
        } catch (NumberFormatException e) {
            number = 0;
        }
        if (number < 1 || number > most) {
            throw new InvalidSettingException(key, value, "1.." + most, advice);
        }
        return number;
    }

    Duration milliseconds(String key, int byDefault) {
        String value = text(key);
        return Duration.ofMillis(value == null ? byDefault : number(key, value, 600_000));
    }

    /** A required address of the web; it may hold a token, so it is not shown. */
    URI webhook(String key) {
        try {
            URI uri = new URI(required(key));
            String scheme = uri.getScheme();
            if (uri.getHost() != null && ("https".equalsIgnoreCase(scheme) || "http".equalsIgnoreCase(scheme))) {
                return uri;
            }
        } catch (URISyntaxException e) {
            // said below, without the token that the exception's text would show
        }
        throw new InvalidSettingException(key, "(not shown)", "an address such as https://host/path?key=...", advice);
    }
}
