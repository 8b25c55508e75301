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
public final class JobPaths {

    /** The marks of a server. */
    public static final String ENABLED = "ENABLED";

    /** See {@link #ENABLED}. */
    public static final String DISABLED = "DISABLED";

    private final String namespace;
    private final String jobName;
    // each is asked for many times in every step of the job, so it is put together once
    private final String namespaceRoot;
    private final String root;
    private final String config;
    private final String instances;
    private final String servers;
    private final String leader;
    private final String election;
    private final String latch;
    private final String leaderInstance;
    private final String leaderSharding;
    private final String necessary;
    private final String processing;
    private final String sharding;
    private final String failoverItems;
    private final String triggers;
    private final String guarantee;
    private final String ownNamespaceRoot;
    private final String ownRoot;
    private final String claim;
    private final String deal;
    private final String intent;
    private final String declared;
    private final String versions;
    private final String moved;
    private final String checkpoints;
    private final String failed;
    private final String requests;
    private final String openRequests;
    private final String finishedRequests;
    private final String claims;

    public JobPaths(String namespace, String jobName) {
        this.namespace = namespace;
        this.jobName = jobName;
        this.namespaceRoot = "/" + namespace;
        this.root = "/" + namespace + "/" + jobName;
        this.config = root + "/config";
        this.instances = root + "/instances";
        this.servers = root + "/servers";
        this.leader = root + "/leader";
        this.election = leader + "/election";
        this.latch = election + "/latch";
        this.leaderInstance = election + "/instance";
        this.leaderSharding = leader + "/sharding";
        this.necessary = leaderSharding + "/necessary";
        this.processing = leaderSharding + "/processing";
        this.sharding = root + "/sharding";
        this.failoverItems = leader + "/failover/items";
        this.triggers = root + "/trigger";
        this.guarantee = root + "/guarantee";
        this.ownNamespaceRoot = "/" + namespace + "-carillon";
        this.ownRoot = ownNamespaceRoot + "/" + jobName;
        this.claim = ownRoot + "/claim";
        this.deal = ownRoot + "/deal";
        this.intent = ownRoot + "/intent";
        this.declared = ownRoot + "/declared";
        this.moved = ownRoot + "/moved";
        this.versions = ownRoot + "/versions";
        this.checkpoints = ownRoot + "/checkpoint";
        this.failed = ownRoot + "/failed";
        this.requests = ownRoot + "/requests";
        this.openRequests = requests + "/open";
        this.finishedRequests = requests + "/finished";
        this.claims = ownRoot + "/claims";
    }

    public String namespace() {
        return namespace;
    }

    public String jobName() {
        return jobName;
    }

    public String namespaceRoot() {
        return namespaceRoot;
    }

    public String root() {
        return root;
    }

    public String config() {
        return config;
    }

    public String instances() {
        return instances;
    }

    public String instance(String id) {
        return instances + "/" + id;
    }

    public String servers() {
        return servers;
    }

    public String server(String ip) {
        return servers + "/" + ip;
    }

    public String leader() {
        return leader;
    }

    public String election() {
        return election;
    }

    public String latch() {
        return latch;
    }

    public String leaderInstance() {
        return leaderInstance;
    }

    public String leaderSharding() {
        return leaderSharding;
    }

    public String necessary() {
        return necessary;
    }

    public String processing() {
        return processing;
    }

    public String sharding() {
        return sharding;
    }

    public String item(int item) {
        return sharding + "/" + item;
    }

    public String owner(int item) {
        return item(item) + "/instance";
    }

    public String running(int item) {
        return item(item) + "/running";
    }

    /** What an ElasticJob instance puts on its items when a firing of theirs was missed. */
    public String misfire(int item) {
        return item(item) + "/misfire";
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
        return failoverItems;
    }

    public String failoverItem(int item) {
        return failoverItems + "/" + item;
    }

    public String triggers() {
        return triggers;
    }

    public String trigger(String id) {
        return triggers + "/" + id;
    }

    /** Where the instances meet for listeners that are called once per firing; see {@link OncePerFiring}. */
    public String guarantee() {
        return guarantee;
    }

    /** The marks of those who have come, one per item; {@code phase} is {@code started} or {@code completed}. */
    public String guaranteeMarks(String phase) {
        return guarantee + "/" + phase;
    }

    public String guaranteeLatch(String phase) {
        return guarantee + "/" + phase + "-latch";
    }

    public String ownNamespaceRoot() {
        return ownNamespaceRoot;
    }

    public String ownRoot() {
        return ownRoot;
    }

    /** Written in each claim; the number of that commit is the fence, and its version tells whether anyone claimed since. */
    public String claim() {
        return claim;
    }

    /** Written in each resharding; its version tells whether the items were dealt anew since, its data see {@link LastFirings}. */
    public String deal() {
        return deal;
    }

    /** Who switched what off, and why; see {@link JobIntent}. */
    public String intent() {
        return intent;
    }

    /** Which items people gave to whom; see {@link MovedItems}. */
    public String moved() {
        return moved;
    }

    /** The configuration in the code of the instance that started last. */
    public String declared() {
        return declared;
    }

    /** What was stored before, by version; written by commands together with the change. */
    public String versions() {
        return versions;
    }

    public String version(int version) {
        return versions + "/" + version;
    }

    /** Cursors of items; see {@link #checkpoint}. */
    public String checkpoints() {
        return checkpoints;
    }

    /** The fence that touched it last, and the cursor of an item. */
    public String checkpoint(int item) {
        return checkpoints + "/" + item;
    }

    /** What did not end well; see {@link #failedItem}. */
    public String failed() {
        return failed;
    }

    /** An item whose last run did not end well; written when the item is released, removed when it succeeds. */
    public String failedItem(int item) {
        return failed + "/" + item;
    }

    /** What people asked of the job beyond its schedule. */
    public String requests() {
        return requests;
    }

    public String openRequests() {
        return openRequests;
    }

    public String openRequest(String id) {
        return openRequests + "/" + id;
    }

    /** There while somebody runs the item for the request; goes with its session. */
    public String requestItem(String id, int item) {
        return openRequest(id) + "/" + item;
    }

    public String finishedRequests() {
        return finishedRequests;
    }

    public String finishedRequest(String id) {
        return finishedRequests + "/" + id;
    }

    /** The parent of {@link #claimOf}. */
    public String claims() {
        return claims;
    }

    /** What an instance claimed last, and for which planned time; see {@link LastFirings}. */
    public String claimOf(String id) {
        return claims + "/" + id;
    }

    /** The address in an instance's id. */
    public static String ipOf(String instanceId) {
        int at = instanceId.indexOf("@-@");
        return at < 0 ? instanceId : instanceId.substring(0, at);
    }
}
