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
package io.carillon.console.web;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Tables for spreadsheets. A cell that a spreadsheet would take for a formula gets an apostrophe before it; a byte order mark
 * tells it the encoding.
 */
public final class Csv {
    private Csv() {}

    /**
     * Writes a file to be kept.
     *
     * @param name the file's, of letters, digits, {@code -} and {@code .}
     */
    public static void write(HttpServletResponse response, String name, List<List<String>> rows) throws IOException {
        response.setContentType("text/csv;charset=UTF-8");
        response.setHeader("Content-Disposition", "attachment; filename=\"" + name + "\"");
        response.getOutputStream().write(text(rows).getBytes(StandardCharsets.UTF_8));
    }

    /** The file's text. */
    static String text(List<List<String>> rows) {
        StringBuilder text = new StringBuilder("\ufeff");
        for (List<String> row : rows) {
            for (int i = 0; i < row.size(); i++) {
                text.append(i == 0 ? "" : ",").append(cell(row.get(i)));
            }
            text.append("\r\n");
        }
        return text.toString();
    }

    private static String cell(String text) {
        // also after blanks, and in the wide forms that Chinese and Japanese spreadsheets know
        boolean formula = text.matches("(?s)[\\s\\u3000]*[=+@|%\\uff1d\\uff0b\\uff0d\\uff20-].*")
                || text.matches("(?s)[\\t\\r\\n].*");
        return '"' + (formula ? "'" : "") + text.replace("\"", "\"\"") + '"';
    }
}
