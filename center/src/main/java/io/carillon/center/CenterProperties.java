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
package io.carillon.center;

import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.zookeeper.ZooKeeperOptions;
import io.carillon.spring.InvalidPropertyException;
import io.carillon.spring.RegistryProperties;
import io.carillon.spring.jobs.ZooKeeperConnection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties {@code carillon.center.*}. Immutable.
 *
 * @param dataDir where the embedded database is kept when {@code spring.datasource.url} is not set
 * @param cluster the name of the job cluster in the console's addresses; empty: the registry's namespace
 * @param zone the zone in which the console shows times, such as Asia/Shanghai; empty: the system's
 * @param refresh how often an open page asks again, 1 s to 10 min
 * @param clusters further job clusters beside that of {@code carillon.registry}, by the name under which the console shows them
 * @param stores the databases of the services, by the name under which the console shows them; they are only read unless said otherwise
 */
@ConfigurationProperties(prefix = "carillon.center", ignoreUnknownFields = false)
public record CenterProperties(
        @DefaultValue(DefaultDatabase.DEFAULT_DIR) String dataDir,
        @DefaultValue("") String cluster,
        @DefaultValue("") String zone,
        @DefaultValue("5s") Duration refresh,
        @DefaultValue Map<String, Cluster> clusters,
        @DefaultValue Map<String, Store> stores) {

    private static final String PREFIX = "carillon.center.";
    private static final List<String> DATABASES =
            List.of("jdbc:h2:", "jdbc:mariadb:", "jdbc:postgresql:", "jdbc:mysql:");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    public CenterProperties {
        if (!zone.isEmpty()) {
            try {
                ZoneId.of(zone);
            } catch (DateTimeException e) {
                throw new InvalidPropertyException(
                        PREFIX + "zone",
                        zone,
                        "a zone such as Europe/Berlin or UTC",
                        "Correct it, or leave it out for the system's zone.");
            }
        }
        if (refresh.compareTo(Duration.ofSeconds(1)) < 0 || refresh.compareTo(Duration.ofMinutes(10)) > 0) {
            throw new InvalidPropertyException(PREFIX + "refresh", refresh, "1s to 10m", "Choose a value between.");
        }
        if (!cluster.isEmpty()) {
            checkName(PREFIX + "cluster", cluster);
        }
        clusters = new LinkedHashMap<>(clusters);
        clusters.forEach((name, settings) -> {
            checkName(PREFIX + "clusters.<name>", name);
            settings.check(PREFIX + "clusters." + name + ".");
        });
        if (!cluster.isEmpty() && clusters.containsKey(cluster)) {
            throw twice(cluster);
        }
        stores = new LinkedHashMap<>(stores);
        stores.forEach((name, store) -> {
            checkName(PREFIX + "stores.<name>", name);
            String url = PREFIX + "stores." + name + ".url";
            if (DATABASES.stream().noneMatch(store.url()::startsWith)) {
                throw new InvalidPropertyException(
                        url,
                        store.url(),
                        "one that begins with " + String.join(", ", DATABASES),
                        "Set it to the database of the service " + name + ".");
            }
            if (DriverManager.drivers().noneMatch(driver -> accepts(driver, store.url()))) {
                throw new InvalidPropertyException(
                        url,
                        store.url(),
                        "a database whose driver is on the class path",
                        "Put the driver beside the centre; those of H2, MariaDB and PostgreSQL are there.");
            }
        });
    }

    /** Two clusters of one name. */
    static InvalidPropertyException twice(String name) {
        return new InvalidPropertyException(
                PREFIX + "clusters." + name,
                name,
                "a name that the cluster of carillon.registry has not",
                "Choose another name for one of them; that of carillon.registry is carillon.center.cluster, or else its"
                        + " namespace.");
    }

    private static boolean accepts(Driver driver, String url) {
        try {
            return driver.acceptsURL(url);
        } catch (SQLException e) {
            return false;
        }
    }

    private static void checkName(String property, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new InvalidPropertyException(
                    property,
                    name,
                    "1 to 64 of letters, digits, '.', '_', '-', a letter or digit first",
                    "Choose another name; it is part of the console's addresses.");
        }
    }

    /** The zone in which the console shows times. */
    ZoneId zoneId() {
        return zone.isEmpty() ? ZoneId.systemDefault() : ZoneId.of(zone);
    }

    /**
     * The properties {@code carillon.center.clusters.<name>.*}. Immutable. They mean what they mean for {@code carillon.registry};
     * nobody waits for this registry, whether it is there or not.
     *
     * @param serverLists ZooKeeper's servers, as host:port,host:port
     * @param namespace the tree of the jobs
     * @param sessionTimeout how long a server that has fallen silent is waited for before another is tried
     * @param connectionTimeout how long the end of the centre waits for ZooKeeper
     * @param digest user:password of ZooKeeper's digest scheme; empty for none
     * @param readOnly whether nothing can be changed in it from here
     */
    public record Cluster(
            @DefaultValue("") String serverLists,
            @DefaultValue("") String namespace,
            @DefaultValue("10s") Duration sessionTimeout,
            @DefaultValue("5s") Duration connectionTimeout,
            @DefaultValue("") String digest,
            @DefaultValue("false") boolean readOnly) {

        private static final Duration PAUSE = Duration.ofSeconds(1);
        private static final int ATTEMPTS = 3;

        private void check(String prefix) {
            RegistryProperties.check(prefix, serverLists, namespace, sessionTimeout, connectionTimeout, digest);
            if (serverLists.isBlank()) {
                throw new InvalidPropertyException(
                        prefix + "server-lists",
                        "",
                        "host:port, several separated by commas",
                        "Set it to the ZooKeeper of this cluster.");
            }
            if (namespace.isBlank()) {
                throw new InvalidPropertyException(
                        prefix + "namespace",
                        "",
                        "the namespace of the jobs to show",
                        "Set it to the namespace of the cluster's services.");
            }
            try {
                connection();
            } catch (InvalidSettingException e) {
                throw new InvalidPropertyException(
                        prefix + "server-lists", serverLists, "ZooKeeper's servers", e.problem(), e);
            }
        }

        /** How to connect. */
        ZooKeeperOptions connection() {
            return ZooKeeperConnection.options(new RegistryProperties(
                    serverLists, namespace, sessionTimeout, connectionTimeout, PAUSE, PAUSE, ATTEMPTS, digest));
        }

        /** The digest is not printed. */
        @Override
        public String toString() {
            return "Cluster[" + serverLists + "/" + namespace + "]";
        }
    }

    /**
     * The properties {@code carillon.center.stores.<name>.*}. Immutable.
     *
     * @param cluster the cluster whose jobs' runs it holds; empty: those of all clusters
     * @param url the service's database
     * @param username a user that may read Carillon's tables
     * @param password its password
     * @param commands whether messages of the service may be replayed, discarded and waived from here; the user must be allowed
     *     to write Carillon's tables
     */
    public record Store(
            @DefaultValue("") String url,
            @DefaultValue("") String username,
            @DefaultValue("") String password,
            @DefaultValue("false") boolean commands,
            @DefaultValue("") String cluster) {
        /** The password is not printed. */
        @Override
        public String toString() {
            return "Store[" + url + "]";
        }
    }
}
