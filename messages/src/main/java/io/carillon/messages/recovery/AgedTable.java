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
package io.carillon.messages.recovery;

import java.time.Instant;
import java.util.function.BooleanSupplier;

/**
 * A table whose rows are of use only for a time: the run history, the marks of transactions, the audit. Thread-safe; two
 * cleanings at once do no harm.
 */
public interface AgedTable {

    /** The table's name, for logs. */
    String name();

    /**
     * Deletes the rows that are older than {@code bound}, oldest first along the key, in transactions of their own, until
     * none is left or {@code goOn} says no.
     *
     * @param batch rows per transaction at most, 1 to 10,000
     * @param goOn asked after each batch that may not have been the last
     */
    Done clean(Instant bound, int batch, BooleanSupplier goOn);

    /**
     * What a cleaning did. Immutable.
     *
     * @param more whether rows may be left that are old enough
     */
    record Done(long deleted, boolean more) {}
}
