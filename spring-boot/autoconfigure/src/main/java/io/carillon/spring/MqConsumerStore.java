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
 * Stores that a message was received: the inbox row and the method's own writes are in one transaction, a message whose
 * effect is committed is not handled again, and its producer gets a confirmation.
 *
 * <p>On a {@link ReliableListener} method it says what is so anyway, and changes nothing. On another method of a bean that
 * takes a {@link io.carillon.messages.ReceivedMessage}, called by the application's own broker client, it adds the inbox:
 * the method runs in the caller's transaction, or in a new one, and is skipped for a duplicate. Such a method must
 * return nothing.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface MqConsumerStore {}
