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
package io.carillon.jobs;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Says on a job's class how to run it, with all settings of {@link JobConfiguration}; {@link JobEngine#schedule(ElasticJob)}
 * reads it. The attributes and their defaults are those of ElasticJob's annotation of this name.
 *
 * <p>In Spring Boot the annotated beans are scheduled; {@code @ElasticJobScan} finds the classes and makes them beans.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface ElasticJobConfiguration {

    /** Unique within the namespace; cannot be changed later: another name is another job. */
    String jobName();

    /** When it fires: a cron expression in Quartz syntax, 6 or 7 fields; empty: it runs only when it is triggered. */
    String cron() default "";

    /** The zone of the cron expression, such as {@code Asia/Shanghai}; empty: the zone of the JVM. */
    String timeZone() default "";

    /** Into how many sharding items the job is cut, 1 to {@value JobConfiguration#MAX_SHARDING_TOTAL_COUNT}. */
    int shardingTotalCount();

    /** A parameter for single items: {@code 0=a,1=b,2=c}, items from 0 to {@link #shardingTotalCount()} - 1. */
    String shardingItemParameters() default "";

    /** A parameter that all items share. */
    String jobParameter() default "";

    /** Whether a running item is marked in the registry; needed for failover and against overlaps. */
    boolean monitorExecution() default true;

    /** Whether another instance repeats at once the items of an instance that died while running them. */
    boolean failover() default false;

    /** Whether a firing that came due during a long run is made up for, once, after it. */
    boolean misfire() default true;

    /** The largest clock difference to the registry in seconds; negative switches the check off. */
    int maxTimeDiffSeconds() default -1;

    /** Every how many minutes lost owners are looked for; below 1 switches it off. */
    int reconcileIntervalMinutes() default 10;

    /** The type of the sharding strategy; empty: {@code AVG_ALLOCATION}. */
    String jobShardingStrategyType() default "";

    /** The type that says how many items run at once on an instance; empty: {@code CPU}. */
    String jobExecutorThreadPoolSizeProviderType() default "";

    /** The type of the error handler; empty: {@code LOG}. */
    String jobErrorHandlerType() default "";

    /** The types of the listeners that are told of each firing. */
    String[] jobListenerTypes() default {};

    /** What the attributes cannot say: each is made once, and adds to the configuration, in this order. */
    Class<? extends Extra>[] extraConfigurations() default {};

    /** A sentence for the console. */
    String description() default "";

    /** Free properties, such as {@code streaming.process}; keys that begin with {@code carillon.} are Carillon's own. */
    Prop[] props() default {};

    /** Whether the server starts out disabled for this job. */
    boolean disabled() default false;

    /** Whether these values replace the ones that the registry holds from an earlier start. */
    boolean overwrite() default false;

    /** The label by which instances find jobs that are put up for them; empty: none. */
    String label() default "";

    /** Whether items stay with their first owners, even when those leave. */
    boolean staticSharding() default false;

    /** One property of a job. */
    @Documented
    @Retention(RetentionPolicy.RUNTIME)
    @Target({})
    @interface Prop {

        /** Its name. */
        String key();

        /** Its value. */
        String value() default "";
    }

    /** Adds to a configuration what is only known when the program runs. Has a constructor without parameters. */
    @FunctionalInterface
    interface Extra {

        /**
         * Changes what the attributes say.
         *
         * @param configuration with the values of all attributes, not yet checked
         */
        void addTo(JobConfiguration.Builder configuration);
    }
}
