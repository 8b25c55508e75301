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

import java.util.List;
import java.util.function.BiConsumer;

/** Every screen of the console, with something to see on it. Immutable. */
final class Tour {

    private static final String TO_IMPORT = """
            # Carillon jobs, format 1
            ---
            jobClass: com.example.shop.AuditExport
            configuration:
              jobName: audit-export
              shardingTotalCount: 1
              cron: 0 0 4 * * ?
            """;

    private Tour() {}

    /**
     * A screen, or a part of it that opens.
     *
     * @param name in names of files
     * @param address where it is
     * @param telephone whether people need it there, too
     * @param nobody whether it is for those who are not logged in
     * @param then what is done before it is looked at
     */
    record Stop(String name, String address, boolean telephone, boolean nobody, BiConsumer<Browser, Language> then) {

        Stop(String name, String address, BiConsumer<Browser, Language> then) {
            this(name, address, false, false, then);
        }

        Stop onATelephone() {
            return new Stop(name, address, true, nobody, then);
        }

        Stop asNobody() {
            return new Stop(name, address, telephone, true, then);
        }

        /** Goes there and does what is to be done. */
        void visit(Browser browser, Language in) {
            browser.open(address);
            then.accept(browser, in);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static List<Stop> of(ShopWorld shop) {
        String jobs = "/clusters/shop/jobs";
        return List.of(
                new Stop("01-clusters", "/clusters", (browser, in) -> browser.seeRow(ShopWorld.STAGING)).onATelephone(),
                new Stop("01-overview", "/clusters/shop", (browser, in) -> browser.see(in.say("overview.attention")))
                        .onATelephone(),
                new Stop("02-jobs", jobs, (browser, in) -> browser.see("payments-reconcile")).onATelephone(),
                new Stop(
                        "02-jobs-selected", jobs + "?q=group:stock", (browser, in) -> browser.press(in.say("bulk.page"))
                                .see(in.say("command.rerun-failed"))),
                new Stop(
                        "02-jobs-none",
                        jobs + "?q=group:nowhere",
                        (browser, in) -> browser.see(in.say("jobs.noneMatch"))),
                new Stop(
                        "02-compare",
                        "/clusters/shop/compare?with=" + ShopWorld.STAGING,
                        (browser, in) -> browser.seeRow("payments-refund").seeRow("cron", "0/20 * * * * ?")),
                new Stop("02-import", "/clusters/shop/import", (browser, in) -> browser.type(
                                in.say("import.text"), TO_IMPORT)
                        .press(in.say("edit.check"))
                        .see(in.say("importStep.ADD"))),
                new Stop(
                        "03-job",
                        jobs + "/stock-sync",
                        (browser, in) -> browser.until(
                                "a shard is seen to run, and how far it is",
                                "return document.querySelector('.cell-running progress') !== null")),
                new Stop("03-job-disable", jobs + "/carts-abandon", (browser, in) -> browser.press(
                                in.say("command.disable"))
                        .seeDialog()),
                new Stop("04-timeline", jobs + "/stock-sync/timeline?range=15m", (browser, in) -> browser.see(
                                in.say("firing.RUNNING"))
                        .until(
                                "the lanes are drawn",
                                "return document.querySelectorAll('#timeline svg .bar').length > 0")),
                new Stop(
                        "04-timeline-why",
                        jobs + "/" + ShopWorld.SWITCHED_OFF + "/timeline?range=15m",
                        (browser, in) -> browser.see(in.say("firing.PASSED"))),
                new Stop(
                                "05-run",
                                jobs + "/payments-reconcile/runs/" + shop.failure(),
                                (browser, in) -> browser.see(in.say("run.fingerprint")))
                        .onATelephone(),
                new Stop("06-instances", "/clusters/shop/instances", (browser, in) -> browser.see("shop-2")),
                new Stop(
                        "06-instance",
                        "/clusters/shop/instances/" + shop.instance("shop-1"),
                        (browser, in) -> browser.see(in.say("instance.whatIf"))),
                new Stop(
                        "07-settings",
                        jobs + "/payments-settle/edit",
                        (browser, in) -> browser.see(in.say("schedule.title"))),
                new Stop("07-settings-change", jobs + "/reports-ledger-export/edit", (browser, in) -> browser.type(
                                in.say("setting.cron"), "0 30 2 * * ?")
                        .type(in.say("setting.jobParameter"), "full")
                        .press(in.say("edit.check"))
                        .seeRow(in.say("setting.cron"), "0 30 2 * * ?")),
                new Stop("08-trigger", jobs + "/points-credit", (browser, in) -> browser.press(
                                in.say("command.trigger") + "…")
                        .seeDialog()
                        .press(in.say("trigger.range"))
                        .type(in.say("trigger.from"), "11012026", org.openqa.selenium.Keys.TAB, "120000AM")
                        .type(in.say("trigger.to"), "11082026", org.openqa.selenium.Keys.TAB, "120000AM")
                        .press(in.say("trigger.preview"))
                        .see(in.say("trigger.count", 7))),
                new Stop("09-messages", "/messages", (browser, in) -> browser.see(in.say("flow.title"))),
                new Stop("09-message", "/messages?q=key:" + ShopWorld.ORDER, (browser, in) -> {
                    browser.seeRow(ShopWorld.ORDER);
                    browser.ask("document.querySelector('#rows tbody th a').click()");
                    browser.see(in.say("message.confirmations"), "79.80");
                }),
                new Stop("10-dead-letters", "/messages/dead", (browser, in) -> browser.see(in.say("dead.groups")))
                        .onATelephone(),
                new Stop("10-dead-letters-replay", "/messages/dead?by=cause", (browser, in) -> browser.press(
                                in.say("command.replay"), "no route to host")
                        .seeDialog()
                        .see(in.say("messages.dryRun"))),
                new Stop("11-consumers", "/messages/consumers", (browser, in) -> browser.seeRow(ShopWorld.BEHIND)),
                new Stop(
                        "11-parked",
                        "/messages/consumers/parked",
                        (browser, in) -> browser.see(in.say("parked.explained"))),
                new Stop(
                        "12-audit", "/audit", (browser, in) -> browser.seeRow("zhang.min", ShopWorld.WHY_SWITCHED_OFF)),
                new Stop(
                        "13-registry",
                        "/clusters/shop/registry",
                        (browser, in) -> browser.see(in.say("registry.hint"))),
                new Stop("14-access", "/access", (browser, in) -> browser.see(in.say("access.users"))),
                new Stop("14-preferences", "/preferences", (browser, in) -> browser.see(in.say("preferences.keys"))),
                new Stop("15-login", "/login", (browser, in) -> browser.see(in.say("login.button"))).asNobody(),
                new Stop("15-keys", "/clusters/shop", (browser, in) -> browser.see(in.say("overview.attention"))
                        .strike("?")
                        .see(in.say("keys.title"))),
                new Stop(
                        "15-nothing-there",
                        "/nothing",
                        (browser, in) -> browser.see(in.say("problem.notFound.title"))));
    }
}
