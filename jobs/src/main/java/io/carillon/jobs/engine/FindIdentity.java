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

import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobEngineOptions;
import io.carillon.jobs.model.InstanceId;
import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds what an instance calls itself: {@code {ip}@-@{host}-{pid}-{random}}. Pure, but for {@link #of} and {@link #here}.
 *
 * <p>The address must be an IPv4 literal, or else ElasticJob's instances do not notice when its server is switched off. A host
 * that has IPv6 only goes by an address of 240.0.0.0/4, which nobody can have: its 28 bits are taken from a hash of the IPv6
 * address, so the same host keeps its name. The suffix tells apart processes with the same number, as the first process of
 * each container is 1, also where the containers share an address.
 */
final class FindIdentity {

    private static final Logger LOG = LoggerFactory.getLogger(FindIdentity.class);
    private static final int LONGEST_HOST = 40;
    private static final String IPV4 = "[0-9]{1,3}(\\.[0-9]{1,3}){3}";

    private FindIdentity() {}

    /**
     * An address of this host.
     *
     * @param names the names of its network interface
     */
    record Candidate(List<String> names, InetAddress address) {

        /** The lower, the better. */
        private int rank() {
            int rank = address.isLoopbackAddress() ? 4 : address.isLinkLocalAddress() ? 1 : 0;
            return address instanceof Inet4Address ? rank : rank + 2;
        }

        private String text() {
            String text = address.getHostAddress();
            int scope = text.indexOf('%');
            return scope < 0 ? text : text.substring(0, scope);
        }
    }

    /** The id of an engine with these options in this process. */
    static InstanceId of(JobEngineOptions options) {
        String given = options.instanceId();
        if (given != null) {
            return InstanceId.parse(given);
        }
        String ip = options.instanceIp();
        return new InstanceId(
                ip != null ? onTheWire(ip) : choose(here(), options.preferredNetworkInterface(), options.preferredIp()),
                suffix(
                        System.getenv("HOSTNAME"),
                        ProcessHandle.current().pid(),
                        UUID.randomUUID().getMostSignificantBits()));
    }

    /**
     * The address to go by.
     *
     * @param preferredInterface a network interface's name, or null for any
     * @param preferredIp how the address begins, or a regular expression for the whole, or null for any
     * @throws InvalidSettingException when there is none, naming the settings
     */
    static String choose(
            List<Candidate> candidates, @Nullable String preferredInterface, @Nullable String preferredIp) {
        List<Candidate> fitting = candidates.stream()
                .filter(candidate -> preferredInterface == null || candidate.names.contains(preferredInterface))
                .filter(candidate -> preferredIp == null || fits(candidate.text(), preferredIp))
                .sorted(Comparator.comparingInt(Candidate::rank))
                .toList();
        if (fitting.isEmpty()) {
            throw none(candidates, preferredInterface, preferredIp);
        }
        Candidate best = fitting.get(0);
        if (best.address.isLoopbackAddress()) {
            LOG.warn(
                    "this host has no address but {}: instances on other hosts may be called the same."
                            + " With instances on several hosts, set instanceIp.",
                    best.text());
        }
        String address = onTheWire(best.text());
        if (!(best.address instanceof Inet4Address)) {
            LOG.info("this host has IPv6 only: {} goes by the name {}", best.text(), address);
        }
        return address;
    }

    private static boolean fits(String address, String preferred) {
        if (address.startsWith(preferred)) {
            return true;
        }
        try {
            return address.matches(preferred);
        } catch (PatternSyntaxException e) {
            return false;
        }
    }

    private static InvalidSettingException none(
            List<Candidate> candidates, @Nullable String preferredInterface, @Nullable String preferredIp) {
        List<String> there = candidates.stream()
                .map(candidate -> candidate.names.get(0) + " " + candidate.text())
                .toList();
        String advice = "The engine was not started. Set instanceIp to the address to go by, or correct"
                + " preferredNetworkInterface (elasticjob.preferred.network.interface) and preferredIp"
                + " (elasticjob.preferred.network.ip).";
        if (preferredInterface == null && preferredIp == null) {
            return new InvalidSettingException(
                    "instanceIp", "not set", "set, because no network interface has an address", advice);
        }
        return new InvalidSettingException(
                preferredInterface != null ? "preferredNetworkInterface" : "preferredIp",
                preferredInterface != null && preferredIp != null
                        ? "'" + preferredInterface + "' with preferredIp '" + preferredIp + "'"
                        : "'" + (preferredInterface != null ? preferredInterface : preferredIp) + "'",
                "one that fits any of " + there,
                advice);
    }

    /** An address as it stands in the registry: an IPv6 address becomes one of 240.0.0.0/4, all else stays. */
    static String onTheWire(String address) {
        if (address.matches(IPV4) || !address.contains(":")) {
            return address;
        }
        try {
            InetAddress parsed = InetAddress.getByName(address);
            return parsed instanceof Inet6Address six ? standIn(six) : parsed.getHostAddress();
        } catch (UnknownHostException e) {
            throw new InvalidSettingException(
                    "instanceIp", "'" + address + "'", "an IPv4 or IPv6 address", "The engine was not started.");
        }
    }

    private static String standIn(Inet6Address address) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(address.getAddress());
            // the last address of the range is the broadcast address
            int last = (hash[3] & 0xff) == 255 ? 254 : hash[3] & 0xff;
            return (240 + (hash[0] & 0xf)) + "." + (hash[1] & 0xff) + "." + (hash[2] & 0xff) + "." + last;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every Java", e);
        }
    }

    /** What tells apart the processes of one address. */
    static String suffix(@Nullable String host, long pid, long random) {
        String text = BigInteger.valueOf(random & 0xffff_ffffL).toString(36);
        String clean = host == null ? "" : host.replaceAll("[^A-Za-z0-9._-]", "");
        // the end of a pod's name is what makes it one of its kind
        String end = clean.substring(Math.max(0, clean.length() - LONGEST_HOST));
        return (end.isEmpty() ? "" : end + "-") + pid + "-" + text;
    }

    /** The addresses of this host, of interfaces that are up, in the order of the interfaces. */
    private static List<Candidate> here() {
        List<Candidate> candidates = new ArrayList<>();
        try {
            List<NetworkInterface> interfaces = Collections.list(NetworkInterface.getNetworkInterfaces());
            interfaces.sort(Comparator.comparingInt(NetworkInterface::getIndex));
            for (NetworkInterface network : interfaces) {
                if (network.isUp() && !network.isVirtual()) {
                    for (InetAddress address : Collections.list(network.getInetAddresses())) {
                        candidates.add(new Candidate(List.of(network.getName(), network.getDisplayName()), address));
                    }
                }
            }
        } catch (SocketException e) {
            LOG.warn("the network interfaces cannot be listed", e);
        }
        return candidates;
    }
}
