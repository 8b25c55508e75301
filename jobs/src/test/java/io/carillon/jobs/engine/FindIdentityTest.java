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
package io.carillon.jobs.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobEngineOptions;
import io.carillon.jobs.engine.FindIdentity.Candidate;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What an instance calls itself, on hosts of all kinds. */
class FindIdentityTest {

    /** ElasticJob takes a name below {@code servers} for a server only when it is like this. */
    private static final String ELASTICJOBS_IPV4 =
            "((\\d|[1-9]\\d|1\\d{2}|2[0-4]\\d|25[0-5])\\.){3}(\\d|[1-9]\\d|1\\d{2}|2[0-4]\\d|25[0-5])";

    private static final Candidate LOOPBACK = at("lo", "127.0.0.1");

    private static Candidate at(String network, String address) {
        try {
            return new Candidate(List.of(network, network + " card"), InetAddress.getByName(address));
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private static String choose(Candidate... candidates) {
        return FindIdentity.choose(List.of(candidates), null, null);
    }

    @Test
    void theFirstIpv4AddressThatOthersCanReachIsTaken() {
        assertThat(choose(LOOPBACK, at("eth0", "2001:db8::1"), at("eth0", "10.0.0.7"), at("eth1", "10.1.0.7")))
                .isEqualTo("10.0.0.7");
        assertThat(choose(at("eth0", "169.254.3.4"), at("eth1", "10.1.0.7"))).isEqualTo("10.1.0.7");
    }

    @Test
    void aHostWithIpv6OnlyGoesByAnAddressThatNobodyHasAndAlwaysTheSame() {
        String name = choose(LOOPBACK, at("lo", "::1"), at("eth0", "fe80::1"), at("eth0", "2001:db8::1"));
        assertThat(name).matches("2(4[0-9]|5[0-5])(\\.[0-9]{1,3}){3}").matches(ELASTICJOBS_IPV4);
        assertThat(choose(at("eth0", "2001:db8:0:0:0:0:0:1"))).isEqualTo(name);
        assertThat(FindIdentity.onTheWire("2001:db8::1")).isEqualTo(name);
        assertThat(choose(at("eth0", "2001:db8::2"))).isNotEqualTo(name);
        long names = java.util.stream.IntStream.range(0, 1_000)
                .mapToObj(i -> FindIdentity.onTheWire("2001:db8::" + Integer.toHexString(i)))
                .distinct()
                .count();
        assertThat(names).isGreaterThan(997);
    }

    @Test
    void theInterfaceAndTheAddressCanBePreferred() {
        List<Candidate> all = List.of(at("docker0", "172.17.0.1"), at("eth0", "10.0.0.7"), at("eth1", "10.1.0.7"));
        assertThat(FindIdentity.choose(all, "eth0", null)).isEqualTo("10.0.0.7");
        assertThat(FindIdentity.choose(all, "eth1 card", null)).isEqualTo("10.1.0.7");
        assertThat(FindIdentity.choose(all, null, "10.1.")).isEqualTo("10.1.0.7");
        assertThat(FindIdentity.choose(all, null, "10\\.\\d\\.0\\.7")).isEqualTo("10.0.0.7");
    }

    @Test
    void aPreferenceThatNothingFitsAndAHostWithoutAddressesAreRefusedNamingTheSettings() {
        assertThatThrownBy(() -> FindIdentity.choose(List.of(at("eth0", "10.0.0.7")), "eth9", null))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining(
                        "preferredNetworkInterface: 'eth9' (expected: one that fits any of [eth0 10.0.0.7])")
                .hasMessageContaining("elasticjob.preferred.network.interface");
        assertThatThrownBy(() -> FindIdentity.choose(List.of(at("eth0", "10.0.0.7")), null, "192.168.["))
                .hasMessageContaining("preferredIp: '192.168.['");
        assertThatThrownBy(() -> choose())
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("instanceIp: not set")
                .hasMessageContaining("elasticjob.preferred.network.ip");
    }

    @Test
    void aMachineWithoutANetworkIsAloneAndGoesByItsLoopbackAddress() {
        assertThat(choose(at("lo", "::1"), LOOPBACK)).isEqualTo("127.0.0.1");
    }

    @Test
    void theFirstProcessesOfTwoContainersWithOneAddressHaveIdsOfTheirOwn() {
        assertThat(FindIdentity.suffix("orders-7d9f-x2k4q", 1, 7)).isEqualTo("orders-7d9f-x2k4q-1-7");
        assertThat(FindIdentity.suffix(null, 1, -1)).isEqualTo("1-1z141z3");
        assertThat(FindIdentity.suffix("p".repeat(60) + "/@-@x2k4q", 1, 7)).isEqualTo("p".repeat(34) + "-x2k4q-1-7");
        JobEngineOptions options =
                JobEngineOptions.newBuilder("ns").instanceIp("10.0.0.7").build();
        String one = FindIdentity.of(options).toString();
        String two = FindIdentity.of(options).toString();
        assertThat(one).startsWith("10.0.0.7@-@").isNotEqualTo(two);
    }

    @Test
    void anAddressThatIsGivenIsTaken() {
        assertThat(FindIdentity.of(JobEngineOptions.newBuilder("ns")
                                .instanceIp("2001:db8::1")
                                .build())
                        .ip())
                .matches(ELASTICJOBS_IPV4);
        assertThat(FindIdentity.of(JobEngineOptions.newBuilder("ns")
                        .instanceId("10.0.0.1@-@mine")
                        .build()))
                .hasToString("10.0.0.1@-@mine");
        assertThatThrownBy(() ->
                        JobEngineOptions.newBuilder("ns").instanceIp("a/b").build())
                .isInstanceOf(InvalidSettingException.class);
    }

    @Test
    void elasticJobsSystemPropertiesAreTheDefaultsOfTheSettings() {
        String network = "elasticjob.preferred.network.interface";
        String ip = "elasticjob.preferred.network.ip";
        String networkBefore = System.getProperty(network);
        String ipBefore = System.getProperty(ip);
        try {
            System.setProperty(network, "eth7");
            System.setProperty(ip, "10.7.");
            JobEngineOptions options = JobEngineOptions.newBuilder("ns").build();
            assertThat(options.preferredNetworkInterface()).isEqualTo("eth7");
            assertThat(options.preferredIp()).isEqualTo("10.7.");
            assertThatThrownBy(() -> FindIdentity.of(options))
                    .as("and they are what the address is chosen by")
                    .hasMessageContaining("eth7");
            JobEngineOptions set =
                    JobEngineOptions.newBuilder("ns").preferredIp("192.168.").build();
            assertThat(set.preferredIp()).isEqualTo("192.168.");
        } finally {
            restore(network, networkBefore);
            restore(ip, ipBefore);
        }
    }

    private static void restore(String property, @Nullable String before) {
        if (before == null) {
            System.clearProperty(property);
        } else {
            System.setProperty(property, before);
        }
    }
}
