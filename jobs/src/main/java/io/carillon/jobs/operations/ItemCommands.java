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
package io.carillon.jobs.operations;

import java.time.Instant;
import java.util.List;

/**
 * What can be done to running items and to instances: orders that an instance of Carillon takes. Thread-safe; each call waits
 * until the instances have taken the order.
 *
 * <p>All methods throw {@link IllegalStateException} when the registry does not answer in time, or an instance does not take the
 * order in time: it is withdrawn then. {@code by} and {@code reason} are kept with what comes of it; they win over those of
 * {@link JobCommands#as}.
 */
public interface ItemCommands {

    /**
     * Interrupts all items of a job that run now, wherever they run. They end as interrupted and are not tried again. Code that
     * ignores the interrupt goes on; its item stays claimed.
     *
     * @throws java.util.NoSuchElementException when there is no such job
     */
    void interrupt(String jobName, String by, String reason);

    /** {@link #interrupt(String, String, String)} for one item; nothing happens when it does not run. */
    void interrupt(String jobName, int item, String by, String reason);

    /**
     * Runs those items once more whose last run did not end well, as of the latest firing in which one did not, with its {@code
     * scheduledTime()}. An owner that is busy with the job runs them afterwards.
     *
     * @return the items; empty when there are none
     * @throws IllegalStateException also when the owner of one is not an instance of Carillon that is online; nothing is run then
     * @throws java.util.NoSuchElementException when there is no such job
     */
    List<Integer> rerunFailed(String jobName);

    /** {@link #rerunFailed(String)} for the firing that was due at that time. */
    List<Integer> rerunFailed(String jobName, Instant scheduledTime);

    /**
     * Drains an instance: it hands the items of all its jobs over at a safe point and takes no part until {@link #undrain}, or
     * until its process starts again. Returns when the instance has begun.
     *
     * @param instance its id
     * @throws java.util.NoSuchElementException when no such instance of Carillon is online
     */
    void drain(String instance, String by, String reason);

    /**
     * Lets a drained instance take part again.
     *
     * @throws java.util.NoSuchElementException when no such instance is drained
     */
    void undrain(String instance, String by, String reason);
}
