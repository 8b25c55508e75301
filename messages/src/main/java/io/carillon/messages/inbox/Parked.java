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
package io.carillon.messages.inbox;

import io.carillon.messages.ReceivedMessage;
import java.time.Instant;

/**
 * A message that a group could not handle. Immutable.
 *
 * @param message what was received; its delivery attempt is how often it was handed over in vain
 * @param reason what the handler threw last
 * @param at when it was parked, or failed again
 */
public record Parked(ReceivedMessage message, String reason, Instant at) {}
