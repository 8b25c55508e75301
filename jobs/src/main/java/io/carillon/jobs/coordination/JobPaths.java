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

/**
 * Where the nodes of one job are: ElasticJob's below {@code /{namespace}/{job}}, Carillon's own below {@code
 * /{namespace}-carillon/{job}}. Immutable.
 */
public record JobPaths(String namespace, String jobName) {

    /** The marks of a server. */
    public static final String ENABLED = "ENABLED";

    /** See {@link #ENABLED}. */
    public static final String DISABLED = "DISABLED";

    public String namespaceRoot() {
        return "/" + namespace;
    }

    public String root() {
        return "/" + namespace + "/" + jobName;
    }

    public String config() {
        return root() + "/config";
    }

    public String instances() {
        return root() + "/instances";
    }

    public String instance(String id) {
        return instances() + "/" + id;
    }

    public String servers() {
        return root() + "/servers";
    }

    public String server(String ip) {
        return servers() + "/" + ip;
    }

    public String leader() {
        return root() + "/leader";
    }

    public String election() {
        return leader() + "/election";
    }

    public String latch() {
        return election() + "/latch";
    }

    public String leaderInstance() {
        return election() + "/instance";
    }

    public String leaderSharding() {
        return leader() + "/sharding";
    }

    public String necessary() {
        return leaderSharding() + "/necessary";
    }

    public String processing() {
        return leaderSharding() + "/processing";
    }

    public String sharding() {
        return root() + "/sharding";
    }

    public String item(int item) {
        return sharding() + "/" + item;
    }

    public String owner(int item) {
        return item(item) + "/instance";
    }

    public String running(int item) {
        return item(item) + "/running";
    }

    public String disabled(int item) {
        return item(item) + "/disabled";
    }

    public String failover(int item) {
        return item(item) + "/failover";
    }

    public String failovering(int item) {
        return item(item) + "/failovering";
    }

    /** Items that an ElasticJob instance has put up for others to take over. */
    public String failoverItems() {
        return leader() + "/failover/items";
    }

    public String failoverItem(int item) {
        return failoverItems() + "/" + item;
    }

    public String triggers() {
        return root() + "/trigger";
    }

    public String trigger(String id) {
        return triggers() + "/" + id;
    }

    /** Where the instances meet for listeners that are called once per firing; see {@link OncePerFiring}. */
    public String guarantee() {
        return root() + "/guarantee";
    }

    /** The marks of those who have come, one per item; {@code phase} is {@code started} or {@code completed}. */
    public String guaranteeMarks(String phase) {
        return guarantee() + "/" + phase;
    }

    public String guaranteeLatch(String phase) {
        return guarantee() + "/" + phase + "-latch";
    }

    public String ownNamespaceRoot() {
        return "/" + namespace + "-carillon";
    }

    public String ownRoot() {
        return ownNamespaceRoot() + "/" + jobName;
    }

    /** Written in each claim; the number of that commit is the fence, and its version tells whether anyone claimed since. */
    public String claim() {
        return ownRoot() + "/claim";
    }

    /** Written in each resharding; its version tells whether the items were dealt anew since, its data see {@link LastFirings}. */
    public String deal() {
        return ownRoot() + "/deal";
    }

    /** Who switched what off, and why; see {@link JobIntent}. */
    public String intent() {
        return ownRoot() + "/intent";
    }

    /** The configuration in the code of the instance that started last. */
    public String declared() {
        return ownRoot() + "/declared";
    }

    /** What was stored before, by version; written by commands together with the change. */
    public String versions() {
        return ownRoot() + "/versions";
    }

    public String version(int version) {
        return versions() + "/" + version;
    }

    /** Cursors of items; see {@link #checkpoint}. */
    public String checkpoints() {
        return ownRoot() + "/checkpoint";
    }

    /** The fence that touched it last, and the cursor of an item. */
    public String checkpoint(int item) {
        return checkpoints() + "/" + item;
    }

    /** What did not end well; see {@link #failedItem}. */
    public String failed() {
        return ownRoot() + "/failed";
    }

    /** An item whose last run did not end well; written when the item is released, removed when it succeeds. */
    public String failedItem(int item) {
        return failed() + "/" + item;
    }

    /** What people asked of the job beyond its schedule. */
    public String requests() {
        return ownRoot() + "/requests";
    }

    public String openRequests() {
        return requests() + "/open";
    }

    public String openRequest(String id) {
        return openRequests() + "/" + id;
    }

    /** There while somebody runs the item for the request; goes with its session. */
    public String requestItem(String id, int item) {
        return openRequest(id) + "/" + item;
    }

    public String finishedRequests() {
        return requests() + "/finished";
    }

    public String finishedRequest(String id) {
        return finishedRequests() + "/" + id;
    }

    /** The parent of {@link #claimOf}. */
    public String claims() {
        return ownRoot() + "/claims";
    }

    /** What an instance claimed last, and for which planned time; see {@link LastFirings}. */
    public String claimOf(String id) {
        return claims() + "/" + id;
    }

    /** The address in an instance's id. */
    public static String ipOf(String instanceId) {
        int at = instanceId.indexOf("@-@");
        return at < 0 ? instanceId : instanceId.substring(0, at);
    }
}
