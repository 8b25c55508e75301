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
package io.carillon.shop.common;

import io.carillon.messages.model.MessageId;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;

/** Rows of another time, for the demo. Stateless. */
public final class DemoTimes {

    private DemoTimes() {}

    /** A message id as it would have been made at a time; cleaning goes by the time in the id. */
    public static MessageId idMadeAt(Instant time) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return MessageId.of(time, random.nextLong(), random.nextLong());
    }
}
