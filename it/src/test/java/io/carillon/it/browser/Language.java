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
package io.carillon.it.browser;

import io.carillon.console.text.Texts;

/** The languages of the console. */
enum Language {
    ENGLISH(Texts.ENGLISH),
    CHINESE(Texts.CHINESE);

    final Texts texts;

    Language(Texts texts) {
        this.texts = texts;
    }

    /** What a page says in this language. */
    String say(String key, Object... values) {
        return texts.get(key, values);
    }

    /** The tag in names of files. */
    String tag() {
        return texts.locale().getLanguage();
    }
}
