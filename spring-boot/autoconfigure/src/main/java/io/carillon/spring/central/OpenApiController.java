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
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Serves the description of the HTTP API, as OpenAPI 3.1. Immutable. */
@RestController
final class OpenApiController {

    private static final String RESOURCE = "openapi.yaml";

    private final byte[] document;

    OpenApiController() throws IOException {
        try (InputStream file = OpenApiController.class.getResourceAsStream(RESOURCE)) {
            if (file == null) {
                throw new IOException(RESOURCE + ": not on the class path (expected: next to this class)");
            }
            this.document = file.readAllBytes();
        }
    }

    @GetMapping("/api/v1/openapi.yaml")
    ResponseEntity<byte[]> document() {
        return ResponseEntity.ok()
                .contentType(MediaType.valueOf("application/yaml"))
                .body(document);
    }
}
