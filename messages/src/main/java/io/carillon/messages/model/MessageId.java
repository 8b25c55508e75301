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
package io.carillon.messages.model;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.UUID;

/**
 * A message's id: a UUID of version 7, so ids made later are greater, to the millisecond (RFC 9562, section 5.7).
 * Immutable; ordered as unsigned bytes.
 */
public record MessageId(UUID uuid) implements Comparable<MessageId> {

    /** The least id of a point in time: ids of messages made earlier are smaller, all others are not. */
    public static MessageId leastAt(Instant time) {
        return new MessageId(new UUID(Math.max(0, time.toEpochMilli()) << 16, 0));
    }

    /**
     * Makes an id.
     *
     * @param time the present
     * @param randomHigh random bits; 12 of them are used
     * @param randomLow random bits; 62 of them are used
     */
    public static MessageId of(Instant time, long randomHigh, long randomLow) {
        long high = (time.toEpochMilli() << 16) | 0x7000L | (randomHigh & 0x0fffL);
        long low = (randomLow & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
        return new MessageId(new UUID(high, low));
    }

    /** Reads {@link #toString()}. */
    public static MessageId parse(String text) {
        try {
            return new MessageId(UUID.fromString(text));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("message id: '" + text + "' (expected: a UUID)", e);
        }
    }

    /** Reads {@link #toBytes()}. */
    public static MessageId ofBytes(byte[] bytes) {
        if (bytes.length != 16) {
            throw new IllegalArgumentException("message id: " + bytes.length + " bytes (expected: 16)");
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new MessageId(new UUID(buffer.getLong(), buffer.getLong()));
    }

    /** 16 bytes whose unsigned order is the order of the ids. */
    public byte[] toBytes() {
        return ByteBuffer.allocate(16)
                .putLong(uuid.getMostSignificantBits())
                .putLong(uuid.getLeastSignificantBits())
                .array();
    }

    /** When it was made. */
    public Instant time() {
        return Instant.ofEpochMilli(uuid.getMostSignificantBits() >>> 16);
    }

    /** A number from 0 to {@code total} - 1, even over the ids; decides which sharding item cleans the row. */
    public int shard(int total) {
        return (int) Long.remainderUnsigned(uuid.getLeastSignificantBits() & 0xffff_ffffL, total);
    }

    @Override
    public int compareTo(MessageId other) {
        int high = Long.compareUnsigned(uuid.getMostSignificantBits(), other.uuid.getMostSignificantBits());
        return high != 0
                ? high
                : Long.compareUnsigned(uuid.getLeastSignificantBits(), other.uuid.getLeastSignificantBits());
    }

    @Override
    public String toString() {
        return uuid.toString();
    }
}
