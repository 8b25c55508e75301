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

import io.carillon.messages.central.Outcome;
import io.carillon.messages.central.TransactionMarks;
import io.carillon.messages.model.MessageId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/**
 * Answers the central service's question what became of transactions, from the marks in this service's database: {@code
 * {"ids": [...]}} is answered by {@code {"<id>": "COMMITTED | ROLLED_BACK | UNKNOWN"}}. Asking settles: a transaction that
 * left no mark yet can no longer commit. Thread-safe.
 */
@RestController
public final class MessageCheckController {

    /** The path below the service's address. */
    public static final String PATH = "/carillon/message-check";

    private static final int MOST = 100;

    private final TransactionMarks marks;
    private final String token;

    /** @param token what who asks must send; empty: whoever reaches this service and knows an id may ask */
    MessageCheckController(TransactionMarks marks, String token) {
        this.marks = marks;
        this.token = token;
    }

    /** The question. Immutable. */
    public record Question(@Nullable List<String> ids) {}

    @PostMapping(PATH)
    ResponseEntity<Object> check(
            @RequestHeader(name = "Authorization", defaultValue = "") String authorization,
            @RequestBody Question question) {
        if (!token.isEmpty() && !isExpected(authorization)) {
            return problem(
                    HttpStatus.UNAUTHORIZED,
                    "Authorization: not the token of this service (expected: Bearer and its carillon.central.check-token)."
                            + " Nothing was settled; set carillon.messages.central.check-token in the centre.");
        }
        List<String> ids = question.ids();
        if (ids == null || ids.size() > MOST) {
            return problem(
                    HttpStatus.BAD_REQUEST,
                    "ids: " + (ids == null ? "not set" : ids.size() + " of them") + " (expected: 0.." + MOST
                            + " message ids). Nothing was settled; ask in smaller pages.");
        }
        Map<String, Outcome> outcomes = new LinkedHashMap<>();
        for (String text : ids) {
            MessageId id;
            try {
                id = MessageId.parse(text);
            } catch (IllegalArgumentException e) {
                return problem(HttpStatus.BAD_REQUEST, e.getMessage() + ". Correct the id.");
            }
            outcomes.put(id.toString(), marks.settle(id));
        }
        return ResponseEntity.ok(outcomes);
    }

    private boolean isExpected(String authorization) {
        return MessageDigest.isEqual(
                ("Bearer " + token).getBytes(StandardCharsets.UTF_8), authorization.getBytes(StandardCharsets.UTF_8));
    }

    private static ResponseEntity<Object> problem(HttpStatus status, String detail) {
        return ResponseEntity.of(ProblemDetail.forStatusAndDetail(status, detail))
                .build();
    }
}
