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
package io.carillon.console;

import io.carillon.messages.Message;
import org.jspecify.annotations.Nullable;

/**
 * What readers of the console see of a message's payload and headers: a bean of the host's. Thread-safe. Without one all is shown
 * to whoever may see messages.
 *
 * <p>It is asked each time a message is shown, and only then; when it throws, neither payload nor headers are shown.
 */
@FunctionalInterface
public interface PayloadRedaction {
    /** Everything is shown. */
    PayloadRedaction NONE = (store, message) -> message;

    /**
     * The message as it may be shown: only payload, content type and headers of the answer are looked at.
     *
     * @param store the store's name
     * @return null: neither payload nor headers are shown
     */
    @Nullable
    Message shown(String store, Message message);
}
