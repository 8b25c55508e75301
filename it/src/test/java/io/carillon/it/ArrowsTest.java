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
package io.carillon.it;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The arrows of the house, over the classes of all modules at once; the poms say the same of dependencies. */
class ArrowsTest {

    private static final JavaClasses HOUSE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.carillon");

    static Stream<ArchRule> arrows() {
        return Stream.of(
                onlyIn("io.carillon.jobs.zookeeper..", "org.apache.curator..", "org.apache.zookeeper.."),
                onlyIn("io.carillon.notify..", "jakarta.mail..", "org.eclipse.angus.."),
                noClasses()
                        .that(resideInAPackage("io.carillon.notify.."))
                        .should()
                        .dependOnClassesThat(resideInAnyPackage(
                                "io.carillon.jobs.coordination..",
                                "io.carillon.jobs.engine..",
                                "io.carillon.messages..",
                                "io.carillon.store..",
                                "io.carillon.spring..",
                                "io.carillon.console..",
                                "java.sql.."))
                        .as("notify knows of jobs what an error handler needs"),
                onlyIn("io.carillon.messages.rocketmq..", "org.apache.rocketmq.."),
                onlyIn("io.carillon.messages.kafka..", "org.apache.kafka.."),
                onlyIn("io.carillon.messages.rabbitmq..", "com.rabbitmq.."),
                noClasses()
                        .that(resideInAPackage("io.carillon.jobs..")
                                .and(resideOutsideOfPackages("io.carillon.jobs.zookeeper..")))
                        .should()
                        .dependOnClassesThat(resideInAnyPackage(
                                "io.carillon.messages..",
                                "io.carillon.store..",
                                "io.carillon.spring..",
                                "io.carillon.console..",
                                "java.sql..",
                                "javax.sql..",
                                "org.springframework.."))
                        .as("jobs knows neither messages nor storage nor Spring"),
                noClasses()
                        .that(resideInAPackage("io.carillon.messages..")
                                .and(resideOutsideOfPackages("io.carillon.messages.rocketmq..")))
                        .should()
                        .dependOnClassesThat(resideInAnyPackage(
                                "io.carillon.jobs..",
                                "io.carillon.store..",
                                "io.carillon.spring..",
                                "io.carillon.console..",
                                "java.sql..",
                                "javax.sql..",
                                "org.springframework.."))
                        .as("messages knows neither jobs nor storage nor Spring"),
                noClasses()
                        .that(resideInAPackage("io.carillon.console.."))
                        .should()
                        .dependOnClassesThat(resideInAnyPackage(
                                "io.carillon.jobs.coordination..",
                                "io.carillon.jobs.engine..",
                                "io.carillon.jobs.execution..",
                                "io.carillon.messages.relay..",
                                "io.carillon.messages.outbox..",
                                "io.carillon.messages.inbox..",
                                "io.carillon.store..",
                                "java.sql.."))
                        .as("the console sees operations and model only"));
    }

    @ParameterizedTest
    @MethodSource("arrows")
    void noArrowRunsTheWrongWay(ArchRule rule) {
        rule.check(HOUSE);
    }

    @Test
    void aBrokenArrowIsFound() {
        ArchRule tooStrict = onlyIn("io.carillon.nowhere..", "org.apache.curator..");
        assertThatThrownBy(() -> tooStrict.check(HOUSE))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("io.carillon.jobs.zookeeper");
    }

    private static ArchRule onlyIn(String home, String... libraries) {
        return noClasses()
                .that(resideOutsideOfPackages(home, "io.carillon.launcher.servers.."))
                .should()
                .dependOnClassesThat(resideInAnyPackage(libraries))
                .as("only " + home + " imports " + String.join(", ", libraries));
    }
}
