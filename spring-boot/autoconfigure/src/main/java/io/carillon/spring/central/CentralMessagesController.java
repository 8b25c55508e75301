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

import static io.carillon.spring.central.MessageBody.required;

import io.carillon.messages.InvalidMessageException;
import io.carillon.messages.central.CentralMessages;
import io.carillon.messages.central.CentralMessages.Answer;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.outbox.MessageStore;
import io.carillon.messages.outbox.MessageStore.ConfirmedBy;
import io.carillon.spring.central.CallerIdentity.Scope;
import jakarta.servlet.http.HttpServletRequest;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * The central message service over HTTP, version 1. Every call may be repeated. Answers 400 for a body that cannot be
 * accepted, 404 for an unknown message, 409 for a message that went another way before, 413 for a body that is too large,
 * 422 for a topic that is switched off; each with a problem text (RFC 9457). Thread-safe.
 */
@RestController
@RequestMapping("/api/v1")
public final class CentralMessagesController {

    /** The most items of one batch. */
    static final int MOST_ITEMS = 1000;

    private static final Logger log = LoggerFactory.getLogger(CentralMessagesController.class);

    private final CentralMessages messages;
    private final MessageStore store;
    private final InstantSource time;
    private final CallerIdentity callers;

    CentralMessagesController(
            CentralMessages messages, MessageStore store, InstantSource time, CallerIdentity callers) {
        this.messages = messages;
        this.store = store;
        this.time = time;
        this.callers = callers;
    }

    /** What became of a call. Immutable. */
    public record Outcome(String id, String outcome) {}

    /**
     * Many at once. Immutable.
     *
     * @param operation SEND (the default) or PREPARE with messages, SUBMIT or CANCEL with ids
     */
    public record BatchBody(
            @Nullable String operation,
            @Nullable List<MessageBody> messages,
            @Nullable List<String> ids) {}

    /**
     * What became of one item of a batch. Immutable.
     *
     * @param outcome DONE, ALREADY_DONE, CONFLICT, NOT_FOUND, INVALID or FAILED
     * @param problem what is wrong; null for the first two
     */
    public record ItemOutcome(
            int index,
            @Nullable String id,
            String outcome,
            @Nullable String problem) {}

    /** The items in the order of the request. Immutable. */
    public record BatchOutcome(Map<String, Long> counts, List<ItemOutcome> items) {}

    /** Keeps a message that is not to be sent yet. */
    @PostMapping("/messages:prepare")
    ResponseEntity<Object> prepare(@RequestBody MessageBody body, HttpServletRequest request) throws Exception {
        callers.require(request, Scope.SEND);
        MessageId id = body.idOrNew(time);
        return answer(id, "PREPARE", prepare(id, body));
    }

    private Answer prepare(MessageId id, MessageBody body) throws Exception {
        String checkUrl = body.checkAddress();
        return messages.prepare(id, body.message(), body.producerGroup(), checkUrl);
    }

    /** The producer's transaction committed: the message is sent. */
    @PostMapping("/messages/{id}:submit")
    ResponseEntity<Object> submit(@PathVariable("id") String text, HttpServletRequest request) {
        callers.require(request, Scope.SEND);
        MessageId id = MessageBody.id(text, time);
        return answer(id, "SUBMIT", messages.submit(id));
    }

    /** The producer's transaction did not commit: the message is never sent. */
    @PostMapping("/messages/{id}:cancel")
    ResponseEntity<Object> cancel(@PathVariable("id") String text, HttpServletRequest request) {
        callers.require(request, Scope.SEND);
        MessageId id = MessageBody.id(text, time);
        return answer(id, "CANCEL", messages.cancel(id));
    }

    /** Keeps a message and sends it. */
    @PostMapping("/messages")
    ResponseEntity<Object> saveAndSend(@RequestBody MessageBody body, HttpServletRequest request) throws Exception {
        callers.require(request, Scope.SEND);
        MessageId id = body.idOrNew(time);
        return answer(id, "SEND", messages.saveAndSend(id, body.message(), body.producerGroup()));
    }

    private ResponseEntity<Object> answer(MessageId id, String event, Answer answer) {
        if (answer == Answer.DONE || answer == Answer.ALREADY_DONE) {
            return ResponseEntity.ok(new Outcome(id.toString(), answer.name()));
        }
        Map<String, Object> more = new LinkedHashMap<>();
        more.put("id", id.toString());
        more.put("event", event);
        Optional<MessageState> state = messages.state(id);
        if (answer == Answer.NOT_FOUND) {
            throw new ApiProblem.ProblemException(HttpStatus.NOT_FOUND, problem(id, event, answer, state), more);
        }
        state.ifPresent(known -> more.put("state", known.name()));
        throw new ApiProblem.ProblemException(HttpStatus.CONFLICT, problem(id, event, answer, state), more);
    }

    private static String problem(MessageId id, String event, Answer answer, Optional<MessageState> state) {
        return answer == Answer.NOT_FOUND
                ? "message " + id + ": not there (expected: a prepared message). Nothing was changed; prepare it first."
                : "message " + id + ": " + event + " in state "
                        + state.map(MessageState::name).orElse("UNKNOWN")
                        + ", submitted or cancelled before, or of another content (expected: a message that waits, or a"
                        + " repeated call). Nothing was changed; ask the business transaction which of the two is right.";
    }

    /** Many messages, each by itself: one that is refused stops no other. */
    @PostMapping("/messages:batch")
    BatchOutcome batch(@RequestBody BatchBody body, HttpServletRequest request) {
        callers.require(request, Scope.SEND);
        String operation = body.operation() == null ? "SEND" : body.operation().toUpperCase(Locale.ROOT);
        boolean byId = operation.equals("SUBMIT") || operation.equals("CANCEL");
        if (!byId && !operation.equals("SEND") && !operation.equals("PREPARE")) {
            throw ApiProblem.invalid("operation", operation, "SEND, PREPARE, SUBMIT or CANCEL");
        }
        List<?> wanted = byId ? body.ids() : body.messages();
        String name = byId ? "ids" : "messages";
        if (wanted == null || wanted.isEmpty() || wanted.size() > MOST_ITEMS) {
            throw ApiProblem.invalid(
                    name, wanted == null ? "not set" : wanted.size() + " of them", "1.." + MOST_ITEMS + " of them");
        }
        List<ItemOutcome> items = new ArrayList<>();
        for (int i = 0; i < wanted.size(); i++) {
            Object item = wanted.get(i);
            items.add(
                    item == null
                            ? new ItemOutcome(i, null, "INVALID", name + ": null (expected: no nulls)")
                            : item(i, operation, item));
        }
        return new BatchOutcome(counts(items), items);
    }

    private ItemOutcome item(int index, String operation, Object item) {
        String known = item instanceof MessageBody body ? body.id() : String.valueOf(item);
        try {
            MessageId id;
            Answer answer;
            if (item instanceof MessageBody body) {
                id = body.idOrNew(time);
                known = id.toString();
                answer = operation.equals("PREPARE")
                        ? prepare(id, body)
                        : messages.saveAndSend(id, body.message(), body.producerGroup());
            } else {
                id = MessageBody.id(String.valueOf(item), time);
                answer = operation.equals("SUBMIT") ? messages.submit(id) : messages.cancel(id);
            }
            boolean fine = answer == Answer.DONE || answer == Answer.ALREADY_DONE;
            return new ItemOutcome(
                    index, known, answer.name(), fine ? null : problem(id, operation, answer, messages.state(id)));
        } catch (InvalidMessageException | ApiProblem.ProblemException e) {
            return new ItemOutcome(index, known, "INVALID", e.getMessage());
        } catch (Exception e) {
            log.error("batch: item {} failed", known, e);
            return new ItemOutcome(
                    index,
                    known,
                    "FAILED",
                    e.getClass().getSimpleName() + " (expected: an answer of the store). Whether it is kept is not"
                            + " known; repeat it with the same id.");
        }
    }

    private static Map<String, Long> counts(List<ItemOutcome> items) {
        Map<String, Long> counts = new LinkedHashMap<>();
        items.forEach(item -> counts.merge(item.outcome(), 1L, Long::sum));
        return counts;
    }

    /** Confirmations of consumers. Immutable. */
    public record ConfirmBody(@Nullable List<Delivery> deliveries) {}

    /** A group's word that a message's effect is done. Immutable. */
    public record Delivery(@Nullable String id, @Nullable String group) {}

    /**
     * Takes confirmations of consumers that do not confirm over the broker, for messages that the centre keeps. Repeated, late
     * and unexpected ones are harmless.
     */
    @PostMapping("/deliveries:confirm")
    BatchOutcome confirm(@RequestBody ConfirmBody body, HttpServletRequest request) {
        callers.require(request, Scope.SEND);
        List<Delivery> deliveries = body.deliveries();
        if (deliveries == null || deliveries.isEmpty() || deliveries.size() > MOST_ITEMS) {
            throw ApiProblem.invalid(
                    "deliveries",
                    deliveries == null ? "not set" : deliveries.size() + " of them",
                    "1.." + MOST_ITEMS + " of them");
        }
        List<ItemOutcome> items = new ArrayList<>();
        List<ConfirmedBy> confirmed = new ArrayList<>();
        for (int i = 0; i < deliveries.size(); i++) {
            Delivery delivery = deliveries.get(i);
            try {
                MessageId id = MessageBody.id(required("id", delivery.id()), time);
                String group = required("group", delivery.group());
                Optional<MessageState> state = messages.state(id);
                if (state.isEmpty()) {
                    items.add(new ItemOutcome(
                            i,
                            id.toString(),
                            Answer.NOT_FOUND.name(),
                            "message " + id + ": not there (expected: a message that the centre keeps). Nothing was"
                                    + " noted; one that a service keeps is confirmed over the broker."));
                } else {
                    confirmed.add(new ConfirmedBy(id, group));
                    boolean closed = state.get().isClosed();
                    items.add(new ItemOutcome(
                            i, id.toString(), (closed ? Answer.ALREADY_DONE : Answer.DONE).name(), null));
                }
            } catch (ApiProblem.ProblemException e) {
                items.add(new ItemOutcome(i, delivery.id(), "INVALID", e.getMessage()));
            }
        }
        store.confirm(confirmed, time.instant());
        return new BatchOutcome(counts(items), items);
    }
}
