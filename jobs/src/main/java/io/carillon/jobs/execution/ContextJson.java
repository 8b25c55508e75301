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
package io.carillon.jobs.execution;

import io.carillon.jobs.ShardingContext;

/**
 * A sharding context as one line of JSON in ASCII, so that it can be an argument and a header. The names are ElasticJob's;
 * {@code fence} and {@code scheduledTime} come on top. Pure.
 */
final class ContextJson {

    private ContextJson() {}

    static String of(ShardingContext context) {
        StringBuilder json = new StringBuilder("{");
        text(json, "jobName", context.getJobName());
        text(json, "taskId", context.getTaskId());
        number(json, "shardingTotalCount", context.getShardingTotalCount());
        text(json, "jobParameter", context.getJobParameter());
        number(json, "shardingItem", context.getShardingItem());
        text(json, "shardingParameter", context.getShardingParameter());
        number(json, "fence", context.fence());
        text(json, "scheduledTime", context.scheduledTime().toString());
        return json.append('}').toString();
    }

    private static void name(StringBuilder json, String name) {
        json.append(json.length() > 1 ? "," : "").append('"').append(name).append("\":");
    }

    private static void number(StringBuilder json, String name, long value) {
        name(json, name);
        json.append(value);
    }

    private static void text(StringBuilder json, String name, String value) {
        name(json, name);
        json.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < 0x20 || c > 0x7e) {
                json.append(String.format("\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        json.append('"');
    }
}
