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
package io.carillon.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import com.sun.net.httpserver.HttpServer;
import io.carillon.jobs.InvalidSettingException;
import io.carillon.jobs.JobConfiguration;
import io.carillon.jobs.JobEngine;
import io.carillon.jobs.JobEngineOptions;
import io.carillon.jobs.engine.ClusterJobEngine;
import io.carillon.jobs.execution.ErrorHandler;
import io.carillon.testkit.jobs.InMemoryRegistry;
import jakarta.mail.Message;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The handlers in whole engines, the channels against a real mail server and a real HTTP server in this JVM. */
class NotifyOfErrorsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final BlockingQueue<String> posts = new LinkedBlockingQueue<>();
    private volatile String answer = "{\"errcode\":0,\"errmsg\":\"ok\"}";
    private volatile int status = 200;
    private HttpServer http;
    private GreenMail mail;

    @AfterEach
    void stop() {
        if (http != null) {
            http.stop(0);
        }
        if (mail != null) {
            mail.stop();
        }
    }

    private URI robot() throws IOException {
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.createContext("/", exchange -> {
            try (InputStream body = exchange.getRequestBody()) {
                posts.add(exchange.getRequestMethod() + " "
                        + exchange.getRequestURI().getRawQuery() + " "
                        + exchange.getRequestHeaders().getFirst("Content-Type") + "\n"
                        + new String(body.readAllBytes(), StandardCharsets.UTF_8));
            }
            byte[] text = answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, text.length);
            exchange.getResponseBody().write(text);
            exchange.close();
        });
        http.start();
        return URI.create("http://127.0.0.1:" + http.getAddress().getPort() + "/robot/send?access_token=secret-token");
    }

    private int mailServer(String protocol) {
        ServerSetup setup = new ServerSetup(0, "127.0.0.1", protocol);
        setup.setServerStartupTimeout(60_000);
        mail = new GreenMail(setup);
        mail.setUser("robot@example.com", "robot", "right");
        mail.start();
        return protocol.equals(ServerSetup.PROTOCOL_SMTPS)
                ? mail.getSmtps().getPort()
                : mail.getSmtp().getPort();
    }

    private static Map<String, String> mailProps(int port) {
        Map<String, String> props = new LinkedHashMap<>();
        props.put("email.host", "127.0.0.1");
        props.put("email.port", Integer.toString(port));
        props.put("email.username", "robot");
        props.put("email.password", "right");
        props.put("email.from", "robot@example.com");
        props.put("email.to", "ann@example.com,ben@example.com");
        return props;
    }

    private static JobConfiguration job(String type, Map<String, String> props) {
        return JobConfiguration.newBuilder("bill", 2)
                .jobErrorHandlerType(type)
                .props(props)
                .build();
    }

    private static void until(BooleanSupplier condition) {
        Instant end = new SystemTime().instant().plus(PATIENCE);
        while (!condition.getAsBoolean()) {
            assertThat(new SystemTime().instant()).isBefore(end);
            LockSupport.parkNanos(2_000_000);
        }
    }

    private static int nobody() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Test
    void aFailedItemIsTheSubjectOfAMailToAllReceivers() throws Exception {
        Map<String, String> props = mailProps(mailServer(ServerSetup.PROTOCOL_SMTP));
        props.put("email.useSsl", "false");
        props.put("email.cc", "cora@example.com");
        props.put("email.bcc", "dan@example.com");
        InMemoryRegistry server = InMemoryRegistry.threaded(new SystemTime(), Duration.ofSeconds(20));
        try (JobEngine engine = ClusterJobEngine.start(
                server.connect(), JobEngineOptions.newBuilder("ns").build())) {
            engine.schedule(
                    context -> {
                        if (context.getShardingItem() == 1) {
                            throw new IllegalStateException("kein Strom für 灯");
                        }
                    },
                    job("email", props)); // in lower case, as ElasticJob takes it, too
            engine.commands().trigger("bill");
            until(() -> mail.getReceivedMessages().length == 4);
        }
        MimeMessage[] mails = mail.getReceivedMessages();
        assertThat(mails).hasSize(4);
        MimeMessage first = mails[0];
        assertThat(first.getSubject()).isEqualTo("ElasticJob error message");
        assertThat(first.getFrom()).extracting(Object::toString).containsExactly("robot@example.com");
        assertThat(first.getRecipients(Message.RecipientType.TO))
                .extracting(Object::toString)
                .containsExactly("ann@example.com", "ben@example.com");
        assertThat(first.getRecipients(Message.RecipientType.CC))
                .extracting(Object::toString)
                .containsExactly("cora@example.com");
        assertThat(first.getRecipients(Message.RecipientType.BCC)).isNull();
        assertThat((String) first.getContent())
                .startsWith("Job 'bill': item 1 of 2 failed: java.lang.IllegalStateException: kein Strom für 灯")
                .contains("at io.carillon.notify.NotifyOfErrorsTest");
    }

    @Test
    void aMailGoesOverTlsAndACertificateThatNobodyVouchesForIsRefusedUnlessTrusted() throws Exception {
        Map<String, String> props = mailProps(mailServer(ServerSetup.PROTOCOL_SMTPS));
        Notice notice = new Notice("title", "text");
        assertThatThrownBy(() ->
                        new NotifyOfErrors.Email().notifier(job("EMAIL", props)).send(notice))
                .isInstanceOf(IOException.class);
        assertThat(mail.getReceivedMessages()).isEmpty();
        props.put("email.ssl.trust", "127.0.0.1");
        props.put("email.subject", "Lights out");
        new NotifyOfErrors.Email().notifier(job("EMAIL", props)).send(notice);
        assertThat(mail.getReceivedMessages()).hasSize(2);
        assertThat(mail.getReceivedMessages()[0].getSubject()).isEqualTo("Lights out");
    }

    @Test
    void aWrongPasswordIsAnErrorOfTheMailAndDoesNotShow() throws Exception {
        Map<String, String> props = mailProps(mailServer(ServerSetup.PROTOCOL_SMTP));
        props.put("email.useSsl", "false");
        props.put("email.password", "wrong-password");
        Notifier notifier = new NotifyOfErrors.Email().notifier(job("EMAIL", props));
        assertThatThrownBy(() -> notifier.send(new Notice("title", "text")))
                .isInstanceOf(IOException.class)
                .hasMessageNotContaining("wrong-password");
        assertThat(notifier.target()).doesNotContain("wrong-password");
        assertThat(mail.getReceivedMessages()).isEmpty();
    }

    @Test
    void aWeComRobotGetsTheTextCutToWhatItTakes() throws Exception {
        URI robot = robot();
        ErrorHandler handler = ErrorHandler.of("WeChat");
        handler.handle(
                job("WECHAT", Map.of("wechat.webhook", robot.toString())),
                1,
                new IllegalStateException("said \"no\"\n" + "灯".repeat(2000)));
        String post = posts.poll(60, TimeUnit.SECONDS);
        assertThat(post)
                .startsWith("POST access_token=secret-token application/json; charset=utf-8\n"
                        + "{\"msgtype\":\"text\",\"text\":{\"content\":\"Job 'bill': item 1 of 2 failed: "
                        + "java.lang.IllegalStateException: said \\\"no\\\" 灯灯")
                .endsWith("灯\\u000a...\"}}");
        assertThat(post.substring(post.indexOf("Job"), post.length() - 3).getBytes(StandardCharsets.UTF_8).length)
                .isBetween(2040, 2048 + 8);
    }

    @Test
    void aDingTalkRobotGetsKeywordAndSignature() throws Exception {
        URI robot = robot();
        DingTalkNotifier signed = new DingTalkNotifier(
                robot, "carillon", "SEC0123", PATIENCE, () -> Instant.parse("2026-01-01T00:00:00Z"));
        signed.send(new Notice("title", "text"));
        assertThat(posts.poll(60, TimeUnit.SECONDS))
                .isEqualTo(
                        "POST access_token=secret-token&timestamp=1767225600000&sign=QZP1SIjYf%2Baj3hEjNYtvhHA1DBZAaLmjNh8qyIuUKK0%3D"
                                + " application/json; charset=utf-8\n"
                                + "{\"msgtype\":\"text\",\"text\":{\"content\":\"carillon title\\u000atext\"}}");
        new NotifyOfErrors.DingTalk()
                .notifier(job("DINGTALK", Map.of("dingtalk.webhook", robot.toString())))
                .send(new Notice("title", ""));
        assertThat(posts.poll(60, TimeUnit.SECONDS))
                .startsWith("POST access_token=secret-token application")
                .endsWith("{\"msgtype\":\"text\",\"text\":{\"content\":\"title\"}}");
    }

    @Test
    void aRobotThatRefusesIsAnErrorThatDoesNotShowTheToken() throws Exception {
        Notifier notifier = new WeComNotifier(robot(), PATIENCE);
        answer = "{\"errcode\": 93000, \"errmsg\": \"invalid webhook url\"}";
        assertThatThrownBy(() -> notifier.send(new Notice("title", "text")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("93000")
                .hasMessageNotContaining("secret-token");
        answer = "try later";
        status = 503;
        assertThatThrownBy(() -> notifier.send(new Notice("title", "text"))).hasMessage("status 503, try later");
        http.stop(0);
        http = null;
        assertThatThrownBy(() -> notifier.send(new Notice("title", "text")))
                .isInstanceOf(IOException.class)
                .hasMessageNotContaining("secret-token");
        assertThat(notifier.target()).doesNotContain("secret-token");
    }

    @Test
    void aRobotThatDoesNotAnswerIsGivenUpInTime() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Notifier notifier = new NotifyOfErrors.WeChat()
                    .notifier(job(
                            "WECHAT",
                            Map.of(
                                    "wechat.webhook", "http://127.0.0.1:" + silent.getLocalPort() + "/?key=k",
                                    "wechat.connectTimeoutMilliseconds", "50",
                                    "wechat.readTimeoutMilliseconds", "150")));
            assertThatThrownBy(() -> notifier.send(new Notice("title", "text")))
                    .isInstanceOf(IOException.class)
                    .hasMessageNotContaining("key=k");
        }
    }

    @Test
    void aMissingSettingFailsTheStartByItsName() {
        InMemoryRegistry server = InMemoryRegistry.threaded(new SystemTime(), Duration.ofSeconds(20));
        try (JobEngine engine = ClusterJobEngine.start(
                server.connect(), JobEngineOptions.newBuilder("ns").build())) {
            for (String key : mailProps(25).keySet()) {
                Map<String, String> props = mailProps(25);
                props.remove(key);
                assertThatThrownBy(() -> engine.schedule(context -> {}, job("EMAIL", props)))
                        .isInstanceOf(InvalidSettingException.class)
                        .hasMessage(
                                key + ": (missing) (expected: a value). Set it in the props of job 'bill', or choose"
                                        + " another jobErrorHandlerType.");
            }
            assertThatThrownBy(() -> engine.schedule(context -> {}, job("WECHAT", Map.of())))
                    .hasMessageStartingWith("wechat.webhook: (missing)");
            assertThatThrownBy(() -> engine.schedule(context -> {}, job("DINGTALK", Map.of())))
                    .hasMessageStartingWith("dingtalk.webhook: (missing)");
            assertThatThrownBy(() -> engine.schedule(
                            context -> {}, job("DINGTALK", Map.of("dingtalk.webhook", "robot?access_token=t"))))
                    .hasMessageStartingWith("dingtalk.webhook: (not shown) (expected: an address");
            for (Map.Entry<String, String> bad : Map.of(
                            "email.port", "70000", "email.useSsl", "yes", "email.to", "nobody at all", "email.cc", "@")
                    .entrySet()) {
                Map<String, String> props = mailProps(25);
                props.put(bad.getKey(), bad.getValue());
                assertThatThrownBy(() -> engine.schedule(context -> {}, job("EMAIL", props)))
                        .isInstanceOf(InvalidSettingException.class)
                        .hasMessageStartingWith(bad.getKey() + ": " + bad.getValue());
            }
        }
        assertThat(server.dump()).isEmpty();
    }

    @Test
    void deadSlowAndFloodedChannelsNeitherHoldAJobUpNorLetThreadsGrowOverAThousandRuns() throws Exception {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        InMemoryRegistry server = InMemoryRegistry.threaded(new SystemTime(), Duration.ofSeconds(20));
        try (ServerSocket silent = new ServerSocket(0, 1000, InetAddress.getLoopbackAddress());
                JobEngine engine = ClusterJobEngine.start(
                        server.connect(),
                        JobEngineOptions.newBuilder("ns").workerThreads(8).build())) {
            Map<String, String> props = mailProps(silent.getLocalPort());
            props.put("wechat.webhook", "http://127.0.0.1:" + nobody() + "/?key=k");
            props.put("dingtalk.webhook", "http://127.0.0.1:" + silent.getLocalPort() + "/?access_token=t");
            JobConfiguration job = job("EMAIL", props);
            engine.schedule(
                    context -> {
                        throw new IllegalStateException("broken");
                    },
                    job);
            List<String> types = List.of("EMAIL", "WECHAT", "DINGTALK", "IGNORE");
            int most = 0;
            for (int run = 0; run < 1000; run++) {
                if (run % 10 == 0) {
                    engine.commands()
                            .update(job.toBuilder()
                                    .jobErrorHandlerType(types.get(run / 10 % types.size()))
                                    .jobExecutorThreadPoolSizeProviderType(run % 20 == 0 ? "SINGLE_THREAD" : "CPU")
                                    .build());
                }
                engine.commands().trigger("bill");
                until(() -> server.dump().keySet().stream()
                        .noneMatch(path -> path.contains("/trigger/") || path.endsWith("/running")));
                if (run % 25 == 24) {
                    most = Math.max(most, (int) Thread.getAllStackTraces().keySet().stream()
                            .filter(thread ->
                                    !before.contains(thread) && thread.getName().startsWith("carillon-"))
                            .count());
                }
            }
            assertThat(most).isLessThanOrEqualTo(2 + 8 + 4 + 2); // loop, workers, notices, history
            assertThat(NoticeQueue.SHARED.dropped()).isPositive();
        }
    }

    @Test
    void aTargetThatIsSlowHoldsUpNoOtherAndHearsWhatWasDropped() throws Exception {
        NoticeQueue queue = new NoticeQueue(2, 3);
        CountDownLatch mayGoOn = new CountDownLatch(1);
        BlockingQueue<Notice> slow = new LinkedBlockingQueue<>();
        BlockingQueue<Notice> quick = new LinkedBlockingQueue<>();
        Notifier slowly = fake("slow", notice -> {
            slow.add(notice);
            mayGoOn.await();
        });
        queue.add(slowly, new Notice("n0", ""));
        assertThat(slow.poll(60, TimeUnit.SECONDS)).isEqualTo(new Notice("n0", ""));
        for (int i = 1; i < 10; i++) {
            queue.add(slowly, new Notice("n" + i, ""));
        }
        assertThat(queue.dropped()).isEqualTo(6);
        assertThat(queue.waiting()).isEqualTo(4);
        queue.add(fake("quick", quick::add), new Notice("quick", ""));
        assertThat(quick.poll(60, TimeUnit.SECONDS)).isEqualTo(new Notice("quick", ""));
        mayGoOn.countDown();
        assertThat(slow.poll(60, TimeUnit.SECONDS))
                .isEqualTo(new Notice("n1", "(Before this, 6 notices were dropped: too many at once.)\n"));
        assertThat(slow.poll(60, TimeUnit.SECONDS)).isEqualTo(new Notice("n2", ""));
        assertThat(slow.poll(60, TimeUnit.SECONDS)).isEqualTo(new Notice("n3", ""));
        until(() -> queue.waiting() == 0);
    }

    private interface Sending {
        void send(Notice notice) throws InterruptedException;
    }

    private static Notifier fake(String target, Sending sending) {
        return new Notifier() {
            @Override
            public String target() {
                return target;
            }

            @Override
            public void send(Notice notice) throws InterruptedException {
                sending.send(notice);
            }
        };
    }
}
