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

import io.carillon.shop.accounts.Attachments.Attachment;
import io.carillon.shop.common.Refused;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /attachments}: upload a file, attach it to a document, read it. Thread-safe. */
@RestController
@RequestMapping("/attachments")
final class AttachmentController {

    private final Attachments attachments;
    private final ObjectStore store;
    private final FileSettings settings;
    private final InstantSource time;

    AttachmentController(Attachments attachments, ObjectStore store, FileSettings settings, InstantSource time) {
        this.attachments = attachments;
        this.store = store;
        this.settings = settings;
        this.time = time;
    }

    /**
     * Takes a file. Its row is committed before the object is written: when anything fails in between, the row has no
     * reference and the maintenance job cleans up.
     */
    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    Map<String, String> upload(@RequestBody byte[] content) {
        if (content.length > settings.maxBytes()) {
            throw new Refused(
                    HttpStatus.CONTENT_TOO_LARGE,
                    "file: " + content.length + " bytes (expected: at most " + settings.maxBytes()
                            + "). Nothing was written; send a smaller file or raise shop.files.max-bytes.");
        }
        String id = UUID.randomUUID().toString();
        String key = objectKey(id);
        attachments.add(id, key, time.instant());
        store.put(key, content, MediaType.APPLICATION_OCTET_STREAM_VALUE);
        return Map.of("id", id);
    }

    /** Attaches a file to a document; from then on no job deletes it. */
    @PostMapping("/{id}/attach")
    Map<String, String> attach(@PathVariable String id, @RequestParam String refNo) {
        Refused.checkText("refNo", refNo, 80);
        if (!attachments.attach(id, refNo)) {
            Attachment attachment = find(id);
            throw new Refused(
                    HttpStatus.CONFLICT,
                    "attachment " + id + ": " + attachment.state() + " (expected: UPLOADED). Nothing was changed; "
                            + (attachment.state().equals("ATTACHED")
                                    ? "it belongs to " + attachment.refNo() + "."
                                    : "it stayed unattached too long and is being deleted, upload it again."));
        }
        return Map.of("id", id, "refNo", refNo);
    }

    @GetMapping("/{id}")
    ResponseEntity<byte[]> read(@PathVariable String id) {
        Attachment attachment = find(id);
        byte[] content = store.get(attachment.objectKey()).orElseThrow(() -> notThere(id));
        return ResponseEntity.ok()
                .contentType(MediaType.APPLICATION_OCTET_STREAM)
                .body(content);
    }

    private Attachment find(String id) {
        return attachments.find(id).orElseThrow(() -> notThere(id));
    }

    private static Refused notThere(String id) {
        return new Refused(
                HttpStatus.NOT_FOUND,
                "attachment: " + id + " (expected: the id of an uploaded file). Nothing was done; it may have been"
                        + " deleted because nobody attached it in time.");
    }

    static String objectKey(String id) {
        return "uploads/" + id;
    }
}
