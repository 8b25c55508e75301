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
package io.carillon.jobs;

/**
 * A setting that cannot be accepted. The message has the shape {@code name: value (expected: ...)}, followed by what to do.
 */
public final class InvalidSettingException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;
    private static final int LONGEST_VALUE = 300;

    private final String problem;

    /**
     * @param setting the setting's name as the user writes it
     * @param value the refused value
     * @param expected what would have been accepted
     * @param advice what to do now, one sentence
     */
    public InvalidSettingException(String setting, Object value, String expected, String advice) {
        super(problem(setting, value, expected) + " " + advice);
        this.problem = problem(setting, value, expected);
    }

    /** What is wrong: setting, value and what was expected, without the advice. */
    public String problem() {
        return problem;
    }

    private static String problem(String setting, Object value, String expected) {
        String text = String.valueOf(value);
        if (text.length() > LONGEST_VALUE) {
            text = text.substring(0, LONGEST_VALUE) + "... (" + text.length() + " characters)";
        }
        return setting + ": " + text + " (expected: " + expected + ").";
    }
}
