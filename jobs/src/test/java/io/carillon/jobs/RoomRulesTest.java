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
package io.carillon.jobs;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import io.carillon.jobs.scheduling.BrokenRoomExample;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The rooms of the job engine: who may import whom. */
class RoomRulesTest {

    private static final String ROOT = "io.carillon.jobs";

    private static final ArchRule MODEL = room("model");
    private static final ArchRule COORDINATION = room("coordination", ROOT, "model", "org.yaml..");
    private static final ArchRule SCHEDULING = room("scheduling", "model", "org.quartz..");
    private static final ArchRule EXECUTION = room("execution", ROOT, "model", "org.slf4j..");
    private static final ArchRule HISTORY = room("history", "model");
    private static final ArchRule REQUESTS = room("requests", ROOT, "model", "coordination", "scheduling");
    private static final ArchRule OPERATIONS =
            room("operations", ROOT, "model", "coordination", "scheduling", "requests", "history", "org.slf4j..");
    private static final ArchRule ALARMS = room("alarms", "operations");
    private static final ArchRule NOBODY_IMPORTS_THE_ENGINE = noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + ".engine..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(ROOT + ".engine..");

    /** A room may import itself, the JDK and what is listed: other rooms, the root package, libraries. */
    private static ArchRule room(String name, String... allowed) {
        List<String> packages = new ArrayList<>(List.of("java..", "org.jspecify..", ROOT + "." + name + ".."));
        Arrays.stream(allowed)
                .map(other -> other.contains(".") ? other : ROOT + "." + other + "..")
                .forEach(packages::add);
        return classes()
                .that()
                .resideInAPackage(ROOT + "." + name + "..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(packages.toArray(String[]::new));
    }

    private final JavaClasses main = new ClassFileImporter().importPath(Path.of("target", "classes"));

    @Test
    void everyRoomImportsOnlyWhatItMay() {
        for (ArchRule rule : List.of(
                MODEL,
                COORDINATION,
                SCHEDULING,
                EXECUTION,
                HISTORY,
                REQUESTS,
                OPERATIONS,
                ALARMS,
                NOBODY_IMPORTS_THE_ENGINE)) {
            rule.check(main);
        }
    }

    @Test
    void noTwoRoomsImportEachOther() {
        slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(main);
    }

    @Test
    void aClassThatBreaksARoomIsFound() {
        JavaClasses broken = new ClassFileImporter().importClasses(BrokenRoomExample.class);
        assertThat(SCHEDULING.evaluate(broken).hasViolation()).isTrue();
        assertThat(NOBODY_IMPORTS_THE_ENGINE.evaluate(broken).hasViolation()).isTrue();
    }
}
