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
package io.carillon.messages.rocketmq;

import org.apache.rocketmq.logging.ch.qos.logback.classic.Level;
import org.apache.rocketmq.logging.ch.qos.logback.classic.spi.ILoggingEvent;
import org.apache.rocketmq.logging.ch.qos.logback.classic.spi.ThrowableProxy;
import org.apache.rocketmq.logging.ch.qos.logback.core.AppenderBase;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Not API. Hands the log of RocketMQ's client, which brings a logging system of its own, over to SLF4J: one logger, {@code
 * org.apache.rocketmq.client}; its errors as warnings, its warnings as debug, because what matters of either is in the results
 * of this module. Public because that logging system makes it by name. Thread-safe.
 */
public final class Slf4jAppender extends AppenderBase<ILoggingEvent> {

    private static final Logger LOG = LoggerFactory.getLogger("org.apache.rocketmq.client");

    private static final String RESOURCE = "io/carillon/messages/rocketmq/client-log.xml";

    /** Keeps RocketMQ's client from writing files into the home folder; a person's own choice stands. */
    static void install() {
        if (System.getProperty("rmq.logback.configurationFile") == null) {
            System.setProperty("rmq.logback.configurationFile", RESOURCE);
        }
    }

    @Override
    protected void append(ILoggingEvent event) {
        @Nullable
        Throwable cause = event.getThrowableProxy() instanceof ThrowableProxy proxy ? proxy.getThrowable() : null;
        String text = event.getLoggerName() + ": " + event.getFormattedMessage() + (cause == null ? "" : ": " + cause);
        if (event.getLevel().isGreaterOrEqual(Level.ERROR)) {
            LOG.warn(text);
        } else {
            LOG.debug(text);
        }
        if (cause != null) {
            LOG.debug("stack of: {}", text, cause);
        }
    }
}
