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

import io.carillon.jobs.ShardingContext;
import io.carillon.jobs.SimpleJob;
import io.carillon.messages.Message;
import io.carillon.spring.ElasticJobConfig;
import io.carillon.spring.mission.Original.AliyunMqTopicConstants;
import io.carillon.spring.mission.Original.JSON;
import io.carillon.spring.mission.Original.PaascloudProperties;
import io.carillon.spring.mission.Original.ShardingContextDto;
import io.carillon.spring.mission.Original.Slf4j;
import io.carillon.spring.mission.Original.TpcMqMessageService;
import io.carillon.spring.mission.Original.UniqueIdGenerator;
import jakarta.annotation.Resource;

// The job as the mission prints it: only its imports and its message lines have changed.

@Slf4j
@ElasticJobConfig(cron = "0 0 0 1/1 * ?")
public class DeleteRpcConsumerMessageJob implements SimpleJob {
    @Resource
    private PaascloudProperties paascloudProperties;

    @Resource
    private TpcMqMessageService tpcMqMessageService;

    /**
     * Execute.
     *
     * @param shardingContext the sharding context
     */
    @Override
    public void execute(final ShardingContext shardingContext) {
        ShardingContextDto shardingContextDto =
                new ShardingContextDto(shardingContext.getShardingTotalCount(), shardingContext.getShardingItem());
        String refNo = Long.toString(UniqueIdGenerator.generateId());
        final Message message = Message.to(
                        AliyunMqTopicConstants.MqTopicEnum.TPC_TOPIC.getTopic(),
                        AliyunMqTopicConstants.MqTagEnum.DELETE_CONSUMER_MESSAGE.getTag())
                .json(JSON.toJSONString(shardingContextDto))
                .header(
                        "producerGroup",
                        paascloudProperties.getAliyun().getRocketMq().getProducerGroup())
                .header("refNo", refNo)
                .key(refNo)
                .build();
        tpcMqMessageService.saveAndSendMessage(message);
    }
}
