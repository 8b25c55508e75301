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
package io.carillon.it;

import org.apache.shardingsphere.elasticjob.api.ShardingContext;
import org.apache.shardingsphere.elasticjob.simple.job.SimpleJob;

/**
 * The job of the mixed clusters, in ElasticJob's terms: prints {@code RUN <second> <item>} when it begins and {@code END
 * <second> <item>} when it ends. Carillon's side has a class of the same name, as a migrated job has.
 */
public final class MixedJob implements SimpleJob {

    private final long workMillis;

    /** @param workMillis how long a run takes */
    public MixedJob(long workMillis) {
        this.workMillis = workMillis;
    }

    @Override
    public void execute(ShardingContext context) {
        long second = PeerTime.epochSecond();
        System.out.println("RUN " + second + " " + context.getShardingItem());
        PeerTime.pause(workMillis);
        System.out.println("END " + second + " " + context.getShardingItem());
    }
}
