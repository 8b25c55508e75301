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

import io.carillon.jobs.ElasticJob;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.JobEngine;
import io.carillon.jobs.operations.JobCommands;
import io.carillon.jobs.operations.JobQueries;
import io.carillon.jobs.operations.JobStatistics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** An engine that notes what it is asked to schedule, and runs nothing. Thread-safe. */
final class RecordingEngine implements JobEngine {

    final Map<String, JobConfiguration> configurations = new ConcurrentHashMap<>();
    final Map<String, ElasticJob> jobs = new ConcurrentHashMap<>();
    final List<String> events;

    RecordingEngine() {
        this(new ArrayList<>());
    }

    RecordingEngine(List<String> events) {
        this.events = events;
    }

    @Override
    public JobHandle schedule(ElasticJob job, JobConfiguration configuration) {
        String name = configuration.getJobName();
        configurations.put(name, configuration);
        jobs.put(name, job);
        events.add("scheduled " + name);
        return new JobHandle() {
            @Override
            public String jobName() {
                return name;
            }

            @Override
            public void close() {
                events.add("left " + name);
            }
        };
    }

    @Override
    public JobQueries queries() {
        throw new UnsupportedOperationException("a recording engine has no answers");
    }

    @Override
    public JobStatistics statistics() {
        throw new UnsupportedOperationException("a recording engine counts nothing");
    }

    @Override
    public JobCommands commands() {
        throw new UnsupportedOperationException("a recording engine takes no commands");
    }

    @Override
    public void drain() {
        events.add("engine drained");
    }

    @Override
    public void undrain() {
        events.add("engine undrained");
    }

    @Override
    public void close() {
        events.add("engine closed");
    }
}
