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
package io.carillon.messages.directory;

import io.carillon.messages.Message;
import io.carillon.messages.MessageHandler;
import io.carillon.messages.MessageServiceOptions;
import io.carillon.messages.ReceivedMessage;
import io.carillon.messages.TopicRefusedException;
import io.carillon.messages.directory.Directory.Change;
import io.carillon.messages.directory.Directory.Declared;
import io.carillon.messages.directory.Directory.Edit;
import io.carillon.messages.directory.Directory.Entry;
import io.carillon.messages.directory.Directory.Kind;
import io.carillon.messages.directory.Directory.Name;
import io.carillon.messages.directory.Directory.Status;
import io.carillon.messages.model.MessageId;
import io.carillon.messages.model.MessageState;
import io.carillon.messages.model.StoredMessage;
import io.carillon.messages.operations.MessageCommands;
import io.carillon.messages.operations.MessageFilter;
import io.carillon.messages.operations.MessageSearch;
import io.carillon.messages.outbox.ControlMessages;
import io.carillon.messages.relay.Broker;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory as a running service lives by it. Thread-safe; one thread.
 *
 * <ul>
 *   <li>What other services declare and people edit anywhere arrives as control messages, and is kept in this service's own
 *       store, which all its instances share.
 *   <li>What is kept is looked at every {@link #LOOK}: subscriptions that are paused are closed at the broker, and opened
 *       again when they are resumed; {@link #check} knows which topics are switched off.
 *   <li>Confirmations of a group that is disabled or removed, or that no longer subscribes a tag, are waived in this store.
 *   <li>{@link #edit} works here and is told to all others.
 * </ul>
 */
public final class LiveDirectory implements DirectoryEdits, AutoCloseable {

    /** How often the kept directory is looked at: so long a pause, an edit or a switched-off topic takes at most to be obeyed. */
    public static final Duration LOOK = Duration.ofSeconds(2);

    private static final Logger log = LoggerFactory.getLogger(LiveDirectory.class);
    private static final int OUTLIVED = 10;
    private static final Duration LEAST_OUTLIVED = Duration.ofMinutes(5);
    private static final int WAIVE_PAGE = 500;

    private final MessageServiceOptions options;
    private final Directory directory;
    private final MessageSearch search;
    private final MessageCommands commands;
    private final Broker broker;
    private final Settings settings;
    private final Switched switched = new Switched();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final ReentrantLock looking = new ReentrantLock();
    private final Thread thread;
    private volatile DirectoryView view = DirectoryView.EMPTY;
    private volatile Instant declareAt = Instant.MIN;
    private Broker.@Nullable Subscription control;

    /**
     * How a service takes part. Immutable.
     *
     * @param checkUrl where its producer group answers check backs; empty for nowhere
     * @param topics the topics it sends to, each with its tags
     * @param strict whether topics that nobody declared are refused
     * @param announces whether it repeats all edits, so that services that were down hear of them: the centre does
     */
    public record Settings(String checkUrl, Map<String, Set<String>> topics, boolean strict, boolean announces) {

        public Settings {
            topics = Map.copyOf(topics);
        }

        /** No topics declared, nothing refused. */
        public static Settings plain() {
            return new Settings("", Map.of(), false, false);
        }
    }

    /**
     * Makes it; {@link #start} opens it.
     *
     * @param search of the messages whose confirmations are waived
     * @param commands the same store's
     */
    public LiveDirectory(
            MessageServiceOptions options,
            Settings settings,
            Directory directory,
            MessageSearch search,
            MessageCommands commands,
            Broker broker) {
        this.options = options;
        this.settings = settings;
        this.directory = directory;
        this.search = search;
        this.commands = commands;
        this.broker = broker;
        this.thread = new Thread(this::loop, "carillon-directory-" + options.producerGroup());
        this.thread.setDaemon(true);
    }

    /** Reads what is kept, declares, listens. To be called once, before messages are sent. */
    public void start() {
        declareOwn();
        look();
        control = broker.subscribe(
                ControlMessages.directoryGroup(options.producerGroup()),
                ControlMessages.DIRECTORY_TOPIC,
                Set.of(),
                this::heard,
                1);
        thread.start();
    }

    /** What is kept, as it was last looked at. */
    public DirectoryView view() {
        return view;
    }

    /** What is kept. */
    public Directory directory() {
        return directory;
    }

    /** The broker for this service's consumers: its subscriptions obey pauses. Closing it closes nothing. */
    public Broker broker() {
        return switched;
    }

    /**
     * Refuses a message to a topic or tag that is switched off, or, in strict mode, to a topic that nobody declared.
     *
     * @throws TopicRefusedException naming it, who switched it off and when: nothing was written
     */
    public void check(Message message) {
        if (message.topic().startsWith(ControlMessages.OWN)) {
            return;
        }
        Optional<DirectoryView.Refusal> refusal = view.refusal(message.topic(), message.tag(), settings.strict());
        if (refusal.isPresent()) {
            throw new TopicRefusedException(
                    refusal.get().name(),
                    refusal.get().value(),
                    refusal.get().expected(),
                    "The message was not written; declare the topic or have it switched on, then send again.");
        }
    }

    // ------------------------------------------------------------------ declare and hear

    /** How long a release's declarations outlive its last word. */
    private Duration outlived() {
        Duration several = options.subscriptionInterval().multipliedBy(OUTLIVED);
        return several.compareTo(LEAST_OUTLIVED) > 0 ? several : LEAST_OUTLIVED;
    }

    /** Takes the subscriptions that a group declares: a message of {@link ControlMessages#SUBSCRIBE_TOPIC}. */
    public void subscribed(ReceivedMessage message) {
        String application = message.message().headers().getOrDefault(ControlMessages.APPLICATION, "");
        String revision = message.message().headers().getOrDefault(ControlMessages.REVISION, "");
        Instant said = message.id().time();
        ControlMessages.subscriptions(message.message()).forEach((group, tags) -> {
            List<Declared> known = view.declared().stream()
                    .filter(each -> each.group().equals(group))
                    .toList();
            // nearly always so: asking the store each time would cost a query for each group of each instance of each
            // service
            if (!known.isEmpty() && DirectoryView.isFresh(known, application, revision, tags, outlived(), said)) {
                return;
            }
            Change change = directory.declare(group, application, revision, tags, outlived(), said);
            waiveEnded(group, change, "carillon", "the group subscribes it no longer");
        });
    }

    private void heard(ReceivedMessage message) {
        DirectoryMessages.Heard heard = DirectoryMessages.read(message.message());
        Instant now = options.time().instant();
        Map<Name, String> details = heard.declared();
        List<Name> news = details.keySet().stream()
                .filter(name -> view.isNews(name, details.getOrDefault(name, ""), heard.application(), now))
                .toList();
        if (!news.isEmpty()) {
            directory.declare(news, details, heard.application(), now);
        }
        boolean applied = false;
        for (Edit edit : heard.edits()) {
            applied |= isUnknown(edit) && apply(edit);
        }
        if (applied || !news.isEmpty()) {
            look();
        }
    }

    /** Whether an edit may be a later one than what is known: the centre repeats them all. */
    private boolean isUnknown(Edit edit) {
        return view.entry(edit.name())
                .map(Entry::changedAt)
                .filter(at -> !edit.at().isAfter(at))
                .isEmpty();
    }

    private void declareOwn() {
        Map<Name, String> own = new TreeMap<>();
        own.put(Name.producer(options.producerGroup()), settings.checkUrl());
        settings.topics().forEach((topic, tags) -> {
            own.put(Name.topic(topic), "");
            tags.forEach(tag -> own.put(Name.tag(topic, tag), ""));
        });
        switched.declaredNames().forEach(name -> own.putIfAbsent(name, ""));
        Instant now = options.time().instant();
        directory.declare(own.keySet(), own, options.producerGroup(), now);
        List<Edit> edits = settings.announces() ? edits() : List.of();
        tell(DirectoryMessages.write(options.producerGroup(), options.revision(), own, edits));
        declareAt = now.plus(options.subscriptionInterval());
    }

    private List<Edit> edits() {
        List<Edit> edits = new ArrayList<>();
        for (Entry entry : directory.edited()) {
            Instant at = entry.changedAt();
            if (at != null) {
                edits.add(new Edit(
                        entry.name(),
                        entry.status(),
                        entry.detail(),
                        entry.changedBy() == null ? "" : entry.changedBy(),
                        at,
                        entry.reason() == null ? "" : entry.reason()));
            }
        }
        return edits;
    }

    private void tell(Message message) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        Instant now = options.time().instant();
        StoredMessage control = new StoredMessage(
                MessageId.of(now, random.nextLong(), random.nextLong()),
                message,
                options.producerGroup(),
                MessageState.SENDING,
                1,
                now,
                options.node(),
                null,
                null);
        try {
            broker.publish(List.of(control), result -> {
                if (!(result instanceof Broker.PublishResult.Acknowledged)) {
                    log.debug("directory: not told, told again later: {}", result);
                }
            });
        } catch (RuntimeException e) {
            log.debug("directory: not told, told again later", e);
        }
    }

    // ------------------------------------------------------------------ edit

    /**
     * Edits an entry here, waives what is to be waived, and tells all other services. It holds over every edit before.
     *
     * @param detail the new detail, or null to leave it
     * @return the entry before and after
     */
    @Override
    public Edited edit(Name name, Status status, @Nullable String detail, String who, String reason) {
        Optional<Entry> before = directory.read().entry(name);
        Instant at = options.time().instant().truncatedTo(ChronoUnit.MILLIS);
        Instant last = before.map(Entry::changedAt).orElse(null);
        if (last != null && !at.isAfter(last)) {
            at = last.plusMillis(1);
        }
        Edit edit = new Edit(name, status, detail, who, at, reason);
        apply(edit);
        tell(DirectoryMessages.write(options.producerGroup(), options.revision(), Map.of(), List.of(edit)));
        look();
        return new Edited(before, directory.read().entry(name));
    }

    /** An entry before and after an edit. Immutable. */
    public record Edited(Optional<Entry> before, Optional<Entry> after) {}

    private boolean apply(Edit edit) {
        Change change = directory.edit(edit);
        if (change.applied()) {
            log.info(
                    "directory: {} is {} by {} since {}: {}",
                    edit.name(),
                    edit.status(),
                    edit.who(),
                    edit.at(),
                    edit.reason());
            if (edit.name().kind() == Kind.GROUP && edit.status() != Status.ACTIVE) {
                waive(edit.name().name(), null, Map.of(), edit.who(), reason(edit));
            } else {
                waiveEnded(edit.name().name(), change, edit.who(), reason(edit));
            }
        }
        return change.applied();
    }

    private static String reason(Edit edit) {
        return edit.name() + " is " + edit.status().name().toLowerCase(java.util.Locale.ROOT)
                + (edit.reason().isEmpty() ? "" : ": " + edit.reason());
    }

    private void waiveEnded(String group, Change change, String who, String reason) {
        for (Map.Entry<String, Set<String>> topic : change.before().entrySet()) {
            Set<String> left = change.after().getOrDefault(topic.getKey(), Set.of());
            if (!left.containsAll(topic.getValue())) {
                waive(group, topic.getKey(), change.after(), who, reason);
            }
        }
    }

    /** Does without the outstanding confirmations of a group: all, or those of a topic that it does not subscribe any more. */
    private void waive(String group, @Nullable String topic, Map<String, Set<String>> left, String who, String reason) {
        MessageFilter filter = MessageFilter.all()
                .states(MessageState.SENT, MessageState.DEAD)
                .group(group)
                .topic(topic);
        MessageId before = null;
        do {
            MessageSearch.Page page = search.search(filter, before, WAIVE_PAGE);
            List<MessageId> ids = page.found().stream()
                    .map(MessageSearch.Found::message)
                    .filter(row -> !isSubscribed(left, row.message()))
                    .map(StoredMessage::id)
                    .filter(id -> search.confirmations(id).stream()
                            .anyMatch(each -> each.group().equals(group) && each.confirmedAt() == null))
                    .toList();
            if (!ids.isEmpty()) {
                commands.waive(MessageCommands.Order.of(who, reason).limit(WAIVE_PAGE), group, ids);
            }
            before = page.next();
        } while (before != null);
    }

    private static boolean isSubscribed(Map<String, Set<String>> subscriptions, Message message) {
        Set<String> tags = subscriptions.getOrDefault(message.topic(), Set.of());
        return tags.contains(Directory.ALL) || tags.contains(message.tag());
    }

    // ------------------------------------------------------------------ look

    private void loop() {
        try {
            while (!closing.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                try {
                    look();
                    if (!options.time().instant().isBefore(declareAt)) {
                        declareOwn();
                    }
                } catch (RuntimeException e) {
                    log.warn("directory: cannot be read. The last known one is in force; tried again.", e);
                }
            }
        } catch (InterruptedException e) {
            log.debug("directory: interrupted while closing");
        }
    }

    /** Reads what is kept now, and obeys it; unless another thread is about it, which may wait for handlers to end. */
    public void look() {
        if (looking.tryLock()) {
            try {
                view = directory.read();
                switched.obey(view);
            } finally {
                looking.unlock();
            }
        }
    }

    /** Stops looking and listening. The consumers' subscriptions are theirs to close. Idempotent. */
    @Override
    public void close() {
        closing.countDown();
        Broker.Subscription listening = control;
        if (listening != null) {
            listening.close();
        }
        if (Thread.currentThread() != thread) {
            thread.interrupt();
        }
    }

    // ------------------------------------------------------------------ pause and resume

    /** The broker, with subscriptions that can be paused. */
    private final class Switched implements Broker {

        private final Map<Switch, Boolean> switches = new ConcurrentHashMap<>();

        @Override
        public String name() {
            return broker.name();
        }

        @Override
        public int maxPayloadBytes() {
            return broker.maxPayloadBytes();
        }

        @Override
        public void publish(List<StoredMessage> messages, Consumer<PublishResult> results) {
            broker.publish(messages, results);
        }

        @Override
        public @Nullable String reasonToRefuse(StoredMessage message) {
            return broker.reasonToRefuse(message);
        }

        @Override
        public Subscription subscribe(
                String group, String topic, Set<String> tags, MessageHandler handler, int concurrency) {
            return subscribe(group, topic, tags, handler, new Delivery(concurrency, false));
        }

        @Override
        public Subscription subscribe(
                String group, String topic, Set<String> tags, MessageHandler handler, Delivery delivery) {
            Switch made = new Switch(group, topic, tags, () -> broker.subscribe(group, topic, tags, handler, delivery));
            looking.lock();
            try {
                made.obey(view);
                switches.put(made, true);
            } finally {
                looking.unlock();
            }
            return made;
        }

        void obey(DirectoryView now) {
            switches.keySet().forEach(each -> each.obey(now));
        }

        /** The groups, topics and tags that this service subscribes. */
        Collection<Name> declaredNames() {
            Set<Name> names = new TreeSet<>();
            for (Switch each : switches.keySet()) {
                if (!each.topic.startsWith(ControlMessages.OWN)) {
                    names.add(Name.group(each.group));
                    names.add(Name.topic(each.topic));
                    each.tags.forEach(tag -> names.add(Name.tag(each.topic, tag)));
                }
            }
            return names;
        }

        /** The subscriptions are closed by whoever made them, the broker by its owner. */
        @Override
        public void close() {}

        /** A subscription that is open at the broker unless it is paused. */
        private final class Switch implements Subscription {

            private final String group;
            private final String topic;
            private final Set<String> tags;
            private final Supplier<Subscription> opening;
            private @Nullable Subscription open;
            private boolean closed;

            Switch(String group, String topic, Set<String> tags, Supplier<Subscription> opening) {
                this.group = group;
                this.topic = topic;
                this.tags = Set.copyOf(tags);
                this.opening = opening;
            }

            synchronized void obey(DirectoryView now) {
                boolean paused = now.isPaused(group, topic);
                Subscription is = open;
                if (closed) {
                    return;
                }
                if (paused && is != null) {
                    log.info("group {}, topic {}: paused; what is under way is finished, the rest waits", group, topic);
                    open = null;
                    is.close();
                } else if (!paused && is == null) {
                    open = opening.get();
                }
            }

            @Override
            public void close() {
                Subscription is;
                synchronized (this) {
                    closed = true;
                    is = open;
                    open = null;
                }
                switches.remove(this);
                if (is != null) {
                    is.close();
                }
            }
        }
    }

    /**
     * Whether only paused groups have yet to confirm a message that the broker has: then there is no use in sending it again,
     * and it must not die of it.
     */
    public boolean waitsForPaused(StoredMessage message) {
        DirectoryView now = view;
        if (!now.hasPauses()) {
            return false;
        }
        List<String> outstanding = search.confirmations(message.id()).stream()
                .filter(confirmation -> confirmation.confirmedAt() == null)
                .map(MessageSearch.Confirmation::group)
                .toList();
        String topic = message.message().topic();
        return !outstanding.isEmpty() && outstanding.stream().allMatch(group -> now.isPaused(group, topic));
    }
}
