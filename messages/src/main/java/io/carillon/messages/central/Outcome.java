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
package io.carillon.messages.central;

/** What became of the business transaction of a prepared message. */
public enum Outcome {
    /** It committed: the message is to be sent. */
    COMMITTED,
    /** It did not commit and never will: the message is cancelled. */
    ROLLED_BACK,
    /** Not known yet, or the producer does not say. Never read as "rolled back": the producer is asked again later. */
    UNKNOWN
}
