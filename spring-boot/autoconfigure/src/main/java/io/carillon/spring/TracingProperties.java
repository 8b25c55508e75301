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
package io.carillon.spring;

import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties {@code carillon.jobs.tracing.*}: events of jobs in ElasticJob's tables. Immutable.
 *
 * @param enabled whether events are traced
 * @param dataSource the name of the data source's bean; empty: the application's only or primary one
 * @param createTables whether missing tables are created
 * @param includeJobNames only these jobs; empty: all
 * @param excludeJobNames not these jobs; not together with the former
 */
@ConfigurationProperties(prefix = "carillon.jobs.tracing", ignoreUnknownFields = false)
public record TracingProperties(
        @DefaultValue("false") boolean enabled,
        @DefaultValue("") String dataSource,
        @DefaultValue("false") boolean createTables,
        @DefaultValue Set<String> includeJobNames,
        @DefaultValue Set<String> excludeJobNames) {

    public TracingProperties {
        includeJobNames = Set.copyOf(includeJobNames);
        excludeJobNames = Set.copyOf(excludeJobNames);
        if (!includeJobNames.isEmpty() && !excludeJobNames.isEmpty()) {
            throw new InvalidPropertyException(
                    "carillon.jobs.tracing.exclude-job-names",
                    excludeJobNames,
                    "nothing, as include-job-names is set",
                    "Name either the jobs that are traced, or those that are not.");
        }
    }
}
