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

import jakarta.mail.Authenticator;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.PasswordAuthentication;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.AddressException;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** Mail by SMTP. Thread-safe; each notice is a mail over a connection of its own. */
public final class MailNotifier implements Notifier {

    private static final String CONNECT_MILLISECONDS = "5000";
    private static final String READ_MILLISECONDS = "15000";

    /**
     * How and to whom. Immutable.
     *
     * @param username empty: the server asks for no login
     * @param ssl true: TLS from the first byte; false: TLS where the server offers it (STARTTLS)
     * @param sslTrust the hosts whose certificates are trusted unseen, separated by blanks; {@code *} for all; null for none
     * @param subject the subject; null: the notice's title
     * @param to the receivers, separated by commas
     * @param cc one more, in copy; or null
     * @param bcc one more, unseen by the others; or null
     * @param debug whether the exchange with the server goes to standard output
     */
    public record Server(
            String host,
            int port,
            String username,
            String password,
            boolean ssl,
            @Nullable String sslTrust,
            @Nullable String subject,
            String from,
            String to,
            @Nullable String cc,
            @Nullable String bcc,
            boolean debug) {

        /** All but the password. */
        @Override
        public String toString() {
            return username + "@" + host + ":" + port + " from " + from + " to " + to;
        }
    }

    private final Server server;
    private final Session session;

    public MailNotifier(Server server) {
        this.server = server;
        Properties properties = new Properties();
        properties.setProperty("mail.transport.protocol", "smtp");
        properties.setProperty("mail.smtp.host", server.host);
        properties.setProperty("mail.smtp.port", Integer.toString(server.port));
        properties.setProperty("mail.smtp.auth", Boolean.toString(!server.username.isEmpty()));
        properties.setProperty("mail.smtp.connectiontimeout", CONNECT_MILLISECONDS);
        properties.setProperty("mail.smtp.timeout", READ_MILLISECONDS);
        properties.setProperty("mail.smtp.writetimeout", READ_MILLISECONDS);
        properties.setProperty(server.ssl ? "mail.smtp.ssl.enable" : "mail.smtp.starttls.enable", "true");
        if (server.sslTrust != null) {
            properties.setProperty("mail.smtp.ssl.trust", server.sslTrust);
        }
        properties.setProperty("mail.smtp.ssl.checkserveridentity", Boolean.toString(server.sslTrust == null));
        this.session = Session.getInstance(properties, new Authenticator() {
            @Override
            protected PasswordAuthentication getPasswordAuthentication() {
                return new PasswordAuthentication(server.username, server.password);
            }
        });
        session.setDebug(server.debug);
    }

    /** Whether a text is one address of mail, or several with commas. */
    public static boolean isAddress(String text) {
        try {
            return InternetAddress.parse(text).length > 0;
        } catch (AddressException e) {
            return false;
        }
    }

    @Override
    public String target() {
        return "mail " + server;
    }

    @Override
    public void send(Notice notice) throws IOException {
        try {
            MimeMessage mail = new MimeMessage(session);
            mail.setFrom(new InternetAddress(server.from));
            mail.setRecipients(Message.RecipientType.TO, InternetAddress.parse(server.to));
            if (server.cc != null) {
                mail.setRecipients(Message.RecipientType.CC, InternetAddress.parse(server.cc));
            }
            if (server.bcc != null) {
                mail.setRecipients(Message.RecipientType.BCC, InternetAddress.parse(server.bcc));
            }
            String subject = server.subject == null ? notice.title() : server.subject.replaceAll("[\\r\\n]+", " ");
            mail.setSubject(subject, StandardCharsets.UTF_8.name());
            mail.setText(
                    server.subject == null ? notice.text() : notice.title() + "\n\n" + notice.text(),
                    StandardCharsets.UTF_8.name());
            Transport.send(mail);
        } catch (MessagingException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
