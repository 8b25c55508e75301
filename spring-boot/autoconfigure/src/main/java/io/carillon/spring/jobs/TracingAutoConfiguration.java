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

import io.carillon.jobs.JobEngine;
import io.carillon.spring.InvalidPropertyException;
import io.carillon.spring.JobsProperties;
import io.carillon.store.jdbc.EventTracing;
import javax.sql.DataSource;
import org.springframework.beans.BeansException;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** Events of jobs in ElasticJob's tables, where {@code carillon.jobs.tracing.enabled} is set. Told by the job engine. */
@AutoConfiguration(
        before = JobsAutoConfiguration.class,
        afterName = "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration")
@ConditionalOnClass({JobEngine.class, EventTracing.class})
@ConditionalOnBooleanProperty("carillon.jobs.tracing.enabled")
@EnableConfigurationProperties(JobsProperties.class)
public class TracingAutoConfiguration {

    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    EventTracing carillonEventTracing(JobsProperties jobs, BeanFactory beans) {
        JobsProperties.Tracing properties = jobs.tracing();
        DataSource dataSource;
        try {
            dataSource = properties.dataSource().isEmpty()
                    ? beans.getBean(DataSource.class)
                    : beans.getBean(properties.dataSource(), DataSource.class);
        } catch (BeansException e) {
            throw new InvalidPropertyException(
                    "carillon.jobs.tracing.data-source",
                    properties.dataSource(),
                    "the name of a data source's bean, or nothing where there is one data source",
                    "Correct the name, or set carillon.jobs.tracing.enabled=false.",
                    e);
        }
        return EventTracing.start(
                dataSource,
                new EventTracing.Settings(
                        properties.createTables(), properties.includeJobNames(), properties.excludeJobNames()));
    }
}
