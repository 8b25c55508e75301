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
package io.carillon.spring.console;

import io.carillon.console.ShownSettings;
import io.carillon.console.ShownSettings.About;
import io.carillon.console.ShownSettings.Setting;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Properties of the application as the console shows them. */
public final class ShownProperties {
    private ShownProperties() {}

    /**
     * The components of a record of properties by the names that they have in a file, those of records in it, too; what is a map
     * is left out, since it may hold secrets.
     *
     * @param prefix such as {@code carillon.health}
     */
    public static ShownSettings of(About about, String prefix, Record properties) {
        List<Setting> settings = new ArrayList<>();
        add(settings, prefix, properties);
        return new ShownSettings(about, settings);
    }

    private static void add(List<Setting> settings, String prefix, Record properties) {
        for (RecordComponent component : properties.getClass().getRecordComponents()) {
            String name = prefix + "."
                    + component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
            try {
                component.getAccessor().setAccessible(true);
                Object value = component.getAccessor().invoke(properties);
                if (value instanceof Record nested) {
                    add(settings, name, nested);
                } else if (!(value instanceof Map)) {
                    settings.add(Setting.of(name, value == null ? "" : value));
                }
            } catch (IllegalAccessException | InvocationTargetException e) {
                throw new IllegalStateException(name, e);
            }
        }
    }
}
