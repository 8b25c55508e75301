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
package io.carillon.messages.recovery;

import io.carillon.messages.Message;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.ReliableMessages;
import io.carillon.messages.outbox.Transactions;
import io.carillon.messages.recovery.ParkedCommands.Elsewhere;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What people want of parked messages in a centre, where no handlers are: told to all services by a reliable message, and done
 * by a process of the one that has the message. No state of its own; thread-safe.
 */
public final class ParkedByCommand {

    /** Topic of what is wanted. */
    public static final String TOPIC = "CARILLON_PARKED_COMMAND";

    private static final Logger log = LoggerFactory.getLogger(ParkedByCommand.class);
    private static final String RELEASE = "RELEASE";
    private static final String DISCARD = "DISCARD";
    private static final int FIELDS = 5;

    private ParkedByCommand() {}

    /** The group under which a service hears it. */
    public static String group(String service) {
        return service + "-parked";
    }

    /** The centre's side: a message for each wish, in a transaction of its own. */
    public static Elsewhere telling(ReliableMessages messages, Transactions transactions) {
        return (release, key, who, reason) -> {
            Message message = Message.to(TOPIC, release ? RELEASE : DISCARD)
                    .key(key.id().toString())
                    .text((release ? RELEASE : DISCARD) + "\t" + key.id() + "\t" + line(key.group()) + "\t" + line(who)
                            + "\t" + line(reason))
                    .build();
            try {
                transactions.inNew(() -> messages.send(message));
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException("tell of the parked message " + key + ": " + e, e);
            }
        };
    }

    private static String line(String text) {
        return text.replaceAll("[\\t\\r\\n]+", " ");
    }

    /** The service's side: does what is wanted of a message that is parked here; of any other it does nothing. */
    public static void obey(ParkedCommands here, ReceivedMessage told) {
        String[] fields = told.message().text().split("\t", -1);
        if (fields.length < FIELDS || !List.of(RELEASE, DISCARD).contains(fields[0])) {
            log.warn(
                    "{}: cannot be read, and is passed over: {}",
                    TOPIC,
                    told.message().text());
            return;
        }
        ParkedCommands.Key key;
        try {
            key = ParkedCommands.Key.parse(fields[1] + " " + fields[2]);
        } catch (IllegalArgumentException e) {
            log.warn("{}: cannot be read, and is passed over: {}", TOPIC, e.getMessage());
            return;
        }
        if (here.find(key).isEmpty()) {
            return; // of another service, or not parked any more
        }
        ParkedCommands.Report report = fields[0].equals(RELEASE)
                ? here.release(fields[3], fields[4], List.of(key))
                : here.discard(fields[3], fields[4], List.of(key));
        log.info("parked message {}: {} as {} wants: {}", key, fields[0], fields[3], report.summary());
    }
}
