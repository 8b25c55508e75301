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
package io.carillon.console.screen.instances;

import io.carillon.console.ask.Answer;
import io.carillon.console.ask.Instances;

/**
 * What the screen of the instances shows. Immutable.
 *
 * @param text the words by which the visitor looks for some
 */
public record InstancesView(String text, Answer<Instances> instances) {}
