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
package io.carillon.shop.accounts;

import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.SimpleJob;
import io.carillon.spring.ElasticJobConfig;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets tokens offline whose time is over, every day at 00:00, each sharding item its part of them; then deletes those that
 * have been over for long ({@code shop.tokens.keep}). Small batches on the index of (status, expires_at), each its own
 * transaction. Thread-safe.
 */
@ElasticJobConfig(cron = "0 0 0 * * ?", shardingTotalCount = 2)
public class ExpireTokensJob implements SimpleJob {

    private static final Logger log = LoggerFactory.getLogger(ExpireTokensJob.class);

    private final Tokens tokens;
    private final TokenSettings settings;
    private final InstantSource time;

    public ExpireTokensJob(Tokens tokens, TokenSettings settings, InstantSource time) {
        this.tokens = tokens;
        this.settings = settings;
        this.time = time;
    }

    @Override
    public void execute(ShardingContext context) {
        Instant now = time.instant();
        int item = context.getShardingItem();
        int items = context.getShardingTotalCount();
        long expired = inBatches(context, () -> tokens.expire(now, item, items, settings.batch()));
        long purged = inBatches(context, () -> tokens.purge(now.minus(settings.keep()), item, items, settings.batch()));
        log.info("tokens, item {}: {} set offline, {} deleted", item, expired, purged);
    }

    /** Repeats until a batch is short or the claim is lost. */
    private long inBatches(ShardingContext context, IntSupplier batch) {
        long total = 0;
        while (context.isClaimHeld()) {
            int count = batch.getAsInt();
            context.reportHandled(count);
            total += count;
            if (count < settings.batch()) {
                break;
            }
        }
        return total;
    }
}
