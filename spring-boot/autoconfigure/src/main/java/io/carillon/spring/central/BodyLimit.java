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

import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Refuses bodies that are too large with 413, before they are in memory. Reads on to the end of a refused body, up to a
 * bound, so that its sender gets the answer and not a broken connection. Thread-safe.
 */
final class BodyLimit extends OncePerRequestFilter {

    private static final long MOST_DRAINED = 64L * 1024 * 1024;

    private final long most;

    /** Takes bodies of at most so many bytes. */
    BodyLimit(long most) {
        this.most = most;
    }

    /** The body grew beyond the limit while it was read. */
    static final class TooLargeException extends IOException {

        private static final long serialVersionUID = 1L;

        TooLargeException(String message) {
            super(message);
        }
    }

    private String told(String size) {
        return "body: " + size + " (expected: at most " + most + " bytes). Nothing was changed; send less at once, or a"
                + " reference to the content.";
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (request.getContentLengthLong() > most) {
            drain(request.getInputStream());
            response.setStatus(HttpServletResponse.SC_REQUEST_ENTITY_TOO_LARGE);
            response.setContentType("application/problem+json");
            response.getOutputStream()
                    .write(("{\"title\":\"Content Too Large\",\"status\":413,\"detail\":\""
                                    + told(request.getContentLengthLong() + " bytes") + "\"}")
                            .getBytes(StandardCharsets.UTF_8));
            return;
        }
        chain.doFilter(new Limited(request), response);
    }

    private static void drain(InputStream body) throws IOException {
        byte[] part = new byte[8192];
        long read = 0;
        for (int n = body.read(part); n >= 0 && read < MOST_DRAINED; n = body.read(part)) {
            read += n;
        }
    }

    private final class Limited extends HttpServletRequestWrapper {

        Limited(HttpServletRequest request) {
            super(request);
        }

        @Override
        public ServletInputStream getInputStream() throws IOException {
            ServletInputStream body = super.getInputStream();
            return new ServletInputStream() {
                private long left = most;

                @Override
                public int read() throws IOException {
                    int next = body.read();
                    count(next < 0 ? 0 : 1);
                    return next;
                }

                @Override
                public int read(byte[] bytes, int offset, int length) throws IOException {
                    int read = body.read(bytes, offset, length);
                    count(Math.max(0, read));
                    return read;
                }

                private void count(int read) throws IOException {
                    left -= read;
                    if (left < 0) {
                        drain(body);
                        throw new TooLargeException(told("more than " + most + " bytes"));
                    }
                }

                @Override
                public boolean isFinished() {
                    return body.isFinished();
                }

                @Override
                public boolean isReady() {
                    return body.isReady();
                }

                @Override
                public void setReadListener(ReadListener listener) {
                    body.setReadListener(listener);
                }
            };
        }
    }
}
