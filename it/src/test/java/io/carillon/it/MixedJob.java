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

import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.SimpleJob;
import io.carillon.launcher.SystemTime;
import java.time.Duration;

/**
 * The job of the mixed clusters, in Carillon's terms: prints {@code RUN <second> <item>} when it begins and {@code END
 * <second> <item>} when it ends. ElasticJob's side has a class of the same name, as a migrated job has.
 */
public final class MixedJob implements SimpleJob {

    private final Duration work;

    /** @param work how long a run takes */
    public MixedJob(Duration work) {
        this.work = work;
    }

    @Override
    public void execute(ShardingContext context) throws InterruptedException {
        String run = context.scheduledTime().getEpochSecond() + " " + context.getShardingItem();
        System.out.println("RUN " + run);
        SystemTime.pause(work);
        System.out.println("END " + run);
    }
}
