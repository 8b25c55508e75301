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
package io.carillon.spring.scanned;

import io.carillon.jobs.ElasticJobConfiguration;
import io.carillon.jobs.ElasticJobConfiguration.Prop;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.SimpleJob;

/** Found by scanning; no annotation of Spring's is on it. */
@ElasticJobConfiguration(
        jobName = "scanned-${test.stage}",
        cron = "${test.cron}",
        timeZone = "Asia/Shanghai",
        shardingTotalCount = 3,
        shardingItemParameters = "0=${test.first},2=c",
        jobParameter = "p",
        monitorExecution = false,
        failover = true,
        misfire = false,
        maxTimeDiffSeconds = 7,
        reconcileIntervalMinutes = 8,
        jobShardingStrategyType = "ODEVITY",
        jobExecutorThreadPoolSizeProviderType = "SINGLE_THREAD",
        jobErrorHandlerType = "IGNORE",
        jobListenerTypes = {"ONE", "TWO"},
        extraConfigurations = FullyAnnotatedJob.Office.class,
        description = "moves things",
        props = {@Prop(key = "streaming.process", value = "true"), @Prop(key = "at", value = "${test.stage}")},
        disabled = true,
        overwrite = true,
        label = "blue",
        staticSharding = true)
public class FullyAnnotatedJob implements SimpleJob {

    /** What an attribute cannot say. */
    public static final class Office implements ElasticJobConfiguration.Extra {
        @Override
        public void addTo(JobConfiguration.Builder configuration) {
            configuration.setProperty("office", "42");
        }
    }

    @Override
    public void execute(ShardingContext context) {}
}
