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

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.it.MessageStage.Case;
import io.carillon.it.MessageStage.Database;
import io.carillon.it.MessageStage.Side;
import io.carillon.launcher.SystemTime;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.operations.DeadLetters;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is bad among good messages: it is seen with its reason, and the good ones arrive. */
@Tag("story")
class BadInputStoryTest {

    private static final int POISON = 7;

    @TempDir
    private Path folder;

    private MessageStage stage;
    private Case bad;

    @BeforeEach
    void startServers() throws Exception {
        stage = MessageStage.start(folder, List.of("Bad"));
        bad = stage.open("Bad", Database.MARIADB);
    }

    @AfterEach
    void stopServers() throws Exception {
        stage.close();
    }

    @Test
    void whateverIsBadIsSeenWithItsReasonAndTheGoodMessagesArrive() throws Exception {
        // rows that Carillon did not write: due at once, before all others
        foreignRow("no topic", "topic = ''");
        foreignRow("a key that the broker cannot carry", "msg_key = RPAD('', 200, CHAR(1))");
        foreignRow("a state that nobody knows", "state = 99");
        // placed 1 to 40, with one whose handler always throws
        bad.both("living", "send=40", "poison=" + POISON, "deliveries=2").awaitReady(MessageStage.LIMIT);
        // more than the broker takes: refused by the API where that knows the limit, by the broker where it does not
        bad.worker("large", List.of(Side.ORDERS), "send=1", "from=2001", "payload=5000000");
        bad.worker("larger", List.of(Side.ORDERS), "send=1", "from=3001", "payload=6000000", "payloadLimit=8000000");
        putForeignMessages();
        bad.both("late", "send=20", "from=101", "deliveries=2").awaitReady(MessageStage.LIMIT);

        List<Integer> good = new ArrayList<>();
        for (int seq = 1; seq <= 40; seq++) {
            if (seq != POISON) {
                good.add(seq);
            }
        }
        for (int seq = 101; seq <= 120; seq++) {
            good.add(seq);
        }
        MessageStage.await(
                "every good message has its effect", () -> bad.effects().containsAll(good));

        MessageStage.await("the API has refused", () -> !bad.lines("REFUSED ").isEmpty());
        assertThat(bad.lines("REFUSED "))
                .singleElement()
                .asString()
                .startsWith("2001 payload: 5000000 bytes (expected: at most ");
        MessageStage.await("dead letters", () -> deadCauses().size() >= 3);
        MessageStage.await("parked messages", () -> parked().size() >= 4);
        Map<MessageState, Long> states = bad.messageStore().countByState();
        System.out.println("BAD INPUT placed " + bad.placed().size() + ", effects "
                + bad.effects().size() + ", states " + states);
        deadCauses().forEach(cause -> System.out.println("BAD INPUT dead: " + cause));
        parked().forEach(reason -> System.out.println("BAD INPUT parked: " + reason.replaceAll("\\p{Cntrl}", ".")));
        assertThat(bad.effects()).doesNotHaveDuplicates().hasSameElementsAs(good);
        assertThat(bad.placed()).as("refused by the API: rolled back").doesNotContain(2001);
        // the row of an unknown state is left as it is, and counted
        assertThat(bad.number(Side.ORDERS, "SELECT COUNT(*) FROM CARILLON_MESSAGE WHERE state = 99"))
                .isEqualTo(1);
        assertThat(deadCauses()).hasSize(3);
        assertThat(deadCauses()).anyMatch(cause -> cause.contains("Bad: refused by the broker: "));
        assertThat(deadCauses()).anyMatch(cause -> cause.contains("unreadable row: topic"));
        assertThat(deadCauses()).anyMatch(cause -> cause.contains("Bad: refused by the broker: key"));
        assertThat(warnings("no valid carillon-id")).as("what is not ours").isPositive();
        assertThat(parked()).anyMatch(reason -> reason.contains("the handler cannot do number"));
        assertThat(parked())
                .filteredOn(reason -> reason.contains("NumberFormatException"))
                .hasSize(2);
        assertThat(parked()).anyMatch(reason -> reason.contains("UnreadableMessageException"));
    }

    private void foreignRow(String payload, String change) throws Exception {
        bad.insertMessages(1, MessageState.SENDING.code(), SystemTime.now());
        MessageStage.execute(
                bad.dataSource(Side.ORDERS),
                "UPDATE CARILLON_MESSAGE SET due_at = 0, payload = '" + payload + "', " + change + " WHERE due_at > 0");
    }

    /** What another program may put on the topic. */
    private void putForeignMessages() throws Exception {
        DefaultMQProducer foreign = new DefaultMQProducer("foreign");
        foreign.setNamesrvAddr(stage.nameServer());
        foreign.setSendMsgTimeout(60_000);
        foreign.setMqClientApiTimeout(60_000);
        foreign.start();
        try {
            byte[] bytes = {(byte) 0xff, 0, (byte) 0xfe, 1};
            foreign.send(new Message("Bad", bytes));
            Message nonsense = new Message("Bad", bytes);
            nonsense.putUserProperty("carillon-id", "nonsense");
            nonsense.putUserProperty("carillon-producer", "orders-Bad");
            foreign.send(nonsense);
            Message longKey = ours(bytes);
            longKey.setKeys("k".repeat(300));
            foreign.send(longKey);
            foreign.send(ours(bytes));
            foreign.send(ours("not a number".getBytes(StandardCharsets.UTF_8)));
        } finally {
            foreign.shutdown();
        }
    }

    private static Message ours(byte[] body) {
        Message message = new Message("Bad", "placed", body);
        message.putUserProperty(
                "carillon-id",
                MessageId.of(SystemTime.now(), ThreadLocalRandom.current().nextLong(), 1)
                        .toString());
        message.putUserProperty("carillon-producer", "orders-Bad");
        return message;
    }

    private List<String> deadCauses() throws Exception {
        return DeadLetters.of(bad.store(Side.ORDERS).messageSearch(), 1000).groups().stream()
                .map(group -> group.count() + " x " + group.topic() + ": " + group.cause())
                .toList();
    }

    private long warnings(String text) throws Exception {
        return bad.lines("").stream()
                .filter(line -> line.contains(" WARN ") && line.contains(text))
                .count();
    }

    private List<String> parked() throws Exception {
        return bad.rows(Side.POINTS, "SELECT reason FROM CARILLON_PARKED");
    }
}
