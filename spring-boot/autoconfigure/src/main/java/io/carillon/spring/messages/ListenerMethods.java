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
package io.carillon.spring.messages;

import io.carillon.messages.BatchHandler;
import io.carillon.messages.InvalidMessageException;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.Reception;
import io.carillon.messages.relay.MessageService;
import io.carillon.spring.InvalidPropertyException;
import io.carillon.spring.MqConsumerStore;
import io.carillon.spring.MqProducerStore;
import io.carillon.spring.ReliableListener;
import java.lang.annotation.Annotation;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;

/**
 * Subscribes the methods with {@link ReliableListener}, and checks the shape of all methods with Carillon's annotations.
 *
 * <p>Methods are found and checked when all singletons exist, subscribed when the application starts, and let go, together
 * with the whole message service, before the beans they use are closed. An application that is only paused goes on
 * receiving. Thread-safe.
 */
public final class ListenerMethods implements SmartInitializingSingleton, SmartLifecycle {

    /** Starts before the web server and the jobs; stops when both have stopped, so that their messages still leave. */
    public static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 3072;

    private static final Logger log = LoggerFactory.getLogger(ListenerMethods.class);

    private final ConfigurableApplicationContext context;
    private final Supplier<MessageService> service;
    private final String defaultGroup;
    private final List<Listener> listeners = new ArrayList<>();
    private boolean subscribed;
    private volatile boolean running;

    ListenerMethods(ConfigurableApplicationContext context, Supplier<MessageService> service, String defaultGroup) {
        this.context = context;
        this.service = service;
        this.defaultGroup = defaultGroup;
    }

    /** A method and what it listens to. */
    private record Listener(
            String name,
            String group,
            String topic,
            Set<String> tags,
            Reception reception,
            boolean batches,
            BatchHandler handler) {}

    @Override
    public void afterSingletonsInstantiated() {
        for (String name : context.getBeanNamesForType(Object.class, false, false)) {
            Class<?> type = AutoProxyUtils.determineTargetClass(context.getBeanFactory(), name);
            if (type == null
                    || type.getName().startsWith("org.springframework.")
                    || !AnnotationUtils.isCandidateClass(
                            type, List.of(ReliableListener.class, MqConsumerStore.class, MqProducerStore.class))) {
                continue;
            }
            methods(type, MqProducerStore.class).keySet().forEach(ProducerStoreAdvice::check);
            methods(type, MqConsumerStore.class).keySet().stream()
                    .filter(method -> !AnnotatedElementUtils.hasAnnotation(method, ReliableListener.class))
                    .forEach(ConsumerStoreAdvice::check);
            methods(type, ReliableListener.class)
                    .forEach((method, annotation) -> listeners.add(listener(name, method, annotation)));
        }
    }

    private static <A extends Annotation> Map<Method, A> methods(Class<?> type, Class<A> annotation) {
        return MethodIntrospector.selectMethods(type, (MethodIntrospector.MetadataLookup<A>)
                method -> AnnotatedElementUtils.findMergedAnnotation(method, annotation));
    }

    private Listener listener(String beanName, Method method, ReliableListener annotation) {
        String source = "@ReliableListener on " + method.getDeclaringClass().getName() + "." + method.getName();
        boolean batches = takesMany(method);
        if (method.getParameterCount() != 1 || !(batches || method.getParameterTypes()[0] == ReceivedMessage.class)) {
            throw new InvalidPropertyException(
                    source,
                    method.toGenericString(),
                    "one parameter: a ReceivedMessage, or a List of them",
                    "Change the method.");
        }
        String topic = resolve(source, "topic", annotation.topic());
        if (topic.isBlank()) {
            throw new InvalidPropertyException("topic of " + source, "", "a topic", "Name the topic.");
        }
        String group = annotation.group().isEmpty() ? defaultGroup : resolve(source, "group", annotation.group());
        if (group.isBlank()) {
            throw new InvalidPropertyException(
                    "carillon.messages.consumer-group",
                    "",
                    "the consumer group of " + source,
                    "Set it, or spring.application.name, or group in the annotation.");
        }
        Reception reception = reception(source, annotation, batches);
        Set<String> tags = new LinkedHashSet<>();
        for (String tag : annotation.tags()) {
            tags.add(resolve(source, "tags", tag));
        }
        Object bean = context.getBean(beanName);
        Method callable = AopUtils.selectInvocableMethod(method, bean.getClass());
        callable.setAccessible(true);
        return new Listener(
                source,
                group,
                topic,
                tags,
                reception,
                batches,
                received -> call(callable, bean, batches ? received : received.get(0)));
    }

    private static boolean takesMany(Method method) {
        return method.getParameterCount() == 1
                && method.getParameterTypes()[0] == List.class
                && ResolvableType.forMethodParameter(method, 0).getGeneric(0).resolve() == ReceivedMessage.class;
    }

    private static Reception reception(String source, ReliableListener annotation, boolean batches) {
        try {
            return new Reception(
                    annotation.concurrency(),
                    annotation.ordered(),
                    batches ? annotation.batchSize() : 1,
                    Duration.ofMillis(batches ? annotation.batchDelayMillis() : 0));
        } catch (InvalidMessageException e) {
            throw InvalidPropertyException.because(String.valueOf(e.getMessage()), "See " + source + ".", e);
        }
    }

    private String resolve(String source, String attribute, String text) {
        try {
            return context.getEnvironment().resolveRequiredPlaceholders(text);
        } catch (IllegalArgumentException e) {
            throw new InvalidPropertyException(
                    attribute + " of " + source,
                    "\"" + text + "\"",
                    "placeholders that the environment knows",
                    "Set the property that the placeholder names, or give it a default as in ${name:default}.");
        }
    }

    private static void call(Method method, Object bean, Object message) throws Exception {
        try {
            method.invoke(bean, message);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw e;
        }
    }

    @Override
    public synchronized void start() {
        if (!subscribed) {
            subscribed = true;
            listeners.forEach(this::subscribe);
        }
        running = true;
    }

    private void subscribe(Listener listener) {
        MessageService messages = service.get();
        BatchHandler handler = listener.handler();
        if (listener.batches()) {
            messages.subscribeInBatches(
                    listener.group(), listener.topic(), listener.tags(), handler, listener.reception());
        } else {
            messages.subscribe(
                    listener.group(),
                    listener.topic(),
                    listener.tags(),
                    message -> handler.handle(List.of(message)),
                    listener.reception());
        }
        log.info("{} listens to {} {} as {}", listener.name(), listener.topic(), listener.tags(), listener.group());
    }

    /** Stops receiving, then sending; returns when no listener runs any more. */
    @Override
    public synchronized void stop() {
        running = false;
        if (context.isClosed()) {
            service.get().close();
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
