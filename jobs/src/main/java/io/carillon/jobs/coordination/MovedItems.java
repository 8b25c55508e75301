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

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Items that people gave to an instance of their choice, beside what the job's strategy says. Immutable.
 *
 * <p>A wish stands in one node of Carillon's own tree until the items are dealt the next time. The deal that carries it out
 * puts down among whom it was; from then on the item stays where it is for as long as the same instances are available. When
 * one comes or goes, the next deal asks the strategy again, and forgets it.
 *
 * @param among who was available when the wishes were carried out, as {@link #digest}; empty: they are to be carried out
 * @param owners the wished owner, by item
 */
public record MovedItems(String among, Map<Integer, String> owners) {

    /** Nobody has moved anything. */
    public static final MovedItems NONE = new MovedItems("", Map.of());

    private static final String WISHED = "-";

    public MovedItems {
        owners = Map.copyOf(owners);
    }

    /** What stands in a job's node, as far as it still holds; {@link #NONE} else. */
    static MovedItems holding(JobTree tree) {
        MovedItems moved = parse(tree.data(tree.paths().moved()));
        return moved.holdsAmong(tree.available()) ? moved : NONE;
    }

    /** Names a group of instances; the same for the same ids in any order. */
    static String digest(List<String> available) {
        return available.size() + "/"
                + Integer.toHexString(available.stream().sorted().toList().hashCode());
    }

    /** Whether the wishes are to be carried out, or have been among these instances. */
    public boolean holdsAmong(List<String> available) {
        return !owners.isEmpty() && (among.isEmpty() || among.equals(digest(available)));
    }

    /** The same with one wish more, or with another owner for the item; what does not hold any more is left out. */
    public MovedItems with(int item, String owner, List<String> available) {
        Map<Integer, String> wished = holdsAmong(available) ? new TreeMap<>(owners) : new TreeMap<>();
        wished.put(item, owner);
        return new MovedItems("", wished);
    }

    MovedItems carriedOut(List<String> available) {
        return new MovedItems(digest(available), owners);
    }

    /** Those owners, but for the items whose wished owner is available. */
    List<String> in(List<String> strategy, List<String> available) {
        if (owners.isEmpty()) {
            return strategy;
        }
        List<String> result = new ArrayList<>(strategy);
        owners.forEach((item, owner) -> {
            if (item < result.size() && available.contains(owner)) {
                result.set(item, owner);
            }
        });
        return result;
    }

    /** As it stands in the node: among whom, then a line for each item. */
    public String print() {
        StringBuilder text = new StringBuilder(among.isEmpty() ? WISHED : among);
        new TreeMap<>(owners)
                .forEach((item, owner) ->
                        text.append('\n').append(item).append(' ').append(owner));
        return text.toString();
    }

    /** Reads a node; what is not understood is left out. */
    public static MovedItems parse(@Nullable String text) {
        if (text == null || text.isBlank()) {
            return NONE;
        }
        String[] lines = text.split("\n", -1);
        Map<Integer, String> owners = new TreeMap<>();
        for (int i = 1; i < lines.length; i++) {
            String[] parts = lines[i].split(" ", 2);
            if (parts.length == 2 && parts[0].matches("[0-9]{1,6}")) {
                owners.put(Integer.valueOf(parts[0]), parts[1]);
            }
        }
        return new MovedItems(lines[0].equals(WISHED) ? "" : lines[0], owners);
    }
}
