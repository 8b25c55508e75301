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
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Refuses bodies that are too large with 413, before they are in memory, whether they tell their length or not, and such that
 * come too slowly with 408, so that nobody holds a thread for ever. Reads on to the end of a refused body, or of one that nobody
 * wanted to read, up to the same bounds, so that its sender gets the answer and not a broken connection; then it hangs up.
 * Thread-safe.
 */
public final class BodyLimit extends OncePerRequestFilter {

    private static final Logger log = LoggerFactory.getLogger(BodyLimit.class);
    private static final long MOST_DRAINED = 64L * 1024 * 1024;
    /** Tells the console's pages, which then say it in their words. */
    private static final String REFUSED = "io.carillon.body-refused";

    private static final String FORM = "application/x-www-form-urlencoded";

    private final long most;
    private final Duration within;
    private final InstantSource time;
    private final Predicate<HttpServletRequest> concerned;

    /**
     * @param most bytes of a body
     * @param within from the first to the last byte of it; the server's own limit holds for each pause between
     * @param concerned which requests; the others pass
     */
    public BodyLimit(long most, Duration within, InstantSource time, Predicate<HttpServletRequest> concerned) {
        this.most = most;
        this.within = within;
        this.time = time;
        this.concerned = concerned;
    }

    /** The body grew beyond a limit while it was read. */
    static final class TooLargeException extends IOException {

        private static final long serialVersionUID = 1L;

        TooLargeException(String message) {
            super(message);
        }
    }

    /** The body did not come in time; the answer is out, the connection is to be closed. */
    static final class TooSlowException extends IOException {

        private static final long serialVersionUID = 1L;

        TooSlowException(String message) {
            super(message);
        }
    }

    /**
     * A server reads a body to its end, however slowly it comes; a failure after the answer makes it close the connection. Tomcat
     * has one of its own for that, which it does not take for a fault.
     */
    private static IOException hangUp(String message) {
        try {
            return Class.forName("org.apache.coyote.CloseNowException")
                    .asSubclass(IOException.class)
                    .getConstructor(String.class)
                    .newInstance(message);
        } catch (ReflectiveOperationException | LinkageError otherServer) {
            return new TooSlowException(message);
        }
    }

    private String told(String size) {
        return "body: " + size + " (expected: at most " + most + " bytes). Nothing was changed; send less at once, or a"
                + " reference to the content.";
    }

    private String toldSlow() {
        return "body: not complete after " + within.toSeconds() + " s. Nothing was changed; send it again, faster.";
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (!hasBody(request) || !concerned.test(request)) {
            chain.doFilter(request, response);
            return;
        }
        Limited limited = new Limited(request);
        if (request.getContentLengthLong() > most) {
            String told = told(request.getContentLengthLong() + " bytes");
            boolean ended = drain(request.getInputStream(), limited.end);
            refuse(response, 413, "Content Too Large", told);
            log.info("{} {} of {}: {}", request.getMethod(), request.getRequestURI(), request.getRemoteAddr(), told);
            if (!ended) {
                closeAfterAnswer(response, told);
            }
            return;
        }
        try {
            chain.doFilter(limited, response);
        } catch (IOException | ServletException | RuntimeException e) {
            if (limited.refused == null) {
                throw e;
            }
        }
        String refused = limited.refused;
        // whatever was made of the broken body: this is what is wrong
        if (refused != null && !response.isCommitted()) {
            response.reset();
            refuse(response, limited.slow ? 408 : 413, limited.slow ? "Request Timeout" : "Content Too Large", refused);
        }
        if (refused != null) {
            log.info("{} {} of {}: {}", request.getMethod(), request.getRequestURI(), request.getRemoteAddr(), refused);
        }
        if (!request.isAsyncStarted() && !limited.isRead()) {
            // what nobody wanted to read would hold the thread as well
            response.flushBuffer();
            if (limited.hangs || !drain(request.getInputStream(), limited.end)) {
                closeAfterAnswer(response, refused == null ? toldSlow() : refused);
            }
        }
    }

    private static boolean hasBody(HttpServletRequest request) {
        return request.getContentLengthLong() > 0 || request.getHeader("Transfer-Encoding") != null;
    }

    private static void closeAfterAnswer(HttpServletResponse response, String why) throws IOException {
        response.flushBuffer();
        response.getOutputStream().close(); // nothing is written behind the answer
        throw hangUp(why);
    }

    private static void refuse(HttpServletResponse response, int status, String title, String detail)
            throws IOException {
        response.setStatus(status);
        response.setContentType("application/problem+json");
        response.setHeader("Connection", "close");
        response.getOutputStream()
                .write(("{\"title\":\"" + title + "\",\"status\":" + status + ",\"detail\":\"" + detail + "\"}")
                        .getBytes(StandardCharsets.UTF_8));
    }

    /** Whether it came to its end. */
    private boolean drain(InputStream body, Instant end) {
        byte[] part = new byte[8192];
        long read = 0;
        try {
            while (read < MOST_DRAINED && time.instant().isBefore(end)) {
                int n = body.read(part);
                if (n < 0) {
                    return true;
                }
                read += n;
            }
        } catch (IOException broken) {
            return false;
        }
        return false;
    }

    /** A request whose body ends with the limits; a form is read through it, too. One thread at a time. */
    private final class Limited extends HttpServletRequestWrapper {

        private final Instant end = time.instant().plus(within);
        private @Nullable String refused;
        private boolean slow;
        /** Whether the rest of the body is not worth waiting for. */
        private boolean hangs;

        private @Nullable ServletInputStream stream;
        private @Nullable Map<String, String[]> form;

        Limited(HttpServletRequest request) {
            super(request);
        }

        /** Whether the server has the whole body. */
        private boolean isRead() throws IOException {
            return super.getInputStream().isFinished();
        }

        @Override
        public ServletInputStream getInputStream() throws IOException {
            ServletInputStream known = stream;
            if (known != null) {
                return known;
            }
            ServletInputStream body = super.getInputStream();
            ServletInputStream made = new ServletInputStream() {
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
                        refused = told("more than " + most + " bytes");
                        setAttribute(REFUSED, 413);
                        hangs = !drain(body, end);
                        throw new TooLargeException(refused);
                    }
                    if (read > 0 && time.instant().isAfter(end)) {
                        slow = true;
                        hangs = true;
                        refused = toldSlow();
                        setAttribute(REFUSED, 408);
                        throw new TooLargeException(refused);
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
            stream = made;
            return made;
        }

        @Override
        public BufferedReader getReader() throws IOException {
            String encoding = getCharacterEncoding();
            return new BufferedReader(new InputStreamReader(
                    getInputStream(), encoding == null ? StandardCharsets.UTF_8.name() : encoding));
        }

        // ---- forms: the server's own reading of them knows no time

        private boolean isForm() {
            String type = getContentType();
            return type != null
                    && type.toLowerCase(Locale.ROOT).startsWith(FORM)
                    && getMethod().equals("POST");
        }

        private Map<String, String[]> form() {
            Map<String, String[]> known = form;
            if (known != null) {
                return known;
            }
            Map<String, List<String>> read = new LinkedHashMap<>();
            try {
                String query = getQueryString();
                add(read, query == null ? "" : query);
                add(read, new String(getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException broken) {
                // what is there of it is not what was meant
                read.clear();
                if (refused == null) {
                    slow = true;
                    hangs = true;
                    refused = toldSlow();
                    setAttribute(REFUSED, 408);
                }
            }
            Map<String, String[]> made = new LinkedHashMap<>();
            read.forEach((name, values) -> made.put(name, values.toArray(new String[0])));
            form = made;
            return made;
        }

        private void add(Map<String, List<String>> read, String encoded) {
            for (String pair : encoded.split("&", -1)) {
                if (!pair.isEmpty()) {
                    int equals = pair.indexOf('=');
                    read.computeIfAbsent(
                                    decoded(equals < 0 ? pair : pair.substring(0, equals)), any -> new ArrayList<>())
                            .add(equals < 0 ? "" : decoded(pair.substring(equals + 1)));
                }
            }
        }

        private String decoded(String text) {
            try {
                return URLDecoder.decode(text, StandardCharsets.UTF_8);
            } catch (IllegalArgumentException malformed) {
                return text;
            }
        }

        @Override
        public @Nullable String getParameter(String name) {
            if (!isForm()) {
                return super.getParameter(name);
            }
            String[] values = form().get(name);
            return values == null ? null : values[0];
        }

        @Override
        public String @Nullable [] getParameterValues(String name) {
            if (!isForm()) {
                return super.getParameterValues(name);
            }
            String[] values = form().get(name);
            return values == null ? null : values.clone();
        }

        @Override
        public Enumeration<String> getParameterNames() {
            return isForm() ? Collections.enumeration(form().keySet()) : super.getParameterNames();
        }

        @Override
        public Map<String, String[]> getParameterMap() {
            return isForm() ? Collections.unmodifiableMap(form()) : super.getParameterMap();
        }
    }
}
