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
package io.carillon.console.live;

import io.carillon.console.access.Visitor;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * {@code /stream?topics=shop/billing,shop}: hints as server-sent events, {@code data} being the topics. Thread-safe. Topics of
 * clusters that the visitor may not see are left out.
 */
@Controller
public final class Stream {
    private static final int MOST_TOPICS = 20;
    private static final int LONGEST_TOPIC = 400;
    private static final long NO_LIMIT = 0;
    /** A hint of it says no more than that some message may have changed. */
    private static final String MESSAGES = "messages";

    private final Hints hints;

    public Stream(Hints hints) {
        this.hints = hints;
    }

    @GetMapping(path = "/stream", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    SseEmitter stream(@RequestParam("topics") String topics, HttpServletRequest request, HttpServletResponse response) {
        Visitor visitor = Visitor.of(request);
        List<String> wanted = new ArrayList<>();
        for (String topic : topics.split(",", MOST_TOPICS + 1)) {
            String cluster = topic.contains("/") ? topic.substring(0, topic.indexOf('/')) : topic;
            if (wanted.size() < MOST_TOPICS
                    && topic.length() <= LONGEST_TOPIC
                    && (topic.equals(MESSAGES) || visitor.sees(cluster))) {
                wanted.add(topic);
            }
        }
        response.setHeader("X-Accel-Buffering", "no");
        SseEmitter emitter = new SseEmitter(NO_LIMIT);
        Runnable leave = hints.listen(
                new Hints.Listener() {
                    @Override
                    public void take(Hints.Hint hint) throws IOException {
                        emitter.send(
                                hint.topics().isEmpty()
                                        ? SseEmitter.event().comment("alive")
                                        : SseEmitter.event()
                                                .id(String.valueOf(hint.number()))
                                                .name("hint")
                                                .data(String.join("\n", hint.topics())));
                    }

                    @Override
                    public void end() {
                        emitter.complete();
                    }
                },
                wanted,
                lastEvent(request.getHeader("Last-Event-ID")));
        if (leave == null) {
            throw new ResponseStatusException(HttpStatus.SERVICE_UNAVAILABLE, "too many pages listen");
        }
        emitter.onCompletion(leave);
        emitter.onTimeout(leave);
        emitter.onError(ignored -> leave.run());
        return emitter;
    }

    private static long lastEvent(@Nullable String header) {
        return header != null && header.matches("[0-9]{1,18}") ? Long.parseLong(header) : -1;
    }
}
