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

import io.carillon.jobs.ElasticJobConfiguration;
import io.carillon.spring.ElasticJobScan;
import io.carillon.spring.InvalidPropertyException;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.context.annotation.ClassPathBeanDefinitionScanner;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.annotation.AnnotationAttributes;
import org.springframework.core.env.Environment;
import org.springframework.core.io.ResourceLoader;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.core.type.filter.AnnotationTypeFilter;
import org.springframework.util.ClassUtils;

/** What {@link ElasticJobScan} does. For Spring only; used by one thread, while the context starts. */
public final class ScanForJobs implements ImportBeanDefinitionRegistrar {

    private final Environment environment;
    private final ResourceLoader resources;

    /** @param resources where the classes are looked for */
    public ScanForJobs(Environment environment, ResourceLoader resources) {
        this.environment = environment;
        this.resources = resources;
    }

    @Override
    public void registerBeanDefinitions(AnnotationMetadata importing, BeanDefinitionRegistry registry) {
        AnnotationAttributes scan = Objects.requireNonNull(
                AnnotationAttributes.fromMap(importing.getAnnotationAttributes(ElasticJobScan.class.getName())));
        Set<String> packages = new LinkedHashSet<>();
        for (String name : scan.getStringArray("basePackages")) {
            String resolved = environment.resolvePlaceholders(name).strip();
            if (resolved.isEmpty()) {
                throw new InvalidPropertyException(
                        "basePackages in @ElasticJobScan of " + importing.getClassName(),
                        "'" + name + "'",
                        "the name of a package",
                        "Correct or remove it.");
            }
            packages.add(resolved);
        }
        Arrays.stream(scan.getClassArray("basePackageClasses"))
                .map(Class::getPackageName)
                .forEach(packages::add);
        if (packages.isEmpty()) {
            packages.add(ClassUtils.getPackageName(importing.getClassName()));
        }
        ClassPathBeanDefinitionScanner scanner =
                new ClassPathBeanDefinitionScanner(registry, false, environment, resources);
        scanner.addIncludeFilter(new AnnotationTypeFilter(ElasticJobConfiguration.class, false));
        scanner.scan(packages.toArray(String[]::new));
    }
}
