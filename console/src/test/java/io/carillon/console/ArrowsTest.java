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

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import io.carillon.console.command.Command;
import io.carillon.console.command.Commands;
import io.carillon.console.command.MessageCommand;
import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.TypedJob;
import io.carillon.jobs.operations.ItemCommands;
import io.carillon.jobs.operations.JobRequests;
import io.carillon.jobs.requests.JobRequest;
import io.carillon.jobs.scheduling.CronSchedule;
import io.carillon.messages.Message;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.directory.Directory;
import io.carillon.messages.directory.DirectoryEdits;
import io.carillon.messages.directory.DirectoryView;
import io.carillon.messages.directory.LiveDirectory;
import io.carillon.messages.operations.MessageCommands;
import io.carillon.messages.recovery.ParkedCommands;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;

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
                                "io.carillon.jobs.alarms",
                                "io.carillon.jobs.operations",
                                "io.carillon.jobs.model",
                                "io.carillon.jobs.history",
                                "io.carillon.messages.operations",
                                "io.carillon.messages.model")
                        .or(resideInAnyPackage("com.password4j.."))
                        .or(type(Message.class))
                        .or(type(ReceivedMessage.class))
                        .or(belongToAnyOf(ParkedCommands.class, Directory.class, LiveDirectory.Edited.class))
                        .or(type(DirectoryView.class))
                        .or(type(DirectoryEdits.class))
                        .or(type(JobConfiguration.class))
                        .or(type(JobConfiguration.Builder.class))
                        .or(type(TypedJob.class))
                        .or(type(InvalidSettingException.class))
                        .or(type(CronSchedule.class))
                        .or(type(CronSchedule.Firing.class))
                        .or(type(CronSchedule.Mark.class))
                        .or(type(JobRequest.Kind.class))
                        .or(type(JobRequest.State.class))
                        .or(type(JobRequest.Failure.class)))
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
    void nothingIsKeptInStaticFields() {
        ArchRuleDefinition.fields()
                .that(new DescribedPredicate<JavaField>("are static") {
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
    }

    @Test
    void onlyPostPutAndDeleteChangeAnythingAndOnlyThroughTheOnePlace() {
        // who may be called by a handler of a GET, directly or by way of others: never what changes something
        Set<JavaMethod> reached = new HashSet<>();
        Deque<JavaMethod> open = new ArrayDeque<>();
        int handlers = 0;
        for (JavaClass type : CONSOLE) {
            for (JavaMethod method : type.getMethods()) {
                if (method.isAnnotatedWith(GetMapping.class)) {
                    handlers++;
                    open.add(method);
                }
                assertThat(method.isAnnotatedWith(RequestMapping.class))
                        .as(method.getFullName() + " names its verb")
                        .isFalse();
            }
        }
        assertThat(handlers).isGreaterThan(5);
        while (!open.isEmpty()) {
            JavaMethod method = open.poll();
            if (reached.add(method)) {
                method.getMethodCallsFromSelf().stream()
                        .flatMap(call -> call.getTarget().resolveMember().stream())
                        .filter(called -> called.getOwner().getPackageName().startsWith("io.carillon.console"))
                        .forEach(open::add);
            }
        }
        List<String> changes = reached.stream()
                .filter(method -> method.getOwner().isEquivalentTo(Commands.class)
                                && method.getName().equals("run")
                        || (method.getOwner().isAssignableTo(Command.class)
                                        || method.getOwner().isAssignableTo(MessageCommand.class))
                                && method.getName().equals("run"))
                .map(JavaMethod::getFullName)
                .toList();
        assertThat(changes).isEmpty();
        noClasses()
                .that()
                .resideOutsideOfPackage("io.carillon.console.command")
                .should()
                .callMethodWhere(new DescribedPredicate<>("changes a job without passing Commands") {
                    @Override
                    public boolean test(JavaMethodCall call) {
                        boolean commands = call.getTargetOwner().isAssignableTo(ItemCommands.class)
                                && !Set.of("stored", "configuration", "requests")
                                        .contains(call.getName());
                        boolean requests = call.getTargetOwner().isAssignableTo(JobRequests.class)
                                && !Set.of("requests", "request").contains(call.getName());
                        boolean messages = call.getTargetOwner().isAssignableTo(MessageCommands.class)
                                || call.getTargetOwner().isAssignableTo(DirectoryEdits.class)
                                || call.getTargetOwner().isAssignableTo(ParkedCommands.class)
                                        && !Set.of("list", "find").contains(call.getName());
                        return commands || requests || messages;
                    }
                })
                .check(CONSOLE);
    }
}
