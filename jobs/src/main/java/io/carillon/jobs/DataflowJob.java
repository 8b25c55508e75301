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

import java.util.List;

/**
 * A job that fetches data and processes it, per sharding item.
 *
 * <p>With the property {@code streaming.process=true} the pair is repeated until {@link #fetchData} returns nothing, the
 * claim is lost, or the items must be resharded; without it, it runs once per firing.
 *
 * @param <T> what is fetched and processed
 */
public interface DataflowJob<T> extends ElasticJob {

    /**
     * Fetches the next data of one sharding item.
     *
     * @return the data; an empty list ends the run of this item
     */
    List<T> fetchData(ShardingContext shardingContext) throws Exception;

    /** Processes what {@link #fetchData} returned; not called for an empty list. */
    void processData(ShardingContext shardingContext, List<T> data) throws Exception;
}
