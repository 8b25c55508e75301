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

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import com.sun.net.httpserver.HttpServer;
import io.carillon.console.ConsoleAlarms;
import io.carillon.console.ConsoleSources;
import io.carillon.console.ask.AlarmDesk;
import io.carillon.console.ask.Ask;
import io.carillon.console.ask.Questions;
import io.carillon.console.text.AlarmNotices;
import io.carillon.console.text.Texts;
import io.carillon.jobs.alarms.Announcement;
import io.carillon.jobs.alarms.Announcement.State;
import io.carillon.jobs.alarms.Announcement.What;
import io.carillon.jobs.alarms.Finding;
import io.carillon.jobs.alarms.Finding.Severity;
import io.carillon.jobs.alarms.Finding.Subject;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.operations.MessageQueries;
import io.carillon.notify.Notice;
import io.carillon.notify.Notifier;
import io.carillon.spring.InvalidPropertyException;
import io.carillon.store.jdbc.Connections;
import io.carillon.store.jdbc.JdbcStore;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** Alarms from a store's figures to what a channel gets, on a real database; the clock is the test's. */
class CenterAlarmsTest {
    private Instant now = Instant.parse("2026-03-02T04:00:00Z");
    private final InstantSource clock = () -> now;
    private final FakeMessages orders = new FakeMessages();
    private final List<String> said = Collections.synchronizedList(new ArrayList<>());
    private volatile boolean refuses;
    private final JdbcDataSource database = new JdbcDataSource();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private HttpServer http;

    /** A message store whose figures a test chooses. */
    private static final class FakeMessages implements MessageQueries {
        long dead;
        Duration oldest = Duration.ZERO;
        RuntimeException broken;

        @Override
        public String store() {
            return "orders";
        }

        @Override
        public Map<MessageState, Long> countByState() {
            if (broken != null) {
                throw broken;
            }
            return new EnumMap<>(Map.of(MessageState.DEAD, dead));
        }

        @Override
        public Duration oldestOpenAge() {
            return oldest;
        }

        @Override
        public long overdueConfirmations(Duration age) {
            return 0;
        }

        @Override
        public List<StoredMessage> latest(MessageState state, int limit) {
            return List.of();
        }
    }

    @BeforeEach
    void createTables() {
        database.setURL("jdbc:h2:mem:alarms-" + System.identityHashCode(this) + ";DB_CLOSE_DELAY=-1");
        database.setUser("sa");
        JdbcStore.createTables(database);
    }

    @AfterEach
    void stop() {
        if (http != null) {
            http.stop(0);
        }
    }

    private JdbcStore store() {
        return JdbcStore.open(database, Connections.of(database));
    }

    private static AlarmProperties properties(Map<String, String> more) {
        Map<String, String> all = new LinkedHashMap<>(more);
        all.putIfAbsent("carillon.alarms.open-after", "1m");
        return new Binder(new MapConfigurationPropertySource(all))
                .bindOrCreate("carillon.alarms", AlarmProperties.class);
    }

    private static Map<String, String> channel(String name, String... settings) {
        Map<String, String> properties = new LinkedHashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            properties.put("carillon.alarms.channels." + name + "." + settings[i], settings[i + 1]);
        }
        return properties;
    }

    private final Notifier recorder = new Notifier() {
        @Override
        public String target() {
            return "recorder";
        }

        @Override
        public void send(Notice notice) throws IOException {
            if (refuses) {
                throw new IOException("out of order");
            }
            said.add(notice.facts().get("what") + " " + notice.facts().get("name") + " "
                    + notice.facts().get("reasons"));
        }
    };

    private AlarmWatch watch(AlarmProperties properties, Map<String, AlarmWatch.Voice> voices) {
        return new AlarmWatch(
                new LookAround(
                        new ConsoleSources(List.of(), List.of(orders)), properties.ignored(), properties.messages()),
                properties.rules(),
                voices,
                store().alarmStore(),
                clock,
                properties.every(),
                new ReasonMeters(registry)::seen,
                properties.enabled());
    }

    private AlarmWatch recording() {
        AlarmProperties properties = properties(channel("ops", "type", "webhook", "url", "http://127.0.0.1/"));
        return watch(
                properties,
                Map.of(
                        "ops",
                        new AlarmWatch.Voice(recorder, new AlarmNotices(List.of(Texts.ENGLISH), ZoneOffset.UTC, ""))));
    }

    private void pass(Duration time) {
        now = now.plus(time);
    }

    @Test
    void whatIsOpenAndWhoIsToldIsShownOnThePages() throws Exception {
        orders.dead = 3;
        AlarmWatch watch = recording();
        watch.round();
        ConsoleAlarms shown = new AlarmConfiguration()
                .carillonShownAlarms(
                        properties(channel("ops", "type", "webhook", "url", "http://127.0.0.1/")), store());
        AlarmDesk desk = new AlarmDesk(new Questions(new Ask(clock, Duration.ofSeconds(30))), shown);
        assertThat(desk.setting()).isEqualTo(AlarmDesk.Setting.TOLD);
        assertThat(desk.open("shop").answer().or(List.of()))
                .as("it has not lasted yet")
                .isEmpty();
        pass(Duration.ofMinutes(1));
        watch.round();
        assertThat(desk.open("shop").answer().or(List.of()))
                .singleElement()
                .satisfies(incident -> assertThat(incident.subject().name()).isEqualTo("orders"));
        ConsoleAlarms nobody = new AlarmConfiguration().carillonShownAlarms(properties(Map.of()), store());
        assertThat(new AlarmDesk(new Questions(new Ask(clock, Duration.ofSeconds(30))), nobody).setting())
                .isEqualTo(AlarmDesk.Setting.NOBODY);
    }

    @Test
    void ofTwoCentresOneTellsAndTheOtherGoesOnWithoutRepeatingWhenItIsGone() throws Exception {
        orders.dead = 3;
        AlarmWatch first = recording();
        AlarmWatch second = recording();
        assertThat(first.round()).isTrue();
        assertThat(second.round()).as("it is not its turn").isFalse();
        pass(Duration.ofMinutes(1));
        first.round();
        second.round();
        assertThat(said).containsExactly("OPENED orders MESSAGES_DEAD");
        assertThat(registry.get("carillon.health.reasons")
                        .tags("kind", "store", "cluster", "orders", "reason", "MESSAGES_DEAD")
                        .gauge()
                        .value())
                .isEqualTo(1);

        first.close();
        pass(Duration.ofHours(1));
        assertThat(second.round()).isTrue();
        assertThat(said).as("a restart repeats nothing").hasSize(1);
        orders.dead = 0;
        second.round();
        assertThat(registry.find("carillon.health.reasons").gauges()).isEmpty();
        pass(Duration.ofMinutes(2));
        second.round();
        assertThat(said)
                .as("and forgets nothing")
                .containsExactly("OPENED orders MESSAGES_DEAD", "RECOVERED orders MESSAGES_DEAD");
        second.close();
    }

    @Test
    void whatAChannelDoesNotTakeIsSentAgainUntilItDoes() throws Exception {
        orders.broken = new IllegalStateException("connection refused");
        refuses = true;
        AlarmWatch watch = recording();
        watch.round();
        pass(Duration.ofMinutes(1));
        watch.round();
        Announcement failed = store().alarmStore().latest(null, 1).get(0);
        assertThat(failed.failure()).isEqualTo("out of order");
        assertThat(failed.attempt()).isEqualTo(1);
        refuses = false;
        watch.round();
        assertThat(said).as("not at once").isEmpty();
        pass(Duration.ofSeconds(15));
        watch.round();
        assertThat(said).containsExactly("OPENED orders STORE_SILENT");
        assertThat(store().alarmStore()
                        .latest(Subject.store("orders"), 1)
                        .get(0)
                        .state())
                .isEqualTo(State.SENT);
        watch.close();
    }

    @Test
    void aChannelThatWasRemovedIsNotTriedForEver() throws Exception {
        orders.dead = 1;
        refuses = true;
        AlarmWatch watch = recording();
        watch.round();
        pass(Duration.ofMinutes(1));
        watch.round();
        watch.close();
        pass(Duration.ofMinutes(1));
        AlarmWatch other = watch(properties(Map.of()), Map.of());
        other.round();
        Announcement gone = store().alarmStore().latest(null, 1).get(0);
        assertThat(gone.state()).isEqualTo(State.GIVEN_UP);
        assertThat(gone.failure()).isEqualTo("carillon.alarms.channels.ops is gone");
        other.close();
    }

    @Test
    void theFiguresOfAStoreSayHowBadItIs() {
        AlarmProperties.Messages limits = properties(Map.of()).messages();
        Subject store = Subject.store("orders");
        assertThat(LookAround.of(store, 0, Duration.ofMinutes(15), 0, limits)).isNull();
        Finding waiting = LookAround.of(store, 0, Duration.ofMinutes(16), 7, limits);
        assertThat(waiting.severity()).isEqualTo(Severity.WARNING);
        assertThat(waiting.symptoms())
                .containsExactly(
                        Finding.Code.MESSAGES_WAIT.with(960, 900), Finding.Code.CONFIRMATIONS_OVERDUE.with(7, 3600));
        assertThat(LookAround.of(store, 1, Duration.ZERO, 0, limits).severity()).isEqualTo(Severity.BAD);
    }

    @Test
    void theWholeWayToAMailAndARobotFromPropertiesOnly() throws Exception {
        LinkedBlockingQueue<String> posts = new LinkedBlockingQueue<>();
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.createContext("/", exchange -> {
            posts.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            byte[] answer = "{\"code\":0}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        http.start();
        ServerSetup setup = new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP);
        setup.setServerStartupTimeout(60_000);
        GreenMail mail = new GreenMail(setup);
        mail.start();
        try {
            orders.dead = 12;
            Map<String, String> settings = channel(
                    "robot",
                    "type",
                    "feishu",
                    "url",
                    "http://127.0.0.1:" + http.getAddress().getPort() + "/hook",
                    "secret",
                    "s",
                    "language",
                    "zh-cn");
            settings.putAll(channel(
                    "mail",
                    "type",
                    "mail",
                    "host",
                    "127.0.0.1",
                    "port",
                    Integer.toString(mail.getSmtp().getPort()),
                    "from",
                    "carillon@example.com",
                    "to",
                    "ops@example.com"));
            settings.put("carillon.alarms.console-url", "https://jobs.example.com/");
            AlarmProperties properties = properties(settings);
            Map<String, AlarmWatch.Voice> voices = new LinkedHashMap<>();
            properties
                    .channels()
                    .forEach((name, one) -> voices.put(
                            name,
                            new AlarmWatch.Voice(
                                    one.notifier(),
                                    new AlarmNotices(
                                            one.language().texts(), ZoneOffset.UTC, properties.consoleUrl()))));
            AlarmWatch watch = watch(properties, voices);
            watch.round();
            pass(Duration.ofMinutes(1));
            watch.round();
            assertThat(posts.poll(60, TimeUnit.SECONDS))
                    .contains("[异常] 消息库 orders：有 12 条死信", "\"sign\":", "https://jobs.example.com/");
            assertThat(mail.getReceivedMessages()).hasSize(1);
            assertThat(mail.getReceivedMessages()[0].getSubject())
                    .isEqualTo("[Bad] Message store orders: 12 messages are dead and are not sent any more.");
            assertThat((String) mail.getReceivedMessages()[0].getContent())
                    .contains("Next step: Read why they died", "Since 2026-03-02 04:00:00 UTC");
            assertThat(store().alarmStore().latest(null, 10))
                    .hasSize(2)
                    .allMatch(one -> one.state() == State.SENT && one.what() == What.OPENED);
            watch.close();
        } finally {
            mail.stop();
        }
    }

    @Test
    void aSettingThatMakesNoSenseIsRefusedWithItsNameAndWithoutItsSecret() {
        assertThat(problem(channel("ops", "url", "https://x/")))
                .contains("carillon.alarms.channels.ops.type: not set (expected: webhook, mail, dingtalk");
        assertThat(problem(channel("ops", "type", "slack", "url", "hooks.slack.com/services/T0/secret")))
                .contains("carillon.alarms.channels.ops.url: (not shown)")
                .doesNotContain("secret");
        assertThat(problem(channel("ops", "type", "mail", "from", "a@b", "to", "c@d")))
                .contains("carillon.alarms.channels.ops.host: not set");
        assertThat(problem(channel("ops", "type", "wecom", "url", "https://x/", "quiet.from", "22:00")))
                .contains("carillon.alarms.channels.ops.quiet.until: not set (expected: a time such as 22:00)");
        assertThat(problem(Map.of("carillon.alarms.every", "0s")))
                .contains("carillon.alarms.every: PT0S (expected: PT1S to PT10M)");
        assertThat(problem(Map.of(
                        "carillon.alarms.quiet.from", "22:00",
                        "carillon.alarms.quiet.until", "07:00",
                        "carillon.alarms.quiet.zone", "Mars/Base")))
                .contains("carillon.alarms.quiet.zone: Mars/Base");
        assertThat(problem(channel("[a b]", "type", "slack", "url", "https://x/")))
                .contains("carillon.alarms.channels");
    }

    private static String problem(Map<String, String> properties) {
        Throwable failure = catchThrowable(() -> properties(properties));
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof InvalidPropertyException) {
                return cause.getMessage();
            }
        }
        throw new AssertionError("no InvalidPropertyException", failure);
    }
}
