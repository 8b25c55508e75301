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

import io.carillon.spring.InvalidPropertyException;
import java.net.URI;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The settings {@code shop.files.*}: where uploaded files are kept, and how long one may stay unattached. Immutable.
 *
 * @param store {@code s3}, or {@code none} when an {@link ObjectStore} is given as a bean; default {@code s3}
 * @param endpoint the S3-compatible store; default {@code http://127.0.0.1:9000}
 * @param bucket made when the first file comes and it is not there; default {@code shop-files}
 * @param accessKey whoever may write and delete there; default {@code shop-access}
 * @param secretKey its secret; default {@code shop-secret}
 * @param orphanAge a file that is not attached at this age is deleted; default one day
 * @param batch how many rows are claimed at once, 1 or more; default 100
 * @param maxBytes the largest file taken; default 5 MiB
 */
@ConfigurationProperties("shop.files")
public record FileSettings(
        @DefaultValue("s3") String store,
        @DefaultValue("http://127.0.0.1:9000") URI endpoint,
        @DefaultValue("shop-files") String bucket,
        @DefaultValue("shop-access") String accessKey,
        @DefaultValue("shop-secret") String secretKey,
        @DefaultValue("1d") Duration orphanAge,
        @DefaultValue("100") int batch,
        @DefaultValue("5242880") int maxBytes) {

    /** Checks the values. */
    public FileSettings {
        if (batch < 1) {
            throw new InvalidPropertyException(
                    "shop.files.batch", batch, "1 or more", "The service does not start; correct the setting.");
        }
        if (orphanAge.isNegative()) {
            throw new InvalidPropertyException(
                    "shop.files.orphan-age",
                    orphanAge,
                    "zero or longer",
                    "The service does not start; correct the setting.");
        }
    }
}
