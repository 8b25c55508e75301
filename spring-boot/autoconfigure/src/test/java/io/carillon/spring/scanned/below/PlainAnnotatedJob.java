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
package io.carillon.spring.scanned.below;

import io.carillon.jobs.ElasticJobConfiguration;
import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.SimpleJob;

/** Found in a package below the one that is scanned. */
@ElasticJobConfiguration(jobName = "below", shardingTotalCount = 1)
public class PlainAnnotatedJob implements SimpleJob {

    @Override
    public void execute(ShardingContext context) {}
}
