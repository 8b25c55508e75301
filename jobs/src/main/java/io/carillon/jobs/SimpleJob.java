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

/** A job that is called once per firing and sharding item. */
@FunctionalInterface
public interface SimpleJob extends ElasticJob {

    /**
     * Does the work of one sharding item.
     *
     * <p>Called at most once at a time for an item across the cluster while the claim holds; see
     * {@link ShardingContext#isClaimHeld()}. Not called for an item that is disabled, or that nobody could claim.
     *
     * @param shardingContext which item of how many, with its parameters and its fence
     * @throws Exception whatever went wrong: the item is recorded as failed and the job's error handler is told; other
     *     items are not affected
     */
    void execute(ShardingContext shardingContext) throws Exception;
}
