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
package io.carillon.spring;

import io.carillon.spring.jobs.ScanForJobs;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.context.annotation.Import;
import org.springframework.core.annotation.AliasFor;

/**
 * Makes beans of all classes with {@link io.carillon.jobs.ElasticJobConfiguration} in some packages and below, so that they
 * are scheduled; they need no annotation of Spring's. Stands on a configuration class.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Import(ScanForJobs.class)
public @interface ElasticJobScan {

    /** The same as {@link #basePackages()}. */
    @AliasFor("basePackages")
    String[] value() default {};

    /** Where to look; nothing here and in {@link #basePackageClasses()}: the package of the annotated class. */
    @AliasFor("value")
    String[] basePackages() default {};

    /** Classes in whose packages to look, beside {@link #basePackages()}. */
    Class<?>[] basePackageClasses() default {};
}
