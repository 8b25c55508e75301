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
 * Sends the message of a bean's method when the method has done its work: the method either returns a {@link
 * io.carillon.messages.Message} (or an {@code Optional} or a {@code Collection} of them), or takes one as an argument. A
 * returned one goes before an argument; null or empty sends nothing.
 *
 * <p>{@link SendType#WAIT_CONFIRM} and {@link SendType#SAVE_AND_SEND} give the same guarantee: the message is written in
 * the method's transaction after the method returned, and is sent after the commit, never before. When the method throws,
 * nothing is written. The method must run in a transaction, its own ({@code @Transactional}) or its caller's; otherwise the
 * call fails with an {@link IllegalStateException} before the method runs. The advice always runs inside the
 * method's own transaction, whatever the order of other advice.
 *
 * <p>As with every advice, calls from within the same object are not seen.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface MqProducerStore {

    /** How the message is sent. */
    SendType sendType() default SendType.WAIT_CONFIRM;

    /** How a message is sent; the names are paascloud's. */
    enum SendType {
        /** Written in the method's transaction, sent after the commit, kept until every subscriber has confirmed it. */
        WAIT_CONFIRM,
        /** The same as {@link #WAIT_CONFIRM}: both names are kept for those who move. */
        SAVE_AND_SEND,
        /**
         * Handed to the broker after the commit, or at once where there is no transaction; not written down. It is lost when
         * the broker is away or the process dies; that it could not be sent is logged, nothing more. Never use it for what
         * must arrive.
         */
        DIRECT_SEND
    }
}
