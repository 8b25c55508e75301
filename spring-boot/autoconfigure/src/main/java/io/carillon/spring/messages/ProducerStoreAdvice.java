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

import io.carillon.messages.Message;
import io.carillon.messages.ReliableMessages;
import io.carillon.messages.outbox.Transactions;
import io.carillon.spring.InvalidPropertyException;
import io.carillon.spring.MqProducerStore;
import io.carillon.spring.MqProducerStore.SendType;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.autoproxy.AbstractBeanFactoryAwareAdvisingPostProcessor;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.annotation.AnnotationMatchingPointcut;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotatedElementUtils;

/**
 * Does what {@link MqProducerStore} says. Thread-safe.
 *
 * <p>A bean post processor and not an ordinary advisor, because it must be the innermost advice: it is appended to whatever
 * proxy a bean already has, so the method's own transaction is open around it, whatever orders are configured.
 */
public final class ProducerStoreAdvice extends AbstractBeanFactoryAwareAdvisingPostProcessor {

    private static final long serialVersionUID = 1L;

    /** How messages leave; asked for at the first call, when all beans exist. */
    public interface Sending {

        Transactions transactions();

        ReliableMessages reliable();

        DirectSending direct();
    }

    ProducerStoreAdvice(Supplier<Sending> sending) {
        this.advisor = new DefaultPointcutAdvisor(
                new AnnotationMatchingPointcut(null, MqProducerStore.class, true), new Interceptor(sending));
    }

    /**
     * Checks that a message can be found in the arguments or the result of a method.
     *
     * @throws InvalidPropertyException when it cannot
     */
    static void check(Method method) {
        if (!isMessageResult(method) && messageArgument(method) < 0) {
            throw new InvalidPropertyException(
                    "@MqProducerStore on " + method.getDeclaringClass().getName() + "." + method.getName(),
                    method.getReturnType().getSimpleName() + " " + method.getName()
                            + Arrays.stream(method.getParameterTypes())
                                    .map(Class::getSimpleName)
                                    .toList(),
                    "a method that returns a Message, or takes one",
                    "Return the message that is to be sent, or remove the annotation.");
        }
    }

    private static boolean isMessageResult(Method method) {
        ResolvableType type = ResolvableType.forMethodReturnType(method);
        return Message.class == type.resolve()
                || (Optional.class == type.resolve()
                        && Message.class == type.getGeneric(0).resolve())
                || (Collection.class.isAssignableFrom(Objects.requireNonNullElse(type.resolve(), Object.class))
                        && Message.class
                                == type.as(Collection.class).getGeneric(0).resolve());
    }

    private static int messageArgument(Method method) {
        return Arrays.asList(method.getParameterTypes()).indexOf(Message.class);
    }

    private static List<Message> messages(Method method, @Nullable Object result, @Nullable Object[] arguments) {
        if (!isMessageResult(method)) {
            return arguments[messageArgument(method)] instanceof Message message ? List.of(message) : List.of();
        }
        if (result instanceof Optional<?> optional) {
            return messages(method, optional.orElse(null), arguments);
        }
        if (result instanceof Collection<?> several) {
            return several.stream().map(Message.class::cast).toList();
        }
        return result instanceof Message message ? List.of(message) : List.of();
    }

    /** Calls the method, then sends. */
    private record Interceptor(Supplier<Sending> sending) implements MethodInterceptor {

        @Override
        public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
            Object target = invocation.getThis();
            Method method = target == null
                    ? invocation.getMethod()
                    : AopUtils.getMostSpecificMethod(invocation.getMethod(), target.getClass());
            MqProducerStore annotation = AnnotatedElementUtils.findMergedAnnotation(method, MqProducerStore.class);
            if (annotation == null) {
                return invocation.proceed();
            }
            Sending how = sending.get();
            boolean stored = annotation.sendType() != SendType.DIRECT_SEND;
            if (stored && !how.transactions().isActive()) {
                throw new IllegalStateException(
                        "transaction: none at " + method.getDeclaringClass().getName() + "."
                                + method.getName()
                                + " (expected: an open one, because @MqProducerStore writes the message in it)."
                                + " The method was not called and nothing was written; annotate it with @Transactional.");
            }
            Object result = invocation.proceed();
            for (Message message : messages(method, result, invocation.getArguments())) {
                if (stored) {
                    how.reliable().send(message);
                } else {
                    how.direct().send(message);
                }
            }
            return result;
        }
    }
}
