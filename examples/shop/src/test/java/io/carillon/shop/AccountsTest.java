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
package io.carillon.shop;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.jobs.JobEngine;
import io.carillon.jobs.history.RunHistory;
import io.carillon.jobs.history.RunRecord;
import io.carillon.shop.accounts.DeleteOrphanFilesJob;
import io.carillon.shop.accounts.ExpireTokensJob;
import io.carillon.shop.accounts.FakeObjectStore;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class AccountsTest {

    private static ShopFixture shop;
    private static int port;

    @BeforeAll
    static void start() throws Exception {
        // The service is its own centre here; a port that is known beforehand lets it name its address.
        port = freePort();
        shop = ShopFixture.start(
                "accounts,points",
                context -> context.getBeanFactory().registerSingleton("objectStore", new FakeObjectStore()),
                "server.port=" + port,
                "shop.files.store=none",
                "carillon.messages.central.enabled=true",
                "carillon.messages.check-after=1s",
                "carillon.central.url=http://127.0.0.1:" + port);
    }

    @AfterAll
    static void stop() {
        shop.close();
    }

    @Test
    void aRegistrationReachesItsSubscriberThroughTheCentre() {
        HttpResponse<String> registered = shop.postJson("/accounts", "{\"name\":\"li\"}");
        assertThat(registered.statusCode()).isEqualTo(201);
        ShopFixture.await("the welcome", () -> welcomes("li") == 1);
    }

    @Test
    void aLostSubmitIsSentAndAForgottenRollbackIsCancelledByTheCheckBack() {
        assertThat(shop.postJson("/accounts?lose-submit=true", "{\"name\":\"lost\"}")
                        .statusCode())
                .isEqualTo(201);
        HttpResponse<String> rolledBack = shop.postJson("/accounts?roll-back=true", "{\"name\":\"never\"}");
        assertThat(rolledBack.statusCode()).isEqualTo(409);
        assertThat(rolledBack.body()).contains("will check back and cancel it");
        assertThat(shop.count("account WHERE name = 'never'")).isZero();
        String cancelled = rolledBack.body().replaceAll(".*Account ([0-9a-f-]+) was.*", "$1");
        assertThat(shop.count("CARILLON_MESSAGE WHERE state = 10 AND msg_key = '" + cancelled + "'"))
                .isEqualTo(1);

        ShopFixture.await("the check back", () -> {
            shop.bean(JobEngine.class).commands().trigger("check-back");
            return shop.count("CARILLON_MESSAGE WHERE state = 10") == 0;
        });
        ShopFixture.await("the welcome", () -> welcomes("lost") == 1);
        assertThat(welcomes("never")).isZero();
        assertThat(shop.count("CARILLON_MESSAGE WHERE state = 50 AND msg_key = '" + cancelled + "'"))
                .isEqualTo(1);
    }

    @Test
    void aTokenIsValidAfterTheLoginAndUnknownOnesAreRefused() {
        HttpResponse<String> login = shop.postJson("/login", "{\"user\":\"li\"}");
        assertThat(login.statusCode()).isEqualTo(200);
        String token = login.body().replaceAll(".*\"token\":\"([0-9a-f]+)\".*", "$1");
        assertThat(shop.get("/tokens/" + token).body()).contains("\"valid\":true", "\"user\":\"li\"");
        assertThat(shop.get("/tokens/none").statusCode()).isEqualTo(404);
    }

    @Test
    void aFileIsUploadedAttachedOnceAndRead() {
        HttpResponse<String> uploaded = shop.post("/attachments", "application/octet-stream", "a photo");
        assertThat(uploaded.statusCode()).isEqualTo(201);
        String id = uploaded.body().replaceAll(".*\"id\":\"([^\"]+)\".*", "$1");
        assertThat(shop.postJson("/attachments/" + id + "/attach?refNo=doc-1", "")
                        .statusCode())
                .isEqualTo(200);
        HttpResponse<String> again = shop.postJson("/attachments/" + id + "/attach?refNo=doc-2", "");
        assertThat(again.statusCode()).isEqualTo(409);
        assertThat(again.body()).contains("it belongs to doc-1");
        assertThat(shop.get("/attachments/" + id).body()).isEqualTo("a photo");
        assertThat(shop.get("/attachments/none").statusCode()).isEqualTo(404);
    }

    @Test
    void theSeededRowsAreHandledByTheTwoJobsInTwoItemsEach() {
        HttpResponse<String> seeded = shop.postJson("/demo/seed?size=40", "");
        assertThat(seeded.statusCode()).as(seeded.body()).isEqualTo(200);
        assertThat(seeded.body())
                .contains("\"tokensExpired\":40", "\"filesOrphaned\":40", "\"registrationsSubmitLost\":4");

        shop.bean(JobEngine.class).commands().trigger(ExpireTokensJob.class.getName());
        shop.bean(JobEngine.class).commands().trigger(DeleteOrphanFilesJob.class.getName());

        ShopFixture.await(
                "tokens", () -> shop.count("user_token WHERE token LIKE 'seeded-%' AND status = 'ONLINE'") == 4);
        ShopFixture.await(
                "files", () -> shop.count("attachment WHERE object_key LIKE 'uploads/%' AND ref_no IS NULL") == 4);
        assertThat(shop.count("user_token WHERE token LIKE 'seeded-%' AND status = 'OFFLINE'"))
                .isEqualTo(40);
        assertThat(shop.count("attachment WHERE ref_no LIKE 'seeded-%'")).isEqualTo(4);
        assertRunsOnRecord(ExpireTokensJob.class, 40);
        assertRunsOnRecord(DeleteOrphanFilesJob.class, 40);
        ShopFixture.await("seeded registrations are settled", () -> {
            shop.bean(JobEngine.class).commands().trigger("check-back");
            return shop.count("CARILLON_MESSAGE WHERE state = 10") == 0;
        });
    }

    private static void assertRunsOnRecord(Class<?> job, long handled) {
        RunHistory history = shop.bean(RunHistory.class);
        ShopFixture.await(
                "the runs of both items are on record",
                () -> history.latest(job.getName(), 100).stream()
                                .map(RunRecord::shardingItem)
                                .distinct()
                                .count()
                        == 2);
        List<RunRecord> runs = history.latest(job.getName(), 100);
        assertThat(runs).allMatch(run -> run.outcome() == RunRecord.Outcome.SUCCEEDED);
        assertThat(runs.stream().mapToLong(RunRecord::handled).sum()).isEqualTo(handled);
    }

    private static long welcomes(String name) {
        return shop.count("point_entry WHERE kind = 'WELCOME' AND customer = '" + name + "'");
    }

    private static int freePort() throws java.io.IOException {
        try (java.net.ServerSocket socket = new java.net.ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
