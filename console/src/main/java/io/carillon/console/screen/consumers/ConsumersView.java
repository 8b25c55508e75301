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
package io.carillon.console.screen.consumers;

import io.carillon.console.ask.Answer;
import io.carillon.messages.directory.Directory.Entry;
import io.carillon.messages.directory.Directory.Kind;
import io.carillon.messages.directory.Directory.Name;
import io.carillon.messages.directory.Directory.Status;
import io.carillon.messages.directory.DirectoryView;
import io.carillon.messages.operations.GroupLags.Lag;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who sends and receives what, as one store knows it. Immutable.
 *
 * @param stores the names of all stores
 * @param directory null where the store's directory is not known here
 * @param lags how far groups are behind
 * @param confirmed when groups last confirmed
 * @param parked how many messages groups could not handle; null where that is not known here
 * @param pauses whether pausing and resuming is offered
 * @param edits whether switching off and on is offered
 */
public record ConsumersView(
        String store,
        List<String> stores,
        @Nullable Answer<DirectoryView> directory,
        Answer<Map<String, Lag>> lags,
        Answer<Map<String, Instant>> confirmed,
        @Nullable Answer<Parks> parked,
        boolean pauses,
        boolean edits) {

    /**
     * How many parked messages groups have.
     *
     * @param more whether there are more than were counted
     */
    public record Parks(Map<String, Integer> byGroup, boolean more) {}

    /**
     * A consumer group.
     *
     * @param entry what people want of it, if they want anything
     * @param pause of all its topics, or null
     */
    public record GroupRow(
            String group,
            Optional<Entry> entry,
            List<Subscribed> subscriptions,
            @Nullable Entry pause) {

        /** Whether it is switched off or removed. */
        public boolean isOff() {
            return entry.map(Entry::status).orElse(Status.ACTIVE) != Status.ACTIVE;
        }
    }

    /**
     * A subscription.
     *
     * @param declaredBy which releases declare it
     * @param entry what people want of it, if they want anything
     * @param pause of its topic, or null
     */
    public record Subscribed(
            Name name,
            List<String> declaredBy,
            Optional<Entry> entry,
            @Nullable Entry pause) {

        public boolean isOff() {
            return entry.map(Entry::status).orElse(Status.ACTIVE) != Status.ACTIVE;
        }
    }

    /** The groups: those of the directory, and those that have something to confirm. */
    public List<GroupRow> groups() {
        DirectoryView view = known();
        TreeSet<String> names = new TreeSet<>();
        lags.or(Map.of()).keySet().forEach(names::add);
        if (parked != null) {
            names.addAll(parked.or(new Parks(Map.of(), false)).byGroup().keySet());
        }
        Map<Name, TreeSet<String>> declared = new TreeMap<>();
        view.declared().forEach(each -> declared.computeIfAbsent(
                        Name.subscription(each.group(), each.topic(), each.tag()), name -> new TreeSet<>())
                .add(each.application() + (each.revision().isEmpty() ? "" : " " + each.revision())));
        view.entries().stream()
                .filter(entry -> entry.name().kind() == Kind.SUBSCRIPTION)
                .forEach(entry -> declared.computeIfAbsent(entry.name(), name -> new TreeSet<>()));
        declared.keySet().forEach(name -> names.add(name.name()));
        of(Kind.GROUP).forEach(entry -> names.add(entry.name().name()));
        List<GroupRow> rows = new ArrayList<>();
        for (String group : names) {
            List<Subscribed> subscriptions = new ArrayList<>();
            declared.forEach((name, by) -> {
                if (name.name().equals(group)) {
                    subscriptions.add(new Subscribed(
                            name, List.copyOf(by), view.entry(name), pause(view, Name.pause(group, name.topic()))));
                }
            });
            rows.add(new GroupRow(
                    group,
                    view.entry(Name.group(group)),
                    List.copyOf(subscriptions),
                    pause(view, Name.pause(group, io.carillon.messages.directory.Directory.ALL))));
        }
        return List.copyOf(rows);
    }

    private static @Nullable Entry pause(DirectoryView view, Name name) {
        return view.entry(name).filter(entry -> entry.status() == Status.ACTIVE).orElse(null);
    }

    private DirectoryView known() {
        return directory == null ? DirectoryView.EMPTY : directory.or(DirectoryView.EMPTY);
    }

    /** The entries of a kind. */
    public List<Entry> of(Kind kind) {
        return known().entries().stream()
                .filter(entry -> entry.name().kind() == kind)
                .sorted((one, other) -> one.name().compareTo(other.name()))
                .toList();
    }

    /** How far a group is behind, or null. */
    public @Nullable Lag lag(String group) {
        return lags.or(Map.of()).get(group);
    }

    /** When a group last confirmed, or null. */
    public @Nullable Instant lastConfirmed(String group) {
        return confirmed.or(Map.of()).get(group);
    }

    /** How many messages of a group are parked. */
    public int parkedOf(String group) {
        return parked == null
                ? 0
                : parked.or(new Parks(Map.of(), false)).byGroup().getOrDefault(group, 0);
    }
}
