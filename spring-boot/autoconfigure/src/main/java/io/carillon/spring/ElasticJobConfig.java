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

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.stereotype.Component;

/**
 * Makes a class a bean and an elastic job: put it on a {@link io.carillon.jobs.SimpleJob} or a {@link
 * io.carillon.jobs.DataflowJob}.
 *
 * <p>The job is scheduled when all singletons of the application exist, and left before the registry is closed. Text
 * attributes may hold {@code ${...}} placeholders. Each attribute can be overridden by a property, for example {@code
 * carillon.jobs.schedules.<name>.cron}, where the name is the job's name or the simple name of its class.
 *
 * <p>What goes beyond ElasticJob's own attributes can be left out; the defaults are paascloud's.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Component
public @interface ElasticJobConfig {

    /** When it fires: a cron expression in Quartz syntax, 6 or 7 fields. */
    String cron();

    /** Into how many sharding items the job is cut, 1 to 10,000. */
    int shardingTotalCount() default 1;

    /** A parameter for single items: {@code 0=a,1=b,2=c}, items from 0 to {@link #shardingTotalCount()} - 1. */
    String shardingItemParameters() default "";

    /** A parameter that all items share. */
    String jobParameter() default "";

    /** Whether another instance repeats at once the items of an instance that died while running them. */
    boolean failover() default false;

    /** Whether a firing that came due during a long run is made up for, once, after it. */
    boolean misfire() default true;

    /** The job's name, unique within the registry's namespace; empty: the name of the class. */
    String jobName() default "";

    /** The zone of the cron expression, such as {@code Asia/Shanghai}; empty: the zone of the JVM. */
    String zone() default "";

    /** A sentence for the console. */
    String description() default "";

    /** Whether a running item is marked in the registry; needed for failover and against overlaps. */
    boolean monitorExecution() default true;

    /** The largest clock difference to the registry in seconds; negative switches the check off. */
    int maxTimeDiffSeconds() default -1;

    /** Every how many minutes lost owners are looked for; below 1 switches it off. */
    int reconcileIntervalMinutes() default 10;

    /** The type of the sharding strategy, such as {@code AVG_ALLOCATION}, which is what empty means. */
    String jobShardingStrategyType() default "";

    /** Whether these values replace the ones that the registry holds from an earlier start. */
    boolean overwrite() default true;

    /** Whether the job starts switched off on this server. */
    boolean disabled() default false;

    /** For a {@link io.carillon.jobs.DataflowJob}: whether one firing repeats until nothing more is fetched. */
    boolean streamingProcess() default false;
}
