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
package io.carillon.console.command;

import io.carillon.console.ConsoleCluster;
import io.carillon.console.access.Role;
import io.carillon.jobs.operations.Target;
import org.jspecify.annotations.Nullable;

/** What can be done to one instance or server; it concerns all jobs there, so a role for the whole cluster is needed. */
public sealed interface InstanceCommand extends Command {
    @Override
    default @Nullable String jobName() {
        return null;
    }

    /** Hands the items of an instance over and keeps it out until it is taken back. */
    record Drain(String cluster, String instance) implements InstanceCommand {
        @Override
        public String name() {
            return "drain";
        }

        @Override
        public Role role() {
            return Role.OPERATOR;
        }

        @Override
        public String target() {
            return instance;
        }

        @Override
        public boolean needsReason() {
            return true;
        }

        @Override
        public Done run(ConsoleCluster in, By by) {
            in.commands().drain(instance, by.who(), by.reason());
            return Done.of("done.drain", instance).now("drained");
        }
    }

    /** Lets a drained instance take part again. */
    record Undrain(String cluster, String instance) implements InstanceCommand {
        @Override
        public String name() {
            return "undrain";
        }

        @Override
        public Role role() {
            return Role.OPERATOR;
        }

        @Override
        public String target() {
            return instance;
        }

        @Override
        public Done run(ConsoleCluster in, By by) {
            in.commands().undrain(instance, by.who(), by.reason());
            return Done.of("done.undrain", instance).now("takes part");
        }
    }

    /** Switches all jobs of a server off or on. */
    record SwitchServer(String cluster, String serverIp, boolean on) implements InstanceCommand {
        @Override
        public String name() {
            return on ? "enable-server" : "disable-server";
        }

        @Override
        public Role role() {
            return Role.OPERATOR;
        }

        @Override
        public String target() {
            return serverIp;
        }

        @Override
        public boolean needsReason() {
            return !on;
        }

        @Override
        public Done run(ConsoleCluster in, By by) {
            if (on) {
                in.commands().enable(Target.server(serverIp));
            } else {
                in.commands().disable(Target.server(serverIp));
            }
            return Done.of("done." + name(), serverIp).now(on ? "enabled" : "disabled");
        }
    }
}
