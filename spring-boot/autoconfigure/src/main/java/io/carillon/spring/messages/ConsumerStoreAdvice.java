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

import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.inbox.InboxStore;
import io.carillon.messages.outbox.Transactions;
import io.carillon.spring.InvalidPropertyException;
import io.carillon.spring.MqConsumerStore;
import io.carillon.spring.ReliableListener;
import java.lang.reflect.Method;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.autoproxy.AbstractBeanFactoryAwareAdvisingPostProcessor;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.annotation.AnnotationMatchingPointcut;
import org.springframework.core.annotation.AnnotatedElementUtils;

/**
 * Does what {@link MqConsumerStore} says on a method that is not a {@link ReliableListener}: those have their inbox already.
 * Innermost advice, as {@link ProducerStoreAdvice} is, and for the same reason. Thread-safe.
 */
public final class ConsumerStoreAdvice extends AbstractBeanFactoryAwareAdvisingPostProcessor {

    private static final long serialVersionUID = 1L;

    /** Where receptions are written; asked for at the first call, when all beans exist. */
    public record Receiving(Transactions transactions, InboxStore inbox, InstantSource time) {}

    ConsumerStoreAdvice(Supplier<Receiving> receiving) {
        this.advisor = new DefaultPointcutAdvisor(
                new AnnotationMatchingPointcut(null, MqConsumerStore.class, true), new Interceptor(receiving));
    }

    /**
     * Checks the shape of a method.
     *
     * @throws InvalidPropertyException when no message can be found in the arguments, or when there is a result
     */
    static void check(Method method) {
        if (receivedArgument(method) < 0 || method.getReturnType() != void.class) {
            throw new InvalidPropertyException(
                    "@MqConsumerStore on " + method.getDeclaringClass().getName() + "." + method.getName(),
                    method.getReturnType().getSimpleName() + " " + method.getName()
                            + Arrays.stream(method.getParameterTypes())
                                    .map(Class::getSimpleName)
                                    .toList(),
                    "a method that takes a ReceivedMessage and returns nothing",
                    "Change the method, or remove the annotation.");
        }
    }

    private static int receivedArgument(Method method) {
        return Arrays.asList(method.getParameterTypes()).indexOf(ReceivedMessage.class);
    }

    /** Writes the inbox row, then calls the method, in one transaction. */
    private record Interceptor(Supplier<Receiving> receiving) implements MethodInterceptor {

        @Override
        public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
            Object target = invocation.getThis();
            Method method = target == null
                    ? invocation.getMethod()
                    : AopUtils.getMostSpecificMethod(invocation.getMethod(), target.getClass());
            int at = receivedArgument(method);
            if (AnnotatedElementUtils.hasAnnotation(method, ReliableListener.class)
                    || at < 0
                    || !(invocation.getArguments()[at] instanceof ReceivedMessage message)) {
                return invocation.proceed();
            }
            Receiving how = receiving.get();
            if (how.transactions().isActive()) {
                return receive(how, message, invocation);
            }
            how.transactions().inNew(() -> {
                receive(how, message, invocation);
                return message;
            });
            return null;
        }

        private static @Nullable Object receive(Receiving how, ReceivedMessage message, MethodInvocation invocation)
                throws Exception {
            if (!how.inbox()
                    .receive(
                            message.id(),
                            message.group(),
                            message.producer(),
                            how.time().instant())) {
                // not in here: the row that was found may be locked by this transaction
                how.transactions().afterCommit(() -> how.inbox().confirmAgain(message.id(), message.group()));
                return null;
            }
            try {
                return invocation.proceed();
            } catch (Exception | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new IllegalStateException("a handler threw " + e, e);
            }
        }
    }
}
