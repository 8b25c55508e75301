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

import io.carillon.messages.InvalidMessageException;
import io.carillon.messages.TopicRefusedException;
import jakarta.servlet.http.HttpServletRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.web.HttpMediaTypeNotSupportedException;
import org.springframework.web.bind.MissingServletRequestParameterException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;

/** Answers what the controllers of this package refuse, as problem JSON (RFC 9457). Thread-safe. */
@RestControllerAdvice(basePackageClasses = ApiProblem.class)
public final class ApiProblem {

    private static final Logger log = LoggerFactory.getLogger(ApiProblem.class);
    private static final String UNCHANGED = ". Nothing was changed; correct the request.";

    /** An answer with a status of its own. */
    static final class ProblemException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final transient ResponseEntity<Object> answer;

        ProblemException(HttpStatus status, String detail) {
            this(status, detail, Map.of());
        }

        ProblemException(HttpStatus status, String detail, Map<String, Object> more) {
            super(detail);
            this.answer = problem(status, detail, more);
        }
    }

    static ProblemException invalid(String name, Object value, String expected) {
        return new ProblemException(
                HttpStatus.BAD_REQUEST, name + ": " + value + " (expected: " + expected + ")" + UNCHANGED);
    }

    static ProblemException missing(String what, Object value, String expected) {
        return new ProblemException(
                HttpStatus.NOT_FOUND, what + ": " + value + ", not there (expected: " + expected + ")");
    }

    static ResponseEntity<Object> problem(HttpStatus status, String detail, Map<String, Object> more) {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, detail);
        new LinkedHashMap<>(more).forEach(problem::setProperty);
        return ResponseEntity.status(status)
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .body(problem);
    }

    @ExceptionHandler
    ResponseEntity<Object> known(ProblemException e) {
        return e.answer;
    }

    @ExceptionHandler
    ResponseEntity<Object> topic(TopicRefusedException e) {
        return problem(HttpStatus.UNPROCESSABLE_CONTENT, String.valueOf(e.getMessage()), Map.of());
    }

    @ExceptionHandler
    ResponseEntity<Object> invalid(InvalidMessageException e) {
        return problem(HttpStatus.BAD_REQUEST, String.valueOf(e.getMessage()), Map.of());
    }

    @ExceptionHandler
    ResponseEntity<Object> refused(CallerIdentity.RefusedException e) {
        return problem(HttpStatus.valueOf(e.status()), String.valueOf(e.getMessage()), Map.of());
    }

    @ExceptionHandler
    ResponseEntity<Object> argument(IllegalArgumentException e) {
        return problem(HttpStatus.BAD_REQUEST, String.valueOf(e.getMessage()), Map.of());
    }

    @ExceptionHandler
    ResponseEntity<Object> unreadable(HttpMessageNotReadableException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof BodyLimit.TooLargeException tooLarge) {
                return problem(HttpStatus.CONTENT_TOO_LARGE, String.valueOf(tooLarge.getMessage()), Map.of());
            }
        }
        return problem(HttpStatus.BAD_REQUEST, "body: unreadable (expected: a JSON object)" + UNCHANGED, Map.of());
    }

    @ExceptionHandler
    ResponseEntity<Object> mediaType(HttpMediaTypeNotSupportedException e) {
        return problem(
                HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                "Content-Type: " + e.getContentType() + " (expected: application/json)" + UNCHANGED,
                Map.of());
    }

    @ExceptionHandler
    ResponseEntity<Object> parameter(MissingServletRequestParameterException e) {
        return problem(
                HttpStatus.BAD_REQUEST, e.getParameterName() + ": not set (expected: a text)" + UNCHANGED, Map.of());
    }

    @ExceptionHandler
    ResponseEntity<Object> parameter(MethodArgumentTypeMismatchException e) {
        Class<?> type = e.getRequiredType();
        return problem(
                HttpStatus.BAD_REQUEST,
                e.getName() + ": " + e.getValue() + " (expected: "
                        + (type == null ? "another value" : type.getSimpleName()) + ")" + UNCHANGED,
                Map.of());
    }

    /** What is our fault, or the database's: the text goes to the log. */
    @ExceptionHandler
    ResponseEntity<Object> failed(RuntimeException e, HttpServletRequest request) {
        log.error("{} {} failed", request.getMethod(), request.getRequestURI(), e);
        return problem(
                HttpStatus.SERVICE_UNAVAILABLE,
                "store: " + e.getClass().getSimpleName() + " (expected: an answer). Whether anything was changed is not"
                        + " known; repeat the call with the same id. The log says more.",
                Map.of());
    }
}
