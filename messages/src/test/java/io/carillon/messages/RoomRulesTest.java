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
package io.carillon.messages;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import io.carillon.messages.relay.Broker;
import io.carillon.messages.relay.Circuits;
import io.carillon.messages.relay.Decisions;
import io.carillon.messages.relay.Gathering;
import io.carillon.messages.relay.MessageService;
import io.carillon.messages.relay.SystemTime;
import org.junit.jupiter.api.Test;

/** The rooms of {@code docs/architecture.md}: who may import whom. */
class RoomRulesTest {

    private static final String BASE = "io.carillon.messages";
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(BASE);

    @Test
    void valuesImportNothingButValues() {
        onlyImports(".model", "..messages", "..messages.model").check(CLASSES);
    }

    @Test
    void theRootImportsValuesAndTheDefaultClock() {
        classes()
                .that()
                .resideInAPackage(BASE)
                .should()
                .onlyDependOnClassesThat(inPackages("java..", "org.jspecify..", BASE, BASE + ".model")
                        .or(DescribedPredicate.describe("SystemTime", type -> type.isEquivalentTo(SystemTime.class))))
                .check(CLASSES);
    }

    @Test
    void theOutboxImportsValuesOnly() {
        onlyImports(".outbox", BASE, BASE + ".model", BASE + ".outbox").check(CLASSES);
    }

    @Test
    void theRelayImportsTheOutboxAndOnlyTheCompositionImportsOtherRooms() {
        noClasses()
                .that()
                .resideInAPackage(BASE + ".relay")
                .and()
                .doNotBelongToAnyOf(MessageService.class)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(BASE + ".inbox", BASE + ".central", BASE + ".recovery", BASE + ".operations")
                .check(CLASSES);
    }

    @Test
    void theInboxKnowsTheBrokerButNotTheRelay() {
        classes()
                .that()
                .resideInAPackage(BASE + ".inbox")
                .should()
                .onlyDependOnClassesThat(inPackages(
                                "java..",
                                "org.slf4j..",
                                "org.jspecify..",
                                BASE,
                                BASE + ".model",
                                BASE + ".outbox",
                                BASE + ".inbox")
                        .or(DescribedPredicate.describe(
                                "the broker port",
                                type -> type.getName().startsWith(Broker.class.getName())
                                        || type.isEquivalentTo(Gathering.class))))
                .check(CLASSES);
    }

    @Test
    void centralModeImportsTheOutboxOnly() {
        onlyImports(".central", BASE, BASE + ".model", BASE + ".outbox", BASE + ".central")
                .check(CLASSES);
    }

    @Test
    void recoveryKnowsThePortsTheDecisionsAndTheCircuitsButNotTheRelay() {
        noClasses()
                .that()
                .resideInAPackage(BASE + ".recovery")
                .should()
                .dependOnClassesThat(DescribedPredicate.describe(
                        "the relay's machinery",
                        type -> type.getPackageName().equals(BASE + ".relay")
                                && !type.getName().startsWith(Broker.class.getName())
                                && !type.isEquivalentTo(Circuits.class)
                                && !type.getName().startsWith(Decisions.class.getName())))
                .check(CLASSES);
        noClasses()
                .that()
                .resideOutsideOfPackage(BASE + ".recovery")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(BASE + ".recovery")
                .check(CLASSES);
    }

    @Test
    void operationsImportValuesOnly() {
        onlyImports(".operations", BASE, BASE + ".model", BASE + ".operations").check(CLASSES);
    }

    @Test
    void theRoomsHaveNoCycleButThroughTheComposition() {
        slices().matching(BASE + ".(*)..")
                .should()
                .beFreeOfCycles()
                .ignoreDependency(MessageService.class, Object.class)
                .ignoreDependency(
                        DescribedPredicate.describe("composition", type -> type.isEquivalentTo(MessageService.class)),
                        DescribedPredicate.alwaysTrue())
                .check(CLASSES);
    }

    @Test
    void onlySystemTimeReadsTheClock() {
        noClasses()
                .that()
                .doNotBelongToAnyOf(SystemTime.class)
                .should()
                .callMethod(java.time.InstantSource.class, "system")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .check(CLASSES);
    }

    @Test
    void aBrokenRuleIsNoticed() {
        assertThatThrownBy(() -> noClasses()
                        .that()
                        .resideInAPackage(BASE + ".relay")
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage(BASE + ".outbox")
                        .check(CLASSES))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("MessageRelay");
    }

    private static ArchRule onlyImports(String room, String... packages) {
        return classes()
                .that()
                .resideInAPackage(BASE + room)
                .should()
                .onlyDependOnClassesThat(
                        inPackages(packages).or(inPackages("java..", "org.slf4j..", "org.jspecify..")));
    }

    private static DescribedPredicate<com.tngtech.archunit.core.domain.JavaClass> inPackages(String... packages) {
        return com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage(packages);
    }
}
