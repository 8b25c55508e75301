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

/**
 * A command that cannot be carried out as the job is at present; nothing was changed. Its message says what stands in the way and
 * what to do.
 */
public final class NotNowException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    public NotNowException(String message) {
        super(message);
    }
}
