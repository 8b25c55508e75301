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
package io.carillon.spring.central;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Serves the description of those parts of the HTTP API that are there, as OpenAPI 3.1. Immutable. */
@RestController
final class OpenApiController {

    private static final String RESOURCE = "openapi.yaml";

    private final byte[] document;

    /**
     * @param served the tags of what is there
     * @param server what comes before its paths
     */
    OpenApiController(Set<String> served, String server) throws IOException {
        try (InputStream file = OpenApiController.class.getResourceAsStream(RESOURCE)) {
            if (file == null) {
                throw new IOException(RESOURCE + ": not on the class path (expected: next to this class)");
            }
            String all = new String(file.readAllBytes(), StandardCharsets.UTF_8);
            this.document = part(all, served, server).getBytes(StandardCharsets.UTF_8);
        }
    }

    /** The document without the operations, and the paths, whose tags are not served. */
    private static String part(String all, Set<String> served, String server) {
        StringBuilder part = new StringBuilder();
        int paths = all.indexOf("\npaths:\n") + 1;
        int components = all.indexOf("\ncomponents:\n", paths) + 1;
        for (String line : all.substring(0, paths).split("(?<=\n)")) {
            if (!line.startsWith("  - name: ")
                    || served.contains(line.substring(10).strip())) {
                part.append(line);
            }
        }
        if (!server.isEmpty()) {
            part.append("servers:\n  - url: '").append(server).append("'\n");
        }
        part.append("paths:\n");
        for (String path :
                all.substring(all.indexOf('\n', paths) + 1, components).split("(?m)(?=^ {2}/)")) {
            String[] verbs = path.split("(?m)(?=^ {4}[a-z]+:$)");
            StringBuilder there = new StringBuilder();
            for (int i = 1; i < verbs.length; i++) {
                int tag = verbs[i].indexOf("tags: [") + 7;
                if (served.contains(verbs[i].substring(tag, verbs[i].indexOf(']', tag)))) {
                    there.append(verbs[i]);
                }
            }
            if (!there.isEmpty()) {
                part.append(verbs[0]).append(there);
            }
        }
        return part.append(all.substring(components)).toString();
    }

    @GetMapping("/api/v1/openapi.yaml")
    ResponseEntity<byte[]> document() {
        return ResponseEntity.ok()
                .contentType(MediaType.valueOf("application/yaml"))
                .body(document);
    }
}
