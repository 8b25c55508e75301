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
package io.carillon.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.apache.shardingsphere.elasticjob.infra.pojo.JobConfigurationPOJO;
import org.apache.shardingsphere.elasticjob.lite.lifecycle.api.JobAPIFactory;
import org.apache.shardingsphere.elasticjob.lite.lifecycle.api.JobConfigurationAPI;
import org.apache.shardingsphere.elasticjob.lite.lifecycle.domain.JobBriefInfo;
import org.apache.shardingsphere.elasticjob.lite.lifecycle.domain.ServerBriefInfo;
import org.apache.shardingsphere.elasticjob.lite.lifecycle.domain.ShardingInfo;
import org.jspecify.annotations.Nullable;

/**
 * ElasticJob's lifecycle API as a program: each argument after the first two is a command, its words separated by blanks;
 * the answers are printed, one line each, then {@code DONE}. A word {@code -} stands for "not given".
 */
public final class ElasticJobLifecycle {

    private final String zooKeeper;
    private final String namespace;

    private ElasticJobLifecycle(String zooKeeper, String namespace) {
        this.zooKeeper = zooKeeper;
        this.namespace = namespace;
    }

    /** @param arguments ZooKeeper's address, namespace, commands */
    public static void main(String[] arguments) {
        ElasticJobLifecycle api = new ElasticJobLifecycle(arguments[0], arguments[1]);
        for (int i = 2; i < arguments.length; i++) {
            for (String line : api.run(arguments[i].split(" "))) {
                System.out.println(arguments[i] + ": " + line);
            }
        }
        System.out.println("DONE");
        System.exit(0);
    }

    private List<String> run(String[] words) {
        @Nullable String first = words.length > 1 && !words[1].equals("-") ? words[1] : null;
        @Nullable String second = words.length > 2 && !words[2].equals("-") ? words[2] : null;
        List<String> lines = new ArrayList<>();
        JobConfigurationAPI configurations = JobAPIFactory.createJobConfigurationAPI(zooKeeper, namespace, "");
        switch (words[0]) {
            case "config" -> lines.add(line(configurations.getJobConfiguration(first)));
            case "update" -> {
                JobConfigurationPOJO configuration = configurations.getJobConfiguration(first);
                for (int i = 2; i < words.length; i++) {
                    change(configuration, words[i].split("=", 2));
                }
                configurations.updateJobConfiguration(configuration);
            }
            case "removeConfig" -> configurations.removeJobConfiguration(first);
            case "trigger" ->
                JobAPIFactory.createJobOperateAPI(zooKeeper, namespace, "").trigger(first);
            case "disable" ->
                JobAPIFactory.createJobOperateAPI(zooKeeper, namespace, "").disable(first, second);
            case "enable" ->
                JobAPIFactory.createJobOperateAPI(zooKeeper, namespace, "").enable(first, second);
            case "shutdown" ->
                JobAPIFactory.createJobOperateAPI(zooKeeper, namespace, "").shutdown(first, second);
            case "remove" ->
                JobAPIFactory.createJobOperateAPI(zooKeeper, namespace, "").remove(first, second);
            case "dump" -> {
                try {
                    lines.addAll(JobAPIFactory.createJobOperateAPI(zooKeeper, namespace, "")
                            .dump(first, second, Integer.parseInt(words[3]))
                            .lines()
                            .toList());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            case "disableItem" ->
                JobAPIFactory.createShardingOperateAPI(zooKeeper, namespace, "").disable(first, second);
            case "enableItem" ->
                JobAPIFactory.createShardingOperateAPI(zooKeeper, namespace, "").enable(first, second);
            case "jobsCount" ->
                lines.add(""
                        + JobAPIFactory.createJobStatisticsAPI(zooKeeper, namespace, "")
                                .getJobsTotalCount());
            case "jobs" ->
                JobAPIFactory.createJobStatisticsAPI(zooKeeper, namespace, "")
                        .getAllJobsBriefInfo()
                        .forEach(job -> lines.add(line(job)));
            case "job" ->
                lines.add(line(JobAPIFactory.createJobStatisticsAPI(zooKeeper, namespace, "")
                        .getJobBriefInfo(first)));
            case "jobsOf" ->
                JobAPIFactory.createJobStatisticsAPI(zooKeeper, namespace, "")
                        .getJobsBriefInfo(first)
                        .forEach(job -> lines.add(line(job)));
            case "serversCount" ->
                lines.add(""
                        + JobAPIFactory.createServerStatisticsAPI(zooKeeper, namespace, "")
                                .getServersTotalCount());
            case "servers" ->
                JobAPIFactory.createServerStatisticsAPI(zooKeeper, namespace, "")
                        .getAllServersBriefInfo()
                        .forEach(server -> lines.add(line(server)));
            case "items" ->
                JobAPIFactory.createShardingStatisticsAPI(zooKeeper, namespace, "")
                        .getShardingInfo(first)
                        .forEach(item -> lines.add(line(item)));
            default -> throw new IllegalArgumentException("command: " + words[0]);
        }
        return lines;
    }

    private static void change(JobConfigurationPOJO configuration, String[] setting) {
        switch (setting[0]) {
            case "items" -> configuration.setShardingTotalCount(Integer.parseInt(setting[1]));
            case "cron" -> configuration.setCron(setting[1].replace('_', ' '));
            case "parameter" -> configuration.setJobParameter(setting[1]);
            case "description" -> configuration.setDescription(setting[1]);
            default -> throw new IllegalArgumentException("setting: " + setting[0]);
        }
    }

    private static String line(JobConfigurationPOJO job) {
        return job.getJobName() + " cron=" + job.getCron().replace(' ', '_') + " items=" + job.getShardingTotalCount()
                + " parameter=" + job.getJobParameter() + " description=" + job.getDescription() + " failover="
                + job.isFailover() + " monitorExecution=" + job.isMonitorExecution();
    }

    private static String line(@Nullable JobBriefInfo job) {
        return job == null
                ? "none"
                : job.getJobName() + " " + job.getStatus() + " instances=" + job.getInstanceCount() + " items="
                        + job.getShardingTotalCount();
    }

    private static String line(ServerBriefInfo server) {
        return server.getServerIp() + " instances=" + new TreeSet<>(server.getInstances()) + " jobs="
                + server.getJobsNum() + " disabled=" + server.getDisabledJobsNum();
    }

    private static String line(ShardingInfo item) {
        return item.getItem() + " " + item.getStatus() + " " + item.getInstanceId() + " failover=" + item.isFailover();
    }
}
