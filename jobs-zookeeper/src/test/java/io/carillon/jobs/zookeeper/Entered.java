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
package io.carillon.jobs.zookeeper;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;

/**
 * Notes which methods are entered, of the engine's classes and of the two parsers that read a configuration: a loader defines
 * them anew, with one call more at the start of each method. Thread-safe.
 */
public final class Entered extends ClassLoader {

    private static final String OURS = "io.carillon.jobs.";
    private static final List<String> NOTED = List.of(OURS, "org.quartz.CronExpression", "org.yaml.snakeyaml.");
    private static final Map<String, LongAdder> METHODS = new ConcurrentHashMap<>();
    private static volatile boolean noting;

    Entered() {
        super(Entered.class.getClassLoader());
    }

    /** Called at the start of each method. */
    public static void note(String method) {
        if (noting) {
            METHODS.computeIfAbsent(method, any -> new LongAdder()).increment();
        }
    }

    /** Begins to note, or ends. */
    public static void note(boolean on) {
        noting = on;
    }

    /** How often each method was entered while noting was on: {@code class#method}. */
    static Map<String, Long> methods() {
        Map<String, Long> counts = new TreeMap<>();
        METHODS.forEach((method, count) -> counts.put(method, count.sum()));
        return counts;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            if (name.equals(Entered.class.getName()) || NOTED.stream().noneMatch(name::startsWith)) {
                return super.loadClass(name, resolve);
            }
            Class<?> known = findLoadedClass(name);
            return known == null ? define(name) : known;
        }
    }

    private Class<?> define(String name) throws ClassNotFoundException {
        URL file = getParent().getResource(name.replace('.', '/') + ".class");
        if (file == null) {
            throw new ClassNotFoundException(name);
        }
        try (InputStream in = file.openStream()) {
            byte[] code = in.readAllBytes();
            byte[] defined = file.getPath().contains("/test-classes/") ? code : withNotes(name, code);
            return defineClass(name, defined, 0, defined.length);
        } catch (IOException e) {
            throw new ClassNotFoundException(name, e);
        }
    }

    private static byte[] withNotes(String className, byte[] code) {
        ClassReader reader = new ClassReader(code);
        ClassWriter writer = new ClassWriter(reader, ClassWriter.COMPUTE_MAXS);
        reader.accept(
                new ClassVisitor(Opcodes.ASM9, writer) {
                    @Override
                    public MethodVisitor visitMethod(
                            int access, String name, String descriptor, String signature, String[] exceptions) {
                        MethodVisitor next = super.visitMethod(access, name, descriptor, signature, exceptions);
                        return new MethodVisitor(Opcodes.ASM9, next) {
                            @Override
                            public void visitCode() {
                                super.visitCode();
                                visitLdcInsn(className + "#" + name);
                                visitMethodInsn(
                                        Opcodes.INVOKESTATIC,
                                        Entered.class.getName().replace('.', '/'),
                                        "note",
                                        "(Ljava/lang/String;)V",
                                        false);
                            }
                        };
                    }
                },
                0);
        return writer.toByteArray();
    }
}
