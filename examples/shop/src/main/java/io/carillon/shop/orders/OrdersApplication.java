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
package io.carillon.shop.orders;

import io.carillon.shop.common.ShopConfiguration;
import io.carillon.shop.common.ShopService;
import io.carillon.shop.common.ShopTables;
import javax.sql.DataSource;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/** The orders service. Settings: {@code application-orders.yml}. */
@SpringBootApplication(proxyBeanMethods = false)
@Import(ShopConfiguration.class)
public class OrdersApplication {

    /** This service, to be run alone or with others. */
    public static final ShopService SERVICE = new ShopService("orders", OrdersApplication.class);

    /** Runs the service until it is told to stop. */
    public static void main(String[] args) {
        SERVICE.run(args);
    }

    @Bean
    ShopTables orderTables(DataSource dataSource, @Value("${shop.create-tables:true}") boolean create) {
        return new ShopTables(dataSource, "orders", create);
    }
}
