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
package io.carillon.center;

import io.carillon.spring.InvalidPropertyException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/** Gives the centre an embedded database in a folder when no {@code spring.datasource.url} is set. Immutable. */
public final class DefaultDatabase implements EnvironmentPostProcessor {
    static final String DEFAULT_DIR = "./carillon-data";
    private static final String DATA_DIR = "carillon.center.data-dir";

    @Override
    public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
        if (environment.containsProperty("spring.datasource.url")) {
            return;
        }
        String text = environment.getProperty(DATA_DIR, DEFAULT_DIR);
        Path folder = folder(text);
        environment
                .getPropertySources()
                .addLast(new MapPropertySource(
                        "carillon-default-database",
                        Map.of(
                                "spring.datasource.url",
                                "jdbc:h2:file:" + folder.resolve("center") + ";DB_CLOSE_ON_EXIT=FALSE",
                                "spring.datasource.username",
                                "sa")));
    }

    private static Path folder(String text) {
        String expected = "a folder that can be written, without ';' in its name";
        String advice = "Choose another folder, or set spring.datasource.url to a database.";
        try {
            Path folder = Path.of(text).toAbsolutePath().normalize();
            if (folder.toString().contains(";")) {
                throw new InvalidPropertyException(DATA_DIR, text, expected, advice);
            }
            Files.createDirectories(folder);
            if (!Files.isWritable(folder)) {
                throw new InvalidPropertyException(DATA_DIR, text, expected, advice);
            }
            return folder;
        } catch (IOException | InvalidPathException e) {
            throw new InvalidPropertyException(DATA_DIR, text, expected, advice, e);
        }
    }
}
