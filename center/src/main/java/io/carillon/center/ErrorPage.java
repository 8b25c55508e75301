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
package io.carillon.center;

import io.carillon.console.web.Pages;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.RequestMapping;

/** Answers what nothing else answers, in words: a page, or problem JSON below {@code /api}. Thread-safe. */
@Controller
final class ErrorPage implements ErrorController {
    private static final Logger log = LoggerFactory.getLogger(ErrorPage.class);

    private final Pages pages;

    ErrorPage(Pages pages) {
        this.pages = pages;
    }

    @RequestMapping("/error")
    void show(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (response.isCommitted()) {
            return; // answered already, and hung up on
        }
        Object code = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE);
        int status = code instanceof Integer number ? number : HttpServletResponse.SC_NOT_FOUND;
        String number = UUID.randomUUID().toString().substring(0, 8);
        if (status >= 500) {
            log.error(
                    "{} {} failed, number {}",
                    request.getMethod(),
                    request.getAttribute(RequestDispatcher.ERROR_REQUEST_URI),
                    number,
                    (Throwable) request.getAttribute(RequestDispatcher.ERROR_EXCEPTION));
        }
        if (String.valueOf(request.getAttribute(RequestDispatcher.ERROR_REQUEST_URI))
                .startsWith(request.getContextPath() + "/api/")) {
            response.setStatus(status);
            response.setContentType("application/problem+json");
            response.getOutputStream()
                    .write(("{\"status\":" + status + ",\"title\":\""
                                    + (status >= 500
                                            ? "Failed; see the log under number " + number
                                            : "Not answered here")
                                    + "\"}")
                            .getBytes(StandardCharsets.UTF_8));
        } else if (status >= 500) {
            pages.problem(request, response, status, "problem.broken", number);
        } else {
            pages.problem(request, response, status, "problem.notFound");
        }
    }
}
