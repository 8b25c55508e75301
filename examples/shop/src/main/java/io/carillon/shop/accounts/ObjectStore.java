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
package io.carillon.shop.accounts;

import java.util.Optional;

/** The port to the store of uploaded files. Thread-safe. */
public interface ObjectStore {

    /**
     * Keeps an object, in the place of one of the same key.
     *
     * @throws RuntimeException it is not known whether the object is kept
     */
    void put(String key, byte[] content, String contentType);

    /** The object's content; empty when there is none. */
    Optional<byte[]> get(String key);

    /**
     * Removes an object. An object that is not there is a success: somebody was faster, or it never came.
     *
     * @throws RuntimeException it is not known whether the object is gone; to be tried again
     */
    void delete(String key);
}
