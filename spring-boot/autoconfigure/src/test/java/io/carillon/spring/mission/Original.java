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
package io.carillon.spring.mission;

import io.carillon.messages.Message;
import io.carillon.spring.MqProducerStore;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.transaction.annotation.Transactional;

/** What the mission's job class uses and does not show: the application's own classes, as small as they can be. */
public final class Original {

    private Original() {}

    /** In the place of Lombok's, which the class wears and does not use. */
    @Retention(RetentionPolicy.SOURCE)
    public @interface Slf4j {}

    /** The message service of the application: one annotated method. */
    public static class TpcMqMessageService {

        @Transactional
        @MqProducerStore(sendType = MqProducerStore.SendType.SAVE_AND_SEND)
        public void saveAndSendMessage(Message message) {}
    }

    /** The application's properties. */
    public static class PaascloudProperties {

        public Aliyun getAliyun() {
            return new Aliyun();
        }

        /** A level of them. */
        public static final class Aliyun {
            public RocketMq getRocketMq() {
                return new RocketMq();
            }
        }

        /** A level of them. */
        public static final class RocketMq {
            public String getProducerGroup() {
                return "PID_TPC";
            }
        }
    }

    /** The body of the message. */
    public record ShardingContextDto(int shardingTotalCount, int shardingItem) {}

    /** A library of that name. */
    public static final class JSON {

        private JSON() {}

        public static String toJSONString(ShardingContextDto value) {
            return "{\"shardingTotalCount\":" + value.shardingTotalCount() + ",\"shardingItem\":" + value.shardingItem()
                    + "}";
        }
    }

    /** The application's ids. */
    public static final class UniqueIdGenerator {

        private static final AtomicLong LAST = new AtomicLong(1000);

        private UniqueIdGenerator() {}

        public static long generateId() {
            return LAST.incrementAndGet();
        }
    }

    /** The application's topics and tags. */
    public static final class AliyunMqTopicConstants {

        private AliyunMqTopicConstants() {}

        /** Topics. */
        public enum MqTopicEnum {
            TPC_TOPIC;

            public String getTopic() {
                return name();
            }
        }

        /** Tags. */
        public enum MqTagEnum {
            DELETE_CONSUMER_MESSAGE;

            public String getTag() {
                return name();
            }
        }
    }
}
