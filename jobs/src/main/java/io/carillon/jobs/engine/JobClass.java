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
package io.carillon.jobs.engine;

import io.carillon.jobs.ElasticJob;
import io.carillon.jobs.TypedJob;
import io.carillon.jobs.model.PeerVersion;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The class that the registry knows a job by: the same in each process and after each start, however the object was made. Pure.
 *
 * <p>Proxies count as what they stand for, lambdas without their number; a typed job stands under its type.
 */
final class JobClass {

    private static final Logger LOG = LoggerFactory.getLogger(JobClass.class);
    private static final String SPRINGS_PROXY = "org.springframework.aop.TargetClassAware";

    private JobClass() {}

    /** The name beside instances of ElasticJob 3.0.4. */
    static String nameOf(ElasticJob job) {
        return nameOf(job, PeerVersion.V3_0_4);
    }

    /** @param peers whose instances must take it for the same class: they end lambdas differently */
    static String nameOf(ElasticJob job, PeerVersion peers) {
        if (job instanceof TypedJob typed) {
            return typed.type();
        }
        Class<?> type = targetOf(job);
        String name = type.getName();
        int lambda = name.indexOf("$$Lambda");
        if (lambda >= 0) {
            return name.substring(0, lambda) + peers.lambdaEnding();
        }
        while (isGenerated(type.getName()) && type.getSuperclass() != null && type.getSuperclass() != Object.class) {
            type = type.getSuperclass();
        }
        if (Proxy.isProxyClass(type)) {
            return nameOfProxy(type);
        }
        int hidden = type.isHidden() ? type.getName().indexOf('/') : -1;
        return hidden < 0 ? type.getName() : type.getName().substring(0, hidden);
    }

    /** What generators of subclasses put into their names: Spring, Guice, CDI; Byte Buddy. */
    private static boolean isGenerated(String name) {
        return name.contains("$$") || name.contains("$ByteBuddy$");
    }

    /** What a proxy of Spring stands for; asked by name, because the engine does not know Spring. */
    private static Class<?> targetOf(ElasticJob job) {
        for (Class<?> type : interfacesOf(job.getClass())) {
            if (type.getName().equals(SPRINGS_PROXY)) {
                try {
                    if (type.getMethod("getTargetClass").invoke(job) instanceof Class<?> target) {
                        return target;
                    }
                } catch (ReflectiveOperationException e) {
                    LOG.debug("{} does not tell what it stands for", job.getClass(), e);
                }
            }
        }
        return job.getClass();
    }

    private static List<Class<?>> interfacesOf(Class<?> type) {
        List<Class<?>> all = new ArrayList<>();
        for (Class<?> at = type; at != null; at = at.getSuperclass()) {
            for (Class<?> direct : at.getInterfaces()) {
                all.add(direct);
                all.addAll(interfacesOf(direct));
            }
        }
        return all;
    }

    /** A proxy of the JDK has no class to stand for; its first interface that says more than "a job" names it. */
    private static String nameOfProxy(Class<?> type) {
        String name = type.getInterfaces()[0].getName();
        for (Class<?> candidate : type.getInterfaces()) {
            if (!candidate.getPackageName().equals(ElasticJob.class.getPackageName())
                    && ElasticJob.class.isAssignableFrom(candidate)) {
                name = candidate.getName();
                break;
            }
        }
        return name + "$$Proxy";
    }
}
