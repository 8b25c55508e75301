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
package io.carillon.spring.jobs;

import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.execution.ItemTrace;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.handler.TracingObservationHandler.TracingContext;
import org.jspecify.annotations.Nullable;
import org.springframework.util.ClassUtils;

/**
 * An observation {@value #NAME} around each attempt at an item. Where the application has a tracer, it makes a span of it; where
 * it has meters, a timer. Thread-safe.
 */
final class ObservedItems implements ItemTrace {

    static final String NAME = "carillon.job.item";

    private static final boolean TRACING = ClassUtils.isPresent(
            "io.micrometer.tracing.handler.TracingObservationHandler", ObservedItems.class.getClassLoader());

    private final ObservationRegistry registry;
    private final ItemTrace log;

    /** @param log finds the id where no span says it */
    ObservedItems(ObservationRegistry registry, ItemTrace log) {
        this.registry = registry;
        this.log = log;
    }

    @Override
    public Open begin(ShardingContext context) {
        Open inLog = log.begin(context);
        Observation observation = Observation.createNotStarted(NAME, registry)
                .contextualName("job " + context.getJobName())
                .lowCardinalityKeyValue("job", context.getJobName())
                .highCardinalityKeyValue("item", String.valueOf(context.getShardingItem()))
                .highCardinalityKeyValue("attempt", String.valueOf(context.attempt()))
                .highCardinalityKeyValue("fence", String.valueOf(context.fence()))
                .start();
        Observation.Scope scope = observation.openScope();
        return new Open() {
            @Override
            public @Nullable String traceId() {
                String ofSpan = TRACING ? Spans.traceId(observation) : null;
                return ofSpan == null ? inLog.traceId() : ofSpan;
            }

            @Override
            public void end(@Nullable Throwable thrown) {
                if (thrown != null) {
                    observation.error(thrown);
                }
                scope.close();
                observation.stop();
            }
        };
    }

    /** What is loaded only where there is a tracing library. */
    private static final class Spans {

        static @Nullable String traceId(Observation observation) {
            TracingContext context = observation.getContext().get(TracingContext.class);
            Span span = context == null ? null : context.getSpan();
            String id = span == null ? null : span.context().traceId();
            return id == null || id.isBlank() ? null : id;
        }
    }
}
