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
package io.carillon.jobs.coordination;

import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.model.PeerVersion;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * The {@code config} node's text as ElasticJob 3.0.1 to 3.0.5 writes and reads it: block YAML, keys in alphabetical order,
 * booleans and numbers always there, absent values left out. Pure.
 *
 * <p>Reading is tolerant: keys and tags that are not known are passed over, never constructed. Writing over an existing
 * text keeps them. Settings that ElasticJob's instances could not read go into {@code props} under {@code carillon.}.
 */
public final class ConfigYaml {

    private static final String ADVICE = "Correct the job's config node.";
    /** Ten times what a job with all items and parameters needs. The YAML reader's time grows with the square of a long value. */
    private static final int LONGEST = 1 << 19;

    private static final String OLD_POOL = PeerVersion.V3_0_4.threadPoolKey();
    private static final String NEW_POOL = PeerVersion.V3_0_5.threadPoolKey();
    private static final String ZONE_PROP = "carillon.timeZone";
    private static final Set<String> KNOWN = Set.of(
            "jobName",
            "cron",
            "timeZone",
            "shardingTotalCount",
            "shardingItemParameters",
            "jobParameter",
            "monitorExecution",
            "failover",
            "misfire",
            "maxTimeDiffSeconds",
            "reconcileIntervalMinutes",
            "jobShardingStrategyType",
            OLD_POOL,
            NEW_POOL,
            "jobErrorHandlerType",
            "jobListenerTypes",
            "description",
            "props",
            "disabled",
            "overwrite",
            "label",
            "staticSharding");

    private ConfigYaml() {}

    /** Writes a configuration for the release of ElasticJob that wrote the existing text; for 3.0.4 when it does not tell. */
    public static String write(JobConfiguration c, @Nullable String existing) {
        boolean newer = existing != null && (existing.contains(NEW_POOL) || existing.contains("elasticjob.kernel."));
        return write(c, existing, newer ? PeerVersion.V3_0_5 : PeerVersion.V3_0_4);
    }

    /**
     * Writes a configuration.
     *
     * @param existing the text that is replaced, whose unknown keys are kept where it can be read, or null
     * @param peers whose instances must be able to read it
     */
    public static String write(JobConfiguration c, @Nullable String existing, PeerVersion peers) {
        Map<String, Node> map = new TreeMap<>();
        Map<String, Node> old = existing == null ? Map.of() : nodesOrNone(existing);
        old.forEach((key, value) -> {
            if (!KNOWN.contains(key)) {
                map.put(key, value);
            }
        });
        Map<String, String> props = new TreeMap<>(c.getProps());
        String zone = c.getTimeZone();
        if (zone != null && !zone.startsWith("GMT")) {
            props.put(ZONE_PROP, zone);
            zone = ZonesForPeers.sameAs(zone);
        }
        map.put("jobName", text(c.getJobName()));
        put(map, "cron", c.getCron());
        put(map, "timeZone", zone);
        map.put("shardingTotalCount", number(c.getShardingTotalCount()));
        map.put("shardingItemParameters", text(c.getShardingItemParameters()));
        map.put("jobParameter", text(c.getJobParameter()));
        map.put("monitorExecution", flag(c.isMonitorExecution()));
        map.put("failover", flag(c.isFailover()));
        map.put("misfire", flag(c.isMisfire()));
        map.put("maxTimeDiffSeconds", number(c.getMaxTimeDiffSeconds()));
        map.put("reconcileIntervalMinutes", number(c.getReconcileIntervalMinutes()));
        put(map, "jobShardingStrategyType", c.getJobShardingStrategyType());
        put(map, peers.threadPoolKey(), c.getJobExecutorThreadPoolSizeProviderType());
        put(map, "jobErrorHandlerType", c.getJobErrorHandlerType());
        map.put("description", text(c.getDescription()));
        map.put("disabled", flag(c.isDisabled()));
        map.put("overwrite", flag(c.isOverwrite()));
        put(map, "label", c.getLabel());
        map.put("staticSharding", flag(c.isStaticSharding()));
        if (!c.getJobListenerTypes().isEmpty()) {
            List<Node> types = new ArrayList<>();
            c.getJobListenerTypes().forEach(type -> types.add(text(type)));
            map.put("jobListenerTypes", new SequenceNode(Tag.SEQ, types, DumperOptions.FlowStyle.BLOCK));
        }
        if (!props.isEmpty()) {
            List<NodeTuple> pairs = new ArrayList<>();
            props.forEach((key, value) -> pairs.add(new NodeTuple(text(key), text(value))));
            map.put("props", new MappingNode(Tag.MAP, pairs, DumperOptions.FlowStyle.BLOCK));
        }
        List<NodeTuple> pairs = new ArrayList<>();
        map.forEach((key, value) -> pairs.add(new NodeTuple(text(key), value)));
        StringWriter out = new StringWriter();
        yaml().serialize(new MappingNode(Tag.MAP, pairs, DumperOptions.FlowStyle.BLOCK), out);
        return out.toString();
    }

    /**
     * Reads a configuration; a key that is missing means false or 0, as it does to ElasticJob.
     *
     * @throws InvalidSettingException when the text is no YAML map or a value cannot be accepted
     */
    public static JobConfiguration read(String text) {
        try {
            return configurationOf(nodesOf(text));
        } catch (InvalidSettingException e) {
            throw e;
        } catch (RuntimeException | StackOverflowError e) {
            // whatever a text can do to the libraries that take it apart: it is one that cannot be used
            throw new InvalidSettingException("config", e.toString(), "a YAML map of settings", ADVICE);
        }
    }

    private static JobConfiguration configurationOf(Map<String, Node> map) {
        Map<String, String> props = new TreeMap<>();
        if (map.get("props") instanceof MappingNode node) {
            for (NodeTuple pair : node.getValue()) {
                if (pair.getKeyNode() instanceof ScalarNode key && pair.getValueNode() instanceof ScalarNode value) {
                    props.put(key.getValue(), value.getValue());
                }
            }
        }
        List<String> listeners = new ArrayList<>();
        if (map.get("jobListenerTypes") instanceof SequenceNode node) {
            for (Node type : node.getValue()) {
                if (type instanceof ScalarNode scalar) {
                    listeners.add(scalar.getValue());
                }
            }
        }
        String ownZone = props.remove(ZONE_PROP);
        String peersZone = string(map, "timeZone");
        String pool = string(map, NEW_POOL);
        return JobConfiguration.newBuilder(orEmpty(map, "jobName"), integer(map, "shardingTotalCount", 0))
                .cron(string(map, "cron"))
                .timeZone(ownZone != null && ZonesForPeers.isOf(ownZone, peersZone) ? ownZone : peersZone)
                .shardingItemParameters(orEmpty(map, "shardingItemParameters"))
                .jobParameter(orEmpty(map, "jobParameter"))
                .monitorExecution(bool(map, "monitorExecution"))
                .failover(bool(map, "failover"))
                .misfire(bool(map, "misfire"))
                .maxTimeDiffSeconds(integer(map, "maxTimeDiffSeconds", -1))
                .reconcileIntervalMinutes(integer(map, "reconcileIntervalMinutes", 0))
                .jobShardingStrategyType(string(map, "jobShardingStrategyType"))
                .jobExecutorThreadPoolSizeProviderType(pool != null ? pool : string(map, OLD_POOL))
                .jobErrorHandlerType(string(map, "jobErrorHandlerType"))
                .jobListenerTypes(listeners)
                .description(orEmpty(map, "description"))
                .props(props)
                .disabled(bool(map, "disabled"))
                .overwrite(bool(map, "overwrite"))
                .label(string(map, "label"))
                .staticSharding(bool(map, "staticSharding"))
                .build();
    }

    /** Whether a readable text has a key that instances of ElasticJob of this release fail on. */
    static boolean isForOthersThan(PeerVersion peers, String text) {
        return nodesOf(text).containsKey(peers.threadPoolKey().equals(OLD_POOL) ? NEW_POOL : OLD_POOL);
    }

    /** {@link #read}, or null when the text cannot be accepted. */
    public static @Nullable JobConfiguration readOrNull(String text) {
        try {
            return read(text);
        } catch (InvalidSettingException e) {
            return null;
        }
    }

    private static Map<String, Node> nodesOrNone(String text) {
        try {
            return nodesOf(text);
        } catch (InvalidSettingException | StackOverflowError e) {
            return Map.of();
        }
    }

    private static Map<String, Node> nodesOf(String text) {
        if (text.length() > LONGEST) {
            throw new InvalidSettingException(
                    "config", text.length() + " characters", "at most " + LONGEST + " characters", ADVICE);
        }
        Node root;
        try {
            root = yaml().compose(new StringReader(text));
        } catch (YAMLException e) {
            throw new InvalidSettingException("config", "" + e.getMessage(), "a YAML map of settings", ADVICE);
        }
        if (!(root instanceof MappingNode mapping)) {
            throw new InvalidSettingException("config", "'" + text + "'", "a YAML map of settings", ADVICE);
        }
        Map<String, Node> map = new LinkedHashMap<>();
        for (NodeTuple pair : mapping.getValue()) {
            if (pair.getKeyNode() instanceof ScalarNode key) {
                map.put(key.getValue(), pair.getValueNode());
            }
        }
        return map;
    }

    private static Yaml yaml() {
        DumperOptions dump = new DumperOptions();
        dump.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
        dump.setSplitLines(false);
        dump.setAllowUnicode(true);
        LoaderOptions load = new LoaderOptions();
        load.setAllowDuplicateKeys(true);
        // texts are only composed into nodes here, never constructed: no tag can make an object
        load.setTagInspector(tag -> true);
        return new Yaml(
                new org.yaml.snakeyaml.constructor.SafeConstructor(load),
                new org.yaml.snakeyaml.representer.Representer(dump),
                dump,
                load);
    }

    private static void put(Map<String, Node> map, String key, @Nullable String value) {
        if (value != null) {
            map.put(key, text(value));
        }
    }

    private static Node text(String value) {
        return new ScalarNode(Tag.STR, value, null, null, DumperOptions.ScalarStyle.PLAIN);
    }

    private static Node number(int value) {
        return new ScalarNode(Tag.INT, Integer.toString(value), null, null, DumperOptions.ScalarStyle.PLAIN);
    }

    private static Node flag(boolean value) {
        return new ScalarNode(Tag.BOOL, Boolean.toString(value), null, null, DumperOptions.ScalarStyle.PLAIN);
    }

    private static @Nullable String string(Map<String, Node> map, String key) {
        return map.get(key) instanceof ScalarNode node && !Tag.NULL.equals(node.getTag()) ? node.getValue() : null;
    }

    private static String orEmpty(Map<String, Node> map, String key) {
        String value = string(map, key);
        return value == null ? "" : value;
    }

    private static boolean bool(Map<String, Node> map, String key) {
        String value = orEmpty(map, key).toLowerCase(Locale.ROOT);
        return value.equals("true") || value.equals("yes") || value.equals("on");
    }

    private static int integer(Map<String, Node> map, String key, int missing) {
        String value = string(map, key);
        if (value == null || value.isBlank()) {
            return missing;
        }
        try {
            return Integer.parseInt(value.trim());
        } catch (NumberFormatException e) {
            throw new InvalidSettingException(key, "'" + value + "'", "a whole number", ADVICE);
        }
    }
}
