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
package io.carillon.console;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import io.carillon.messages.Message;
import org.junit.jupiter.api.Test;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;

class ArrowsTest {
    private static final JavaClasses CONSOLE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.carillon.console");

    @Test
    void theConsoleSeesQueriesCommandsAndValuesOnly() {
        classes()
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                                "java..",
                                "jakarta.servlet..",
                                "org.springframework..",
                                "org.slf4j..",
                                "org.jspecify..",
                                "gg.jte..",
                                "io.carillon.console..",
                                "io.carillon.jobs.operations",
                                "io.carillon.jobs.model",
                                "io.carillon.jobs.history",
                                "io.carillon.messages.operations",
                                "io.carillon.messages.model")
                        .or(type(Message.class)))
                .check(CONSOLE);
        noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage("java.sql..", "javax.sql..", "org.springframework.boot.."))
                .check(CONSOLE);
    }

    @Test
    void noRoomNeedsAnotherThatNeedsIt() {
        slices().matching("io.carillon.console.(screen.*)..")
                .should()
                .notDependOnEachOther()
                .check(CONSOLE);
        noClasses()
                .that(resideInAnyPackage("io.carillon.console.ask", "io.carillon.console.text"))
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                        "io.carillon.console.screen..", "io.carillon.console.api", "io.carillon.console.web"))
                .check(CONSOLE);
    }

    @Test
    void nothingIsKeptInStaticFieldsAndNothingIsChangedYet() {
        ArchRuleDefinition.fields()
                .that(new com.tngtech.archunit.base.DescribedPredicate<JavaField>("are static") {
                    @Override
                    public boolean test(JavaField field) {
                        return field.getModifiers().contains(JavaModifier.STATIC);
                    }
                })
                .should()
                .beFinal()
                .check(new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .withImportOption(location -> !location.contains("/templates/"))
                        .importPackages("io.carillon.console"));
        ArchRuleDefinition.noMethods()
                .should()
                .beAnnotatedWith(PostMapping.class)
                .orShould()
                .beAnnotatedWith(PutMapping.class)
                .orShould()
                .beAnnotatedWith(DeleteMapping.class)
                .check(CONSOLE);
    }
}
