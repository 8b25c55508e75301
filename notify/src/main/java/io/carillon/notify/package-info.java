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
/**
 * Tells people outside of Carillon: a port, {@link io.carillon.notify.Notifier}, its channels mail, WeCom, DingTalk, Feishu, Slack and a webhook, a queue
 * that keeps slow or dead channels away from the rest, and the error handlers {@code EMAIL}, {@code WECHAT} and {@code DINGTALK} of
 * jobs, found by {@link java.util.ServiceLoader}. Open {@link io.carillon.notify.NotifyOfErrors} first.
 */
@NullMarked
package io.carillon.notify;

import org.jspecify.annotations.NullMarked;
