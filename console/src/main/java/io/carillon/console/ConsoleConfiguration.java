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

import io.carillon.console.access.Accounts;
import io.carillon.console.access.Callers;
import io.carillon.console.access.ConsoleStore;
import io.carillon.console.access.FileStore;
import io.carillon.console.access.Grant;
import io.carillon.console.access.HostAccess;
import io.carillon.console.api.AdminApi;
import io.carillon.console.api.ClustersApi;
import io.carillon.console.api.ConsoleApi;
import io.carillon.console.api.InstancesApi;
import io.carillon.console.api.JobsApi;
import io.carillon.console.api.OpenApi;
import io.carillon.console.api.Repeats;
import io.carillon.console.ask.AlarmDesk;
import io.carillon.console.ask.Ask;
import io.carillon.console.ask.LimitedStore;
import io.carillon.console.ask.Questions;
import io.carillon.console.ask.TimeLimit;
import io.carillon.console.command.Commands;
import io.carillon.console.command.Thresholds;
import io.carillon.console.command.Trail;
import io.carillon.console.live.Hints;
import io.carillon.console.live.Stream;
import io.carillon.console.screen.access.AccessScreen;
import io.carillon.console.screen.audit.AuditScreen;
import io.carillon.console.screen.command.CommandScreen;
import io.carillon.console.screen.consumers.ConsumersScreen;
import io.carillon.console.screen.copy.CopyScreen;
import io.carillon.console.screen.dead.DeadScreen;
import io.carillon.console.screen.edit.EditScreen;
import io.carillon.console.screen.instances.InstancesScreen;
import io.carillon.console.screen.job.JobScreen;
import io.carillon.console.screen.jobs.JobsScreen;
import io.carillon.console.screen.login.LoginScreen;
import io.carillon.console.screen.messagecommand.MessageCommandScreen;
import io.carillon.console.screen.messages.MessagesScreen;
import io.carillon.console.screen.overview.OverviewScreen;
import io.carillon.console.screen.registry.RegistryScreen;
import io.carillon.console.screen.run.RunScreen;
import io.carillon.console.screen.timeline.TimelineScreen;
import io.carillon.console.screen.trigger.TriggerScreen;
import io.carillon.console.web.Assets;
import io.carillon.console.web.Copies;
import io.carillon.console.web.Gate;
import io.carillon.console.web.Pages;
import io.carillon.console.web.Preferences;
import io.carillon.console.web.SayRefused;
import io.carillon.console.web.Scope;
import io.carillon.console.web.SeenTrail;
import io.carillon.jobs.operations.HealthThresholds;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.web.method.HandlerTypePredicate;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.PathMatchConfigurer;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * The console's beans. Import it where Spring MVC runs and give it {@link ConsoleSources}, and if the defaults do not fit {@link
 * ConsoleOptions}.
 *
 * <p>Who may come in: a {@link HostAccess} bean says who is there; without one the console has a login of its own, whose users
 * are in the {@link ConsoleStore} bean, or else in memory; {@link AnyoneMay} gives roles to people who do not log in.
 */
@Configuration(proxyBeanMethods = false)
public class ConsoleConfiguration {
    /** All sources of the application as one. */
    record AllSources(ConsoleSources sources) {}

    /** Who asks how the console behaves, once for all beans. */
    record Chosen(ConsoleOptions options) {}

    /** What the console keeps. */
    record Remembered(ConsoleStore store, Trail trail) {}

    /** What may be done without a login; without such a bean nothing. */
    public record AnyoneMay(List<Grant> grants) {}

    @Bean
    Chosen carillonConsoleChosen(ObjectProvider<ConsoleOptions> options) {
        return new Chosen(options.getIfAvailable(ConsoleOptions::defaults));
    }

    @Bean
    AllSources carillonConsoleSources(ObjectProvider<ConsoleSources> sources) {
        return new AllSources(new ConsoleSources(
                sources.orderedStream().flatMap(s -> s.clusters().stream()).toList(),
                sources.orderedStream().flatMap(s -> s.stores().stream()).toList(),
                sources.orderedStream().flatMap(s -> s.messages().stream()).toList()));
    }

    @Bean
    Ask carillonConsoleAsk(Chosen chosen) {
        return new Ask(chosen.options().time(), chosen.options().answerLimit());
    }

    @Bean
    Questions carillonConsoleQuestions(Ask ask) {
        return new Questions(ask);
    }

    /** Shows alarms where a {@link ConsoleAlarms} bean sends any. */
    @Bean
    AlarmDesk carillonConsoleAlarms(Questions questions, ObjectProvider<ConsoleAlarms> alarms) {
        return new AlarmDesk(questions, alarms.getIfAvailable());
    }

    @Bean
    Assets carillonConsoleAssets() {
        return new Assets();
    }

    @Bean
    TimeLimit carillonConsoleStoreLimit(Chosen chosen) {
        // a page asks who is there first, and then for what it shows: both together stay below 3 s
        return new TimeLimit(
                "the console's store",
                chosen.options().answerLimit().dividedBy(2),
                chosen.options().time());
    }

    @Bean
    Remembered carillonConsoleRemembered(
            ObjectProvider<ConsoleStore> store, ObjectProvider<Trail> trail, TimeLimit limit) {
        ConsoleStore found = store.getIfAvailable();
        Trail kept = trail.getIfAvailable();
        return new Remembered(
                found == null ? FileStore.inMemory() : new LimitedStore(found, limit),
                kept == null ? Trail.inMemory() : kept);
    }

    /** From when on a job is not well; a {@link HealthThresholds} bean says what the application's properties say. */
    @Bean(destroyMethod = "close")
    Thresholds carillonConsoleThresholds(
            Remembered remembered, ObjectProvider<HealthThresholds> properties, Chosen chosen) {
        return new Thresholds(
                properties.getIfAvailable(() -> HealthThresholds.DEFAULTS),
                remembered.store(),
                chosen.options().time());
    }

    @Bean
    Accounts carillonConsoleAccounts(Remembered remembered, Chosen chosen) {
        return new Accounts(remembered.store(), chosen.options().time());
    }

    @Bean
    Scope carillonConsoleScope(AllSources all) {
        return new Scope(all.sources());
    }

    @Bean
    Copies carillonConsoleCopies(Scope scope, Questions questions) {
        return new Copies(scope, questions);
    }

    @Bean
    Pages carillonConsolePages(Chosen chosen, AllSources all, Assets assets, Callers callers) {
        return new Pages(chosen.options(), all.sources(), assets, callers.hasLogin());
    }

    @Bean
    Callers carillonConsoleCallers(
            Accounts accounts, ObjectProvider<HostAccess> host, ObjectProvider<AnyoneMay> anyone) {
        return new Callers(
                accounts,
                host.getIfAvailable(),
                anyone.orderedStream().flatMap(may -> may.grants().stream()).toList());
    }

    @Bean
    Gate carillonConsoleGate(Callers callers, Pages pages, Chosen chosen) {
        return new Gate(callers, pages, chosen.options().path());
    }

    @Bean
    Hints carillonConsoleHints(AllSources all) {
        Hints hints = new Hints();
        hints.listenTo(all.sources());
        return hints;
    }

    /** Open pages keep no server from ending in order: they are told before it waits for its requests. */
    @Bean
    ApplicationListener<ContextClosedEvent> carillonConsoleEndsHints(Hints hints) {
        return event -> hints.close();
    }

    @Bean
    Stream carillonConsoleStream(Hints hints) {
        return new Stream(hints);
    }

    @Bean
    Commands carillonConsoleCommands(
            AllSources all, Questions questions, Remembered remembered, Hints hints, Chosen chosen) {
        return new Commands(
                all.sources(),
                questions,
                remembered.trail(),
                hints,
                chosen.options().time(),
                chosen.options().answerLimit(),
                chosen.options().readOnly(),
                chosen.options().scriptJobs());
    }

    @Bean
    SayRefused carillonConsoleRefused(Pages pages) {
        return new SayRefused(pages);
    }

    // ---- screens ------------------------------------------------------------------------------------------------

    @Bean
    LoginScreen carillonConsoleLogin(Accounts accounts, Pages pages) {
        return new LoginScreen(accounts, pages);
    }

    @Bean
    Preferences carillonConsolePreferences(Pages pages) {
        return new Preferences(pages);
    }

    @Bean
    CommandScreen carillonConsoleCommandScreen(
            Scope scope, Questions questions, Commands commands, Pages pages, Chosen chosen) {
        return new CommandScreen(
                scope, questions, commands, pages, chosen.options().time());
    }

    @Bean
    OverviewScreen carillonConsoleOverview(
            Scope scope, Questions questions, AlarmDesk alarms, Pages pages, Chosen chosen) {
        return new OverviewScreen(
                scope, questions, alarms, pages, chosen.options().time());
    }

    @Bean
    JobsScreen carillonConsoleJobs(
            Scope scope, Questions questions, Pages pages, Remembered remembered, Chosen chosen) {
        return new JobsScreen(
                scope, questions, pages, remembered.store(), chosen.options().time());
    }

    @Bean
    JobScreen carillonConsoleJob(
            Scope scope, Questions questions, Remembered remembered, AlarmDesk alarms, Pages pages) {
        return new JobScreen(scope, questions, remembered.trail(), alarms, pages);
    }

    @Bean
    TimelineScreen carillonConsoleTimeline(Scope scope, Questions questions, Pages pages, Chosen chosen) {
        return new TimelineScreen(scope, questions, pages, chosen.options().time());
    }

    @Bean
    RunScreen carillonConsoleRun(Scope scope, Questions questions, Pages pages, Chosen chosen) {
        return new RunScreen(scope, questions, pages, chosen.options().links());
    }

    @Bean
    InstancesScreen carillonConsoleInstances(Scope scope, Questions questions, Pages pages) {
        return new InstancesScreen(scope, questions, pages);
    }

    @Bean
    EditScreen carillonConsoleEdit(Scope scope, Questions questions, Commands commands, Pages pages, Chosen chosen) {
        return new EditScreen(
                scope, questions, commands, pages, chosen.options().time());
    }

    @Bean
    TriggerScreen carillonConsoleTrigger(Scope scope, Questions questions, Commands commands, Pages pages) {
        return new TriggerScreen(scope, questions, commands, pages);
    }

    @Bean
    SeenTrail carillonConsoleSeenTrail(Scope scope, Questions questions, Remembered remembered) {
        return new SeenTrail(scope, questions, remembered.trail());
    }

    @Bean
    AuditScreen carillonConsoleAudit(Scope scope, SeenTrail trail, Questions questions, Pages pages) {
        return new AuditScreen(scope, trail, questions, pages);
    }

    @Bean
    AdminApi carillonConsoleAdminApi(
            Scope scope,
            Questions questions,
            Commands commands,
            Accounts accounts,
            Callers callers,
            SeenTrail trail,
            Thresholds thresholds) {
        return new AdminApi(scope, questions, commands, accounts, callers, trail, thresholds);
    }

    @Bean
    RegistryScreen carillonConsoleRegistry(Scope scope, Questions questions, Commands commands, Pages pages) {
        return new RegistryScreen(scope, questions, commands, pages);
    }

    @Bean
    AccessScreen carillonConsoleAccess(
            Scope scope,
            Accounts accounts,
            Callers callers,
            Questions questions,
            Commands commands,
            Thresholds thresholds,
            ObjectProvider<ShownSettings> settings,
            Pages pages) {
        return new AccessScreen(
                scope,
                accounts,
                callers.hasLogin(),
                questions,
                commands,
                thresholds,
                settings.orderedStream().toList(),
                pages);
    }

    @Bean
    MessagesScreen carillonConsoleMessages(
            Scope scope,
            Questions questions,
            Commands commands,
            ObjectProvider<PayloadRedaction> redaction,
            Pages pages,
            Chosen chosen) {
        return new MessagesScreen(
                scope,
                questions,
                commands,
                redaction.getIfAvailable(() -> PayloadRedaction.NONE),
                pages,
                chosen.options().time());
    }

    @Bean
    DeadScreen carillonConsoleDead(Scope scope, Questions questions, Commands commands, Pages pages) {
        return new DeadScreen(scope, questions, commands, pages);
    }

    @Bean
    ConsumersScreen carillonConsoleConsumers(
            Scope scope, Questions questions, Commands commands, Pages pages, Chosen chosen) {
        return new ConsumersScreen(
                scope, questions, commands, pages, chosen.options().time());
    }

    @Bean
    MessageCommandScreen carillonConsoleMessageCommands(
            Scope scope, Questions questions, Commands commands, Pages pages, Chosen chosen) {
        return new MessageCommandScreen(
                scope, questions, commands, pages, chosen.options().time());
    }

    @Bean
    CopyScreen carillonConsoleCopy(Scope scope, Copies copies, Commands commands, Pages pages) {
        return new CopyScreen(scope, copies, commands, pages);
    }

    @Bean
    ConsoleApi carillonConsoleApi(Scope scope, Questions questions) {
        return new ConsoleApi(scope, questions);
    }

    @Bean
    InstancesApi carillonConsoleInstancesApi(Scope scope, Questions questions, AlarmDesk alarms) {
        return new InstancesApi(scope, questions, alarms);
    }

    @Bean
    JobsApi carillonConsoleJobsApi(
            Scope scope, Questions questions, Commands commands, Remembered remembered, Chosen chosen) {
        return new JobsApi(
                scope,
                questions,
                commands,
                new Repeats(remembered.store(), chosen.options().time()),
                chosen.options().time());
    }

    @Bean
    ClustersApi carillonConsoleClustersApi(Scope scope, Questions questions, Copies copies, Commands commands) {
        return new ClustersApi(scope, questions, copies, commands);
    }

    @Bean
    OpenApi carillonConsoleOpenApi() {
        return new OpenApi(
                List.of(ConsoleApi.class, InstancesApi.class, JobsApi.class, ClustersApi.class, AdminApi.class));
    }

    // ---- how requests come in -----------------------------------------------------------------------------------

    @Bean
    WebMvcConfigurer carillonConsoleRequests(
            ObjectProvider<Gate> gate, ObjectProvider<BelowThePath> others, Chosen chosen) {
        String path = chosen.options().path();
        return new WebMvcConfigurer() {
            @Override
            public void addInterceptors(InterceptorRegistry registry) {
                Gate found = gate.getObject();
                registry.addInterceptor(found)
                        .addPathPatterns(
                                path.isEmpty()
                                        ? List.of(
                                                "/",
                                                "/clusters/**",
                                                "/assets/**",
                                                "/api/v1/**",
                                                "/login",
                                                "/logout",
                                                "/welcome",
                                                "/preferences",
                                                "/stream",
                                                "/messages/**",
                                                "/audit/**",
                                                "/access/**")
                                        : List.of(path, path + "/**"));
            }

            @Override
            public void configurePathMatch(PathMatchConfigurer configurer) {
                if (!path.isEmpty()) {
                    configurer.addPathPrefix(
                            path,
                            HandlerTypePredicate.forBasePackage("io.carillon.console")
                                    .or(controller -> others.stream().anyMatch(more -> more.holds(controller))));
                }
            }
        };
    }
}
