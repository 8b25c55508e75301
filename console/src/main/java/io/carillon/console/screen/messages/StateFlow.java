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
package io.carillon.console.screen.messages;

import io.carillon.messages.model.MessageLife;
import io.carillon.messages.model.MessageState;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The states of messages as a drawing: a box for each, an arrow for each way from one to another that {@link MessageLife} has.
 * Immutable; pure.
 */
public final class StateFlow {
    /** The size of the drawing and of a box, in its own units. */
    public static final int WIDTH = 760;

    public static final int HEIGHT = 236;
    public static final int BOX_WIDTH = 150;
    public static final int BOX_HEIGHT = 60;

    private static final int BESIDE = 7;
    private static final int ARC = 20;

    /** Where a state's box is: its upper left corner. */
    public record Box(MessageState state, int x, int y) {
        private double middleX() {
            return x + BOX_WIDTH / 2.0;
        }

        private double middleY() {
            return y + BOX_HEIGHT / 2.0;
        }
    }

    /** An arrow, as the data of a path. */
    public record Arrow(MessageState from, MessageState to, String path) {}

    private static final Map<MessageState, Box> BOXES = boxes();
    private static final List<Arrow> ARROWS = arrowsOf(MessageLife.transitions());

    private StateFlow() {}

    private static Map<MessageState, Box> boxes() {
        Map<MessageState, Box> boxes = new EnumMap<>(MessageState.class);
        for (Box box : List.of(
                new Box(MessageState.WAITING_CONFIRM, 4, 44),
                new Box(MessageState.SENDING, 204, 44),
                new Box(MessageState.SENT, 404, 44),
                new Box(MessageState.FINISHED, 604, 44),
                new Box(MessageState.CANCELLED, 104, 170),
                new Box(MessageState.DEAD, 404, 170))) {
            boxes.put(box.state(), box);
        }
        return boxes;
    }

    /** The boxes, in the order in which messages pass them. */
    public static List<Box> all() {
        return List.copyOf(BOXES.values());
    }

    /** The arrows between them. */
    public static List<Arrow> arrows() {
        return ARROWS;
    }

    private static List<Arrow> arrowsOf(List<MessageLife.Transition> table) {
        Set<List<MessageState>> ways = new LinkedHashSet<>();
        for (MessageLife.Transition row : table) {
            MessageState from = row.from();
            if (from != null && from != row.to()) {
                ways.add(List.of(from, row.to()));
            }
        }
        List<Arrow> arrows = new ArrayList<>();
        for (List<MessageState> way : ways) {
            Box from = BOXES.get(way.get(0));
            Box to = BOXES.get(way.get(1));
            if (from != null && to != null) {
                boolean both = ways.contains(List.of(to.state(), from.state()));
                arrows.add(new Arrow(from.state(), to.state(), path(from, to, both)));
            }
        }
        return List.copyOf(arrows);
    }

    private static String path(Box from, Box to, boolean both) {
        if (from.y() == to.y() && Math.abs(from.x() - to.x()) > 2 * BOX_WIDTH) {
            // over the boxes between
            return text(
                    "M %.0f %d C %.0f %d, %.0f %d, %.0f %d",
                    from.middleX(),
                    from.y(),
                    from.middleX(),
                    from.y() - 2 * ARC,
                    to.middleX(),
                    to.y() - 2 * ARC,
                    to.middleX(),
                    to.y() - 2);
        }
        double dx = to.middleX() - from.middleX();
        double dy = to.middleY() - from.middleY();
        double length = Math.hypot(dx, dy);
        // two ways between the same boxes are drawn side by side
        double besideX = both ? -dy / length * BESIDE : 0;
        double besideY = both ? dx / length * BESIDE : 0;
        double fromX = from.middleX() + besideX;
        double fromY = from.middleY() + besideY;
        double toX = to.middleX() + besideX;
        double toY = to.middleY() + besideY;
        double out = wayOut(from, fromX, fromY, dx, dy);
        double in = 1 - wayOut(to, toX, toY, -dx, -dy) - 2 / length;
        return text("M %.1f %.1f L %.1f %.1f", fromX + dx * out, fromY + dy * out, fromX + dx * in, fromY + dy * in);
    }

    /** Which part of the way from a point inside a box is inside, too. */
    private static double wayOut(Box box, double x, double y, double dx, double dy) {
        double across = dx == 0 ? Double.MAX_VALUE : ((dx > 0 ? box.x() + BOX_WIDTH : box.x()) - x) / dx;
        double down = dy == 0 ? Double.MAX_VALUE : ((dy > 0 ? box.y() + BOX_HEIGHT : box.y()) - y) / dy;
        return Math.min(across, down);
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
