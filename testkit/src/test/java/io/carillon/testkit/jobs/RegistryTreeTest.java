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
package io.carillon.testkit.jobs;

import static io.carillon.testkit.jobs.OperatedCluster.job;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.operations.By;
import io.carillon.jobs.operations.ConfigurationConflictException;
import io.carillon.jobs.operations.JobAudit.Question;
import io.carillon.jobs.operations.RegistryTree;
import io.carillon.jobs.operations.RegistryTree.Dump;
import io.carillon.jobs.operations.RegistryTree.Kind;
import io.carillon.jobs.operations.RegistryTree.Seen;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The registry node by node, as people look at it. */
class RegistryTreeTest {
    private final OperatedCluster cluster = new OperatedCluster();
    private final RegistryTree tree = cluster.operations.tree();

    RegistryTreeTest() {
        cluster.new Instance("10.0.0.1")
                .join(job("billing", 3, "0 0 2 * * ?")
                        .jobParameter("host=10.0.0.9,db.password=hunter2")
                        .build());
    }

    private Seen at(String path) {
        return tree.look(path, "", 100).orElseThrow();
    }

    @Test
    void eachNodeSaysWhatItIsToTheEngineAndWhoseSessionKeepsIt() {
        assertThat(at("/ns").kind()).isEqualTo(Kind.NAMESPACE);
        assertThat(at("/ns").names()).containsExactly("billing");
        assertThat(at("/ns/billing").kind()).isEqualTo(Kind.JOB);
        Seen config = at("/ns/billing/config");
        assertThat(config.kind()).isEqualTo(Kind.CONFIG);
        assertThat(config.isText()).isTrue();
        assertThat(config.text()).contains("jobName: billing");
        assertThat(config.owner()).isZero();
        Seen instances = at("/ns/billing/instances");
        Seen instance = at("/ns/billing/instances/" + instances.names().get(0));
        assertThat(instance.kind()).isEqualTo(Kind.INSTANCE);
        assertThat(instance.owner()).isNotZero();
        assertThat(at("/ns-carillon").kind()).isEqualTo(Kind.OWN_NAMESPACE);
        assertThat(tree.look("/ns/absent", "", 10)).isEmpty();
    }

    @Test
    void childrenComeInPages() {
        cluster.operations.commands().trigger("billing");
        cluster.settle();
        Seen first = tree.look("/ns/billing/sharding", "", 2).orElseThrow();
        assertThat(first.children()).isEqualTo(3);
        assertThat(first.names()).containsExactly("0", "1");
        assertThat(first.next()).isEqualTo("1");
        Seen rest = tree.look("/ns/billing/sharding", "1", 2).orElseThrow();
        assertThat(rest.names()).containsExactly("2");
        assertThat(rest.next()).isNull();
    }

    @Test
    void aWriteNeedsTheVersionThatWasLookedAt() {
        Seen seen = at("/ns/billing/servers");
        assertThat(tree.write(seen.path(), "by hand", seen.version())).isEqualTo(seen.version() + 1);
        assertThat(at(seen.path()).text()).isEqualTo("by hand");
        assertThatThrownBy(() -> tree.write(seen.path(), "again", seen.version()))
                .isInstanceOf(ConfigurationConflictException.class)
                .hasMessageContaining("/ns/billing/servers")
                .hasMessageContaining("Nothing was changed");
        assertThatThrownBy(() -> tree.delete(seen.path(), -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("without children");
        assertThatThrownBy(() -> tree.write("/ns/absent", "x", 0)).isInstanceOf(NoSuchElementException.class);
        Seen server = at("/ns/billing/servers/10.0.0.1");
        tree.delete(server.path(), server.version());
        assertThat(tree.look(server.path(), "", 1)).isEmpty();
        assertThatThrownBy(() -> tree.delete("/ns", -1)).hasMessageContaining("a node below it");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "ns",
                "/other",
                "/nsx",
                "/ns-carillonx/a",
                "/ns/",
                "/ns//a",
                "/ns/../other",
                "/ns/./a",
                "/ns/a\n"
            })
    void whatIsNotOfThisNamespaceIsNeverRead(String path) {
        assertThatThrownBy(() -> tree.look(path, "", 10))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("path");
    }

    @Test
    void aDumpHidesAddressesAndSecrets() {
        Dump dump = tree.dump("/ns/billing").orElseThrow();
        assertThat(dump.complete()).isTrue();
        assertThat(dump.text())
                .contains("/ns/billing/config | ")
                .contains("ip1")
                .contains("(ephemeral)")
                .doesNotContain("10.0.0.")
                .doesNotContain("hunter2");
        assertThat(dump.text().lines().filter(line -> line.startsWith("/ns")).count())
                .isEqualTo(dump.nodes());
        assertThat(tree.dump("/ns/absent")).isEmpty();
    }

    @Test
    void secretsAreFoundInEachNotation() {
        assertThat(RegistryTree.masked("password: a b\nuser: ada")).isEqualTo("password: ******\nuser: ada");
        assertThat(RegistryTree.masked("{\"api-key\":\"x\\y\",\"n\":1}")).isEqualTo("{\"api-key\":******,\"n\":1}");
        assertThat(RegistryTree.masked("db.secret=x;n=1")).isEqualTo("db.secret=******;n=1");
        assertThat(RegistryTree.masked("tokens are fine")).isEqualTo("tokens are fine");
    }

    @Test
    void aCommandThatIsOnRecordAlreadyIsKeptOnceAndItsIntentStillKnowsWhoItWas() {
        By ada = new By("ada", "why", "10.1.1.1");
        cluster.operations.commands().as(ada).disable("billing");
        assertThat(cluster.audit.latest(Question.ALL, null, 10)).hasSize(1);
        cluster.operations.commands().as(ada).enable("billing");
        cluster.operations.commands().onRecordAs(ada).disable("billing");
        assertThat(cluster.audit.latest(Question.ALL, null, 10)).hasSize(2);
        assertThat(cluster.server.data("/ns-carillon/billing/intent")).contains("ada");
    }
}
