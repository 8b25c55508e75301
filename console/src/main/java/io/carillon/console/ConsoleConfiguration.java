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

import io.carillon.console.api.ConsoleApi;
import io.carillon.console.ask.Ask;
import io.carillon.console.ask.Questions;
import io.carillon.console.screen.job.JobScreen;
import io.carillon.console.screen.overview.OverviewScreen;
import io.carillon.console.web.Assets;
import io.carillon.console.web.Pages;
import io.carillon.console.web.SecureHeaders;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * The console's beans. Import it where Spring MVC runs and give it {@link ConsoleSources}, and {@link ConsoleOptions} if
 * the defaults do not fit.
 */
@Configuration(proxyBeanMethods = false)
public class ConsoleConfiguration {
    /** All sources of the application as one. */
    record AllSources(ConsoleSources sources) {}

    @Bean
    AllSources carillonConsoleSources(ObjectProvider<ConsoleSources> sources) {
        return new AllSources(new ConsoleSources(
                sources.orderedStream().flatMap(s -> s.clusters().stream()).toList(),
                sources.orderedStream().flatMap(s -> s.stores().stream()).toList()));
    }

    @Bean
    Ask carillonConsoleAsk(ObjectProvider<ConsoleOptions> options) {
        ConsoleOptions chosen = options.getIfAvailable(ConsoleOptions::defaults);
        return new Ask(chosen.time(), chosen.answerLimit());
    }

    @Bean
    Questions carillonConsoleQuestions(Ask ask) {
        return new Questions(ask);
    }

    @Bean
    Assets carillonConsoleAssets() {
        return new Assets();
    }

    @Bean
    Pages carillonConsolePages(ObjectProvider<ConsoleOptions> options, AllSources all, Assets assets) {
        return new Pages(options.getIfAvailable(ConsoleOptions::defaults), all.sources(), assets);
    }

    @Bean
    OverviewScreen carillonConsoleOverview(AllSources all, Questions questions, Pages pages) {
        return new OverviewScreen(all.sources(), questions, pages);
    }

    @Bean
    JobScreen carillonConsoleJob(AllSources all, Questions questions, Pages pages) {
        return new JobScreen(all.sources(), questions, pages);
    }

    @Bean
    ConsoleApi carillonConsoleApi(AllSources all, Questions questions) {
        return new ConsoleApi(all.sources(), questions);
    }

    @Bean
    WebMvcConfigurer carillonConsoleHeaders() {
        return new WebMvcConfigurer() {
            @Override
            public void addInterceptors(InterceptorRegistry registry) {
                registry.addInterceptor(new SecureHeaders())
                        .addPathPatterns("/", "/clusters/**", "/assets/**", "/api/v1/**");
            }
        };
    }
}
