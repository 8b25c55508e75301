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

import io.carillon.shop.accounts.AccountsApplication;
import io.carillon.shop.common.ShopService;
import io.carillon.shop.orders.OrdersApplication;
import io.carillon.shop.points.PointsApplication;
import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.SpringApplication;
import org.springframework.core.env.SimpleCommandLinePropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * Runs several services of the shop in one process and on one database: {@code --shop.roles=orders,points}. That is how
 * they reach each other over the in-JVM broker; with RocketMQ every service is a process of its own.
 */
public final class ShopApplication {

    private static final List<ShopService> ALL =
            List.of(OrdersApplication.SERVICE, PointsApplication.SERVICE, AccountsApplication.SERVICE);

    private ShopApplication() {}

    /** Starts the named services; ends with code 2 and one line when a name is unknown or none is given. */
    public static void main(String[] args) {
        StandardEnvironment environment = new StandardEnvironment();
        environment.getPropertySources().addFirst(new SimpleCommandLinePropertySource(args));
        try {
            application(environment.getProperty("shop.roles", "")).run(args);
        } catch (UnknownRole e) {
            System.err.println(e.getMessage());
            System.exit(2);
        }
    }

    /**
     * The application of the named services.
     *
     * @param roles names joined by commas, such as {@code orders,points}
     */
    public static SpringApplication application(String roles) {
        List<ShopService> services = new ArrayList<>();
        for (String role : roles.split(",", -1)) {
            services.add(ALL.stream()
                    .filter(service -> service.name().equals(role.strip()))
                    .findFirst()
                    .orElseThrow(() -> new UnknownRole(roles)));
        }
        return ShopService.application(List.copyOf(services));
    }

    /** Says which roles there are. */
    private static final class UnknownRole extends IllegalArgumentException {

        private static final long serialVersionUID = 1L;

        UnknownRole(String roles) {
            super("shop.roles: '" + roles + "' (expected: one or more of orders, points, accounts, joined by commas). "
                    + "Nothing was started; start again with --shop.roles=orders,points.");
        }
    }
}
