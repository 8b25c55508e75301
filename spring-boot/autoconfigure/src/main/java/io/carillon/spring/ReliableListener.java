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

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Subscribes a bean's method to a topic. The method takes one {@link io.carillon.messages.ReceivedMessage}, or a {@code List}
 * of them; what it writes to the database commits together with the inbox rows, so a message has its effect once, however
 * often it arrives.
 *
 * <p>When the method throws, the transaction is rolled back and the message comes again after a while; after {@code
 * carillon.messages.max-deliveries} times, or at once after an {@link io.carillon.messages.UnreadableMessageException}, it is
 * parked with the reason. The messages of a list come again one by one. It is not called for a message whose effect is already
 * committed. Text attributes may hold {@code ${...}} placeholders.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface ReliableListener {

    /** The topic. */
    String topic();

    /** The wanted tags; empty for all. */
    String[] tags() default {};

    /** The consumer group; empty: {@code carillon.messages.consumer-group}. */
    String group() default "";

    /** How many calls run at once on this instance, at most. */
    int concurrency() default 4;

    /** Whether the messages of a key are handled one after the other, in the order in which the broker got them. */
    boolean ordered() default false;

    /** For a method that takes a list: how many messages one call gets, at most; 1 to 1000 divided by the concurrency. */
    int batchSize() default 50;

    /** For a method that takes a list: how long a call waits for its list to become full, in milliseconds. */
    long batchDelayMillis() default 20;
}
