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
package io.carillon.it;

import io.carillon.launcher.ChildProcess.Program;
import io.carillon.launcher.ShopCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** What the stories share. */
public final class Stories {

    /** Flags of a small, quickly starting JVM. */
    public static final List<String> SMALL_JVM = List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

    /** Says nothing. */
    static final ShopCluster.Listener QUIET = new ShopCluster.Listener() {
        @Override
        public void starting(String what) {}

        @Override
        public void started(String what, Duration after) {}
    };

    private Stories() {}

    /** A main class on the class path of these tests. */
    public static Program program(String mainClass) {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return new Program(classPath, mainClass);
    }

    /** A server of the launcher, on the class path that the build wrote down for it. */
    public static Program server(String mainClass) {
        return Program.ofModule(root().resolve("launcher"), "io.carillon.launcher.servers." + mainClass);
    }

    /** A service of the shop, on the class path that the build wrote down for it. */
    public static Program shop(String mainClass) {
        return Program.ofModule(root().resolve("examples/shop"), "io.carillon.shop." + mainClass);
    }

    /** A service of the shop that also finds the classes of these stories. */
    public static Program shopWithStories(String mainClass) {
        return withStories(shop(mainClass));
    }

    /** The centre, which also finds the classes of these stories. */
    public static Program centreWithStories() {
        return withStories(Program.ofModule(root().resolve("center"), "io.carillon.center.CenterApplication"));
    }

    private static Program withStories(Program program) {
        Path stories = root().resolve("it/target/test-classes");
        Path launcher = root().resolve("launcher/target/classes"); // the clock of these stories
        String classPath =
                String.join(java.io.File.pathSeparator, stories.toString(), program.classPath(), launcher.toString());
        return new Program(classPath, program.mainClass());
    }

    /** The checkout: the folder above this module. */
    public static Path root() {
        return Path.of("").toAbsolutePath().getParent();
    }
}
