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

import io.carillon.console.access.Accounts.AccountException;
import io.carillon.console.ask.TimeLimit.NotAnsweredException;
import io.carillon.console.command.RefusedException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;

/** Says what was refused: to a reader in words, to a program as problem details. Thread-safe. */
@ControllerAdvice(basePackages = "io.carillon.console")
public final class SayRefused {
    private final Pages pages;

    public SayRefused(Pages pages) {
        this.pages = pages;
    }

    /** A body that is missing, is not JSON, or is other JSON than is expected. */
    @ExceptionHandler({HttpMessageNotReadableException.class, MethodArgumentTypeMismatchException.class})
    void sayUnreadable(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Integer refused = Gate.bodyRefused(request);
        say(
                refused == null
                        ? new RefusedException(400, "problem.body")
                        : new RefusedException(refused, refused == 408 ? "problem.tooSlow" : "problem.tooLarge"),
                request,
                response);
    }

    /** What the users' own rules do not allow. */
    @ExceptionHandler(AccountException.class)
    void sayAccount(AccountException refused, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        String text = Pages.texts(request).get(refused.key(), refused.values());
        say(new RefusedException(422, "problem.invalid", text), request, response);
    }

    /** Users, sessions and saved views cannot be read. */
    @ExceptionHandler(NotAnsweredException.class)
    void sayStore(HttpServletRequest request, HttpServletResponse response) throws IOException {
        say(new RefusedException(503, "problem.accounts"), request, response);
    }

    @ExceptionHandler(RefusedException.class)
    void say(RefusedException refused, HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (request.getRequestURI().startsWith(pages.base(request) + "/api/")) {
            pages.problemJson(request, response, refused.status(), refused.key(), refused.values());
        } else {
            pages.problem(request, response, refused.status(), refused.key(), refused.values());
        }
    }
}
