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
package io.carillon.it.browser;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.console.access.Accounts;
import io.carillon.console.command.InstanceCommand;
import io.carillon.console.command.JobCommand;
import io.carillon.it.MixedCluster;
import io.carillon.jobs.operations.JobCommands;
import io.carillon.launcher.ChildProcess;
import io.carillon.launcher.SystemTime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.openqa.selenium.Keys;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * What people come to the console for, each in both languages, in a real browser over a shop that runs: three by keys alone,
 * four on a screen of 360 pixels.
 */
@Tag("story")
class JourneysStoryTest {

    @TempDir
    private static Path folder;

    private static Browser browser;
    private static ShopWorld shop;

    @BeforeAll
    static void openTheShop() throws Exception {
        browser = Browser.start();
        shop = new ShopWorld(folder).open();
    }

    @AfterAll
    static void closeTheShop() throws Exception {
        try (ShopWorld ignored = shop;
                Browser closedFirst = browser) {
            // both are closed, even if one cannot be
        }
    }

    /** A reader of the shop's console, logged in, at the first page. */
    private static Browser reader(Language language) {
        return browser.at(shop.address(), language.texts, shop.session()).open("/");
    }

    private static JobCommands jobs() {
        return shop.cluster().commands();
    }

    private static String cron(String job) {
        return jobs().configuration(job).orElseThrow().getCron();
    }

    /** What the services have printed about a job's runs. */
    private static List<String> runs(String job) throws Exception {
        List<String> lines = new ArrayList<>();
        for (String host : List.of("shop-1", "shop-2", "shop-3")) {
            try (var log = Files.lines(shop.worker(host).log())) {
                log.filter(line -> line.startsWith("RUN " + job + " ")).forEach(lines::add);
            }
        }
        return lines;
    }

    private static void runPrinted(String job, String what) throws Exception {
        ShopWorld.await(job + " has run with " + what, () -> runs(job).stream().anyMatch(line -> line.contains(what)));
    }

    // ---- the shortest ways --------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource
    void howTheJobsAreDoingIsSeenWithoutAClickAndAScheduleIsChangedWithThree(Language in) {
        String job = "carts-abandon";
        String before = cron(job);
        String after = before.equals("0 0/10 * * * ?") ? "0 0/15 * * * ?" : "0 0/10 * * * ?";
        // no click: what needs attention, why, and what runs next
        reader(in)
                .see(in.say("overview.attention"), in.say("overview.due"))
                .seeRow("payments-reconcile", in.say("health.BAD"));
        browser.open("/clusters/shop?q=").strike("/").strike(job, Keys.ENTER);
        browser.press(job) // 1
                .press(in.say("job.edit")) // 2
                .type(in.say("setting.cron"), after)
                .press(in.say("edit.check")) // 3, and one more that confirms
                .seeRow(in.say("setting.cron"), before, after)
                .press(in.say("edit.save"))
                .see(in.say("edit.toJob"));
        assertThat(cron(job)).isEqualTo(after);
    }

    // ---- the twelve ---------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource
    void theFailingJobIsFoundAndItsCauseReadOnATelephone(Language in) throws Exception {
        // other journeys have taken services away
        ShopWorld.await("its shards are with instances that are online", () -> shop.isSettled("payments-reconcile"));
        reader(in).narrow().open("/");
        browser.see(in.say("overview.attention"))
                .press("payments-reconcile")
                .see(in.say("runs.title"))
                .press(
                        "java.lang.IllegalStateException: 3 payments of Beijing differ from the bank's statement and cannot"
                                + " be booked")
                .see(
                        in.say("run.fingerprint"),
                        "Caused by: java.sql.SQLTransactionRollbackException: Lock wait timeout exceeded; try restarting"
                                + " transaction: table ledger_beijing",
                        "at com.example.shop.ShopJobs$ReconcilePayments.lock(ShopJobs.java:");
        assertThat(browser.ask("return [...document.querySelectorAll('.trace pre b')].map((b) => b.innerText).join()"))
                .as("the shop's own lines stand out")
                .asString()
                .contains("com.example.shop.ShopJobs$ReconcilePayments.compare");
        // and it can be repeated from here, with one hand
        browser.press(in.say("command.rerun-failed"))
                .seeDialog()
                .press(in.say("command.rerun-failed"))
                .see("payments-reconcile")
                .press(in.say("confirm.close"))
                .seeNoDialog();
    }

    @ParameterizedTest
    @EnumSource
    void aScheduleIsChangedByKeysWithAPreviewADifferenceAndAConflict(Language in) {
        String job = "stock-expire-reservations";
        String before = cron(job);
        boolean first = before.equals("0 0/1 * * * ?");
        String wanted = first ? "0 30 2 * * ?" : "0 0/1 * * * ?";
        String others = first ? "0 0/2 * * * ?" : "0 0/3 * * * ?";
        reader(in).byKeysOnly().see(in.say("overview.attention"));
        browser.strike("g").strike("j").see(in.say("jobs.words"));
        browser.strike("/").strike(job, Keys.ENTER).see(job);
        browser.press(job).press(in.say("job.edit")).see(in.say("schedule.title"));

        // a schedule that is none is said to be none while it is typed
        browser.type(in.say("setting.cron"), "0 0 25 * * ?").see("0 0 25 * * ?");
        browser.until(
                "the preview complains",
                "return document.querySelector('#schedule .notice.bad')?.innerText.length > 0");
        // the next ten runs, before anything is stored
        browser.type(in.say("setting.cron"), wanted);
        browser.until(
                "ten runs are previewed", "return document.querySelectorAll('#schedule .firings li').length === 10");
        if (first) {
            browser.see("02:30:00");
        }

        // somebody else is quicker
        JobCommands.Stored stored = jobs().stored(job).orElseThrow();
        shop.does(
                "wang.fang",
                new JobCommand.Edit(
                        ShopWorld.CLUSTER,
                        stored.configuration().toBuilder().cron(others).build(),
                        stored.version(),
                        "edit"),
                "the warehouses asked for it");
        browser.press(in.say("edit.check"));
        browser.see(in.say("edit.conflict"), in.say("edit.conflictText"));
        assertThat(cron(job)).as("what is stored").isEqualTo(others);

        browser.press(in.say("edit.reload"));
        browser.until(
                "the form shows what is stored now",
                "return document.querySelector('input[name=cron]')?.value === arguments[0]",
                others);
        browser.type(in.say("setting.cron"), wanted)
                .press(in.say("edit.check"))
                .seeRow(in.say("setting.cron"), others, wanted)
                .type(in.say("confirm.reasonIfAny"), "less load in the evening")
                .press(in.say("edit.save"))
                .see(in.say("edit.toJob"));
        assertThat(cron(job)).isEqualTo(wanted);
        browser.press(in.say("edit.toJob"))
                .see(wanted)
                .seeRow(ShopWorld.ADMIN, in.say("command.edit"), "less load in the evening")
                .seeRow("wang.fang", in.say("command.edit"), "the warehouses asked for it");
    }

    @ParameterizedTest
    @EnumSource
    void aJobIsTriggeredByKeysWithParametersForSomeShards(Language in) throws Exception {
        String parameter = "full-" + in.tag();
        reader(in).byKeysOnly().see(in.say("overview.attention"));
        browser.strike("/").strike("search-reindex", Keys.ENTER);
        browser.press("search-reindex").see(in.say("requests.title"));
        browser.strike("t").seeDialog().see(in.say("trigger.title", "search-reindex"));
        browser.type(in.say("trigger.parameter"), parameter)
                .type(in.say("trigger.items"), "1-2")
                .press(in.say("command.trigger"))
                .press(in.say("confirm.close"))
                .seeNoDialog()
                .seeRow(in.say("requestKind.TRIGGER"), in.say("requestState.DONE"), parameter);
        runPrinted("search-reindex", "'" + parameter + "'");
        Set<String> items = runs("search-reindex").stream()
                .filter(line -> line.contains("'" + parameter + "'"))
                .map(line -> line.split(" ")[2])
                .collect(Collectors.toSet());
        assertThat(items).containsExactlyInAnyOrder("1", "2");
        browser.seeRow(in.say("source.MANUAL"), in.say("outcome.SUCCEEDED"))
                .seeRow(ShopWorld.ADMIN, in.say("command.trigger"));
    }

    @ParameterizedTest
    @EnumSource
    void aRangeOfDaysIsCaughtUpWithAfterALookAtWhatWouldRun(Language in) throws Exception {
        String job = "reports-ledger-export";
        String reason = "the tax office lost three days (" + in.tag() + ")";
        reader(in)
                .open("/clusters/shop/jobs/" + job)
                .press(in.say("command.trigger") + "…")
                .seeDialog()
                .press(in.say("trigger.range"))
                .type(in.say("trigger.from"), "03102026", Keys.TAB, "120000AM")
                .type(in.say("trigger.to"), "03132026", Keys.TAB, "120000AM")
                .press(in.say("trigger.preview"))
                .see(in.say("trigger.count", 3), "2026-03-10", "2026-03-12")
                .press(in.say("command.trigger"))
                // a range needs a reason
                .see(in.say("problem.reason.text", 500).split("[.。]")[0])
                .type(in.say("confirm.reason"), reason)
                .press(in.say("command.trigger"))
                .press(in.say("confirm.close"))
                .seeNoDialog()
                .seeRow(in.say("requestKind.BACKFILL"), in.say("requestState.DONE"), in.say("requests.done", 3, 3, 0))
                .seeRow(in.say("source.BACKFILL"), in.say("outcome.SUCCEEDED"), "2026-03-10")
                .seeRow(ShopWorld.ADMIN, in.say("command.backfill"), reason);
        // 04:15 in Berlin
        runPrinted(job, "2026-03-11T03:15:00Z");
    }

    @ParameterizedTest
    @EnumSource
    void aJobIsSwitchedOffWithAReasonOnATelephoneAndItIsSeenByWhom(Language in) {
        String job = "mail-retry-bounced";
        String reason = "the mail provider asked us to stop (" + in.tag() + ")";
        reader(in).narrow().open("/clusters/shop/jobs/" + job);
        browser.press(in.say("command.disable"))
                .seeDialog()
                .see(in.say("effect.disable"))
                .press(in.say("command.disable"));
        // the field asks for its text: the dialog stays
        browser.until("the reason is asked for", "return document.querySelector('#reason:invalid') !== null");
        browser.type(in.say("confirm.reason"), reason)
                .press(in.say("command.disable"))
                .see(in.say("done.disable", job))
                .press(in.say("confirm.close"))
                .seeNoDialog()
                .see(in.say("job.disabled"), reason, ShopWorld.ADMIN);
        assertThat(shop.cluster().queries().job(job).orElseThrow().disabled()).isTrue();
        // whoever comes next sees who it was, and why
        browser.open("/clusters/shop/jobs?q=state:disabled").press(job).see(reason, ShopWorld.ADMIN);
        browser.press(in.say("command.enable"))
                .seeDialog()
                .press(in.say("command.enable"))
                .press(in.say("confirm.close"))
                .see(in.say("job.enabled"));
    }

    @ParameterizedTest
    @EnumSource
    void anInstanceIsDrainedByKeysAfterALookAtWhatHappens(Language in) {
        String id = shop.instance("shop-2");
        reader(in).byKeysOnly().see(in.say("overview.attention"));
        browser.strike("g").strike("i").see(id);
        browser.press(id).see(in.say("instance.whatIf")).seeRow("orders-close-unpaid", in.say("fate.moves", 2));
        browser.press(in.say("command.drain"))
                .seeDialog()
                .see(in.say("effect.drain"))
                .type(in.say("confirm.reason"), "a new release")
                .press(in.say("command.drain"))
                .see(in.say("done.drain", id))
                .press(in.say("confirm.close"))
                .seeNoDialog()
                // its shards leave it at the next firings
                .see(in.say("instance.drained"));
        browser.open("/clusters/shop/jobs/fraud-check");
        browser.until(
                "its shards are with the others",
                "const rows = [...document.querySelectorAll('[data-shard-map] tr[data-item]')];"
                        + "return rows.length === 6 && rows.every((row) => row.dataset.owner && row.dataset.owner !=="
                        + " arguments[0]);",
                id);
        shop.does("wang.fang", new InstanceCommand.Undrain(ShopWorld.CLUSTER, id), "");
    }

    @ParameterizedTest
    @EnumSource
    void aShardIsSeenToMoveAfterItsServiceWasKilled(Language in) throws Exception {
        ChildProcess victim = shop.worker("shop-3");
        String id = shop.instance("shop-3");
        reader(in).open("/clusters/shop/jobs/fraud-check").see(id);
        browser.until(
                "it owns shards",
                "return [...document.querySelectorAll('[data-shard-map] tr[data-item]')]"
                        + ".some((row) => row.dataset.owner === arguments[0])",
                id);
        browser.until("the page is live", "return document.getElementById('live-state').dataset.state === 'live'");
        victim.kill();
        try {
            // nobody touches the page: the shards move on it, and it says from whom to whom
            browser.see(in.say("shards.moved"), id + " → 10.20.3.1");
            browser.until(
                    "all shards have a living owner",
                    "return [...document.querySelectorAll('[data-shard-map] tr[data-item]')]"
                            + ".every((row) => row.dataset.owner && row.dataset.owner !== arguments[0])",
                    id);
            assertThat(browser.path()).isEqualTo("/clusters/shop/jobs/fraud-check");
        } finally {
            victim.start().awaitReady(Duration.ofMinutes(1));
        }
    }

    @ParameterizedTest
    @EnumSource
    void whyAJobDidNotRunIsAnsweredOnATelephone(Language in) {
        reader(in).narrow().open("/clusters/shop/jobs?q=" + ShopWorld.SWITCHED_OFF);
        browser.press(ShopWorld.SWITCHED_OFF)
                .see("zhang.min", ShopWorld.WHY_SWITCHED_OFF)
                .press(in.say("timeline.link"))
                .see(in.say("timeline.table"), in.say("firing.PASSED"), ShopWorld.WHY_SWITCHED_OFF, "zhang.min");
        assertThat(browser.ask("return document.querySelectorAll('#timeline svg .firing.state-passed').length > 0"))
                .as("it is drawn, too")
                .isEqualTo(true);
    }

    @ParameterizedTest
    @EnumSource
    void theMessageOfAnOrderIsFoundAndWhoHasNotConsumedIt(Language in) {
        reader(in).see(in.say("overview.attention"));
        browser.press(in.say("tab.messages"))
                .see(in.say("flow.title"))
                .type(in.say("messages.search"), "key:" + ShopWorld.ORDER, Keys.ENTER)
                .seeRow(ShopWorld.ORDER, in.say("state.SENT"));
        browser.until("only that one is left", "return document.querySelectorAll('#rows tbody tr').length === 1");
        browser.ask("document.querySelector('#rows tbody th a').click()");
        browser.see(in.say("message.confirmations"))
                .seeRow("stock", in.say("confirmation.CONSUMED"))
                .seeRow("points", in.say("confirmation.CONSUMED"))
                .see("79.80", "杭州");
        browser.until(
                "the one that has not is pending or overdue",
                "return [...document.querySelectorAll('tr')].some((row) => row.innerText.includes(arguments[0])"
                        + " && (row.innerText.includes(arguments[1]) || row.innerText.includes(arguments[2])))",
                ShopWorld.BEHIND,
                in.say("confirmation.PENDING"),
                in.say("confirmation.OVERDUE"));
    }

    @ParameterizedTest
    @EnumSource
    void deadLettersAreSentAgainOnATelephoneAfterADryRun(Language in) {
        String cause = in == Language.ENGLISH ? "no route to host" : "does not know the topic";
        long dead = shop.dead();
        reader(in).narrow().open("/messages/dead?by=cause");
        browser.see(in.say("dead.groups"))
                .press(in.say("command.replay"), cause)
                .seeDialog()
                .see(in.say("messages.dryRun"), "14");
        assertThat(shop.dead()).as("dead messages after the dry run").isEqualTo(dead);
        browser.type(in.say("messages.limit"), "5")
                .press(in.say("messages.dryAgain"))
                .see(in.say("messages.willTruncate", 5));
        browser.type(in.say("messages.limit"), "100")
                .type(in.say("confirm.reason"), "the broker is back (" + in.tag() + ")")
                .press(in.say("command.replay"))
                .see(in.say("confirm.outcome", 14, 14))
                .press(in.say("confirm.close"))
                .seeNoDialog();
        assertThat(shop.dead()).as("dead messages after they were sent again").isEqualTo(dead - 14);
    }

    @ParameterizedTest
    @EnumSource
    void theFirstAdministratorComesByALinkAndAViewerCannotTrigger(Language in) {
        String password = "nobody guesses this one";
        try (ConfigurableApplicationContext center = shop.center("first-" + in.tag(), ShopWorld.CLUSTER)) {
            Accounts accounts = center.getBean(Accounts.class);
            // without a login there is nothing to see
            browser.at(ShopWorld.address(center), in.texts, "").open("/");
            browser.see(in.say("login.title"), in.say("login.empty"));
            // the link that the log tells
            browser.open("/welcome?link=" + accounts.firstLink().orElseThrow());
            browser.see(in.say("welcome.first"))
                    .type(in.say("login.name"), "ada")
                    .type(in.say("welcome.password"), password)
                    .type(in.say("welcome.again"), password)
                    .press(in.say("welcome.button"))
                    .see(in.say("overview.attention"), "ada");
            browser.open("/clusters/shop/jobs/search-reindex").see(in.say("command.remove"));
            browser.press(in.say("tab.access"))
                    .see(in.say("access.users"))
                    .type(in.say("login.name"), "grace")
                    .press(in.say("command.give-role"))
                    .see(in.say("done.give-role-link", "grace"), in.say("access.onlyOnce"));
            String link = String.valueOf(browser.ask("return document.querySelector('.secret').innerText"));
            browser.press(in.say("nav.logout")).see(in.say("login.title"));

            browser.open(link.substring(link.indexOf("/welcome")))
                    .see(in.say("welcome.other", "grace"))
                    .type(in.say("welcome.password"), password)
                    .type(in.say("welcome.again"), password)
                    .press(in.say("welcome.button"))
                    .see(in.say("overview.attention"), "grace");
            browser.open("/clusters/shop/jobs/search-reindex").see(in.say("shards.title"));
            assertThat(browser.offers(in.say("command.trigger") + "…"))
                    .as("the page offers to trigger")
                    .isFalse();
            // who knows the address is refused, too
            int before = jobs().requests().requests("search-reindex").size();
            browser.open("/clusters/shop/jobs/search-reindex/trigger")
                    .press(in.say("command.trigger"))
                    .see(in.say("problem.role.text", "@", "@").replaceFirst(".*@", ""));
            assertThat(jobs().requests().requests("search-reindex")).hasSize(before);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aNamespaceWhereOnlyElasticJobRunsIsSeenAndControlled(Language in) throws Exception {
        String namespace = "legacy-" + in.tag();
        String job = "stock-export";
        ChildProcess elasticJob = shop.start(
                namespace,
                MixedCluster.peer("ElasticJobWorker"),
                List.of(shop.zooKeeper(), namespace, job, "0/2 * * * * ?", "2", "true", "50", "0"));
        try (ConfigurableApplicationContext center =
                shop.center(namespace, namespace, "--carillon.console.anyone=admin")) {
            browser.at(ShopWorld.address(center), in.texts, "").open("/");
            browser.seeRow(job).press(job).see("io.carillon.it.MixedJob", "0/2 * * * * ?", in.say("job.online", 1));

            browser.press(in.say("command.disable"))
                    .seeDialog()
                    .type(in.say("confirm.reason"), "stocktaking")
                    .press(in.say("command.disable"))
                    .press(in.say("confirm.close"))
                    .see("stocktaking");
            assertItRests(elasticJob);
            browser.press(in.say("command.enable"))
                    .seeDialog()
                    .press(in.say("command.enable"))
                    .press(in.say("confirm.close"))
                    .see(in.say("job.enabled"));
            int before = lines(elasticJob);
            ShopWorld.await("it runs again", () -> lines(elasticJob) > before);

            browser.press(in.say("job.edit"))
                    .type(in.say("setting.cron"), "0 0 3 * * ?")
                    .press(in.say("edit.check"))
                    .seeRow(in.say("setting.cron"), "0/2 * * * * ?", "0 0 3 * * ?")
                    .press(in.say("edit.save"))
                    .press(in.say("edit.toJob"))
                    .see("0 0 3 * * ?");
            assertItRests(elasticJob);
            // without a schedule that is near it runs because it is told to
            int triggered = lines(elasticJob);
            browser.press(in.say("command.trigger") + "…")
                    .seeDialog()
                    .press(in.say("command.trigger"))
                    .press(in.say("confirm.close"));
            ShopWorld.await("it runs as it is told", () -> lines(elasticJob) > triggered);
        }
        elasticJob.kill();
    }

    private static int lines(ChildProcess process) throws Exception {
        try (var lines = Files.lines(process.log())) {
            return (int) lines.filter(line -> line.startsWith("RUN ")).count();
        }
    }

    /** For longer than its schedule has between two firings nothing new is printed. */
    private static void assertItRests(ChildProcess elasticJob) throws Exception {
        int[] seen = {lines(elasticJob), 0};
        long[] since = {SystemTime.startNanos()};
        ShopWorld.await("it rests", () -> {
            int now = lines(elasticJob);
            if (now != seen[0]) {
                seen[0] = now;
                since[0] = SystemTime.startNanos();
            }
            return SystemTime.elapsedSince(since[0]).toMillis() > 4_500;
        });
    }
}
