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
package io.carillon.it.browser;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;

/**
 * Takes the pictures of {@code docs/screenshots}: every screen, light and dark, English and Chinese; those that people need on
 * a telephone also at 360 pixels. {@code ./carillon screenshots} runs it.
 */
public final class Screenshots {
    private static final int MOST_HEIGHT = 1_500;
    private static final int COLOURS = 256;

    private Screenshots() {}

    /** @param arguments where the pictures go, and, if not all are wanted, what their names contain */
    public static void main(String[] arguments) {
        try {
            take(arguments);
        } catch (Exception e) {
            // what was started may still have threads
            e.printStackTrace();
            System.exit(1);
        }
    }

    private static void take(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        List<String> only = List.of(arguments).subList(1, arguments.length);
        Files.createDirectories(folder);
        long bytes = 0;
        int count = 0;
        int problems = 0;
        Map<Tour.Stop, Map<Language, String>> titles = new LinkedHashMap<>();
        try (Browser browser = Browser.start();
                ShopWorld shop = new ShopWorld(Files.createTempDirectory("carillon-screenshots")).openWithStaging()) {
            shop.letItRun();
            if (only.isEmpty()) {
                deleteAll(folder);
            }
            String session = shop.session();
            for (Tour.Stop stop : Tour.of(shop)) {
                if (!only.isEmpty() && only.stream().noneMatch(stop.name()::contains)) {
                    continue;
                }
                for (Language in : Language.values()) {
                    for (String theme : List.of("light", "dark")) {
                        for (boolean narrow : stop.telephone() ? new boolean[] {false, true} : new boolean[] {false}) {
                            browser.at(shop.address(), in.texts, stop.nobody() ? "" : session);
                            browser.cookie("carillon-theme", theme);
                            if (narrow) {
                                browser.narrow();
                            }
                            try {
                                stop.visit(browser, in);
                            } catch (AssertionError notAsExpected) {
                                // the others are still wanted, and this one as it is
                                System.out.println("PROBLEM " + stop + " " + in + ": " + notAsExpected.getMessage());
                                problems++;
                            }
                            titles.computeIfAbsent(stop, each -> new EnumMap<>(Language.class))
                                    .put(
                                            in,
                                            String.valueOf(
                                                    browser.ask("return document.querySelector('h1').innerText")));
                            byte[] picture = inFewColours(browser.picture(MOST_HEIGHT));
                            String name = stop.name() + (narrow ? "-360" : "") + "-" + in.tag() + "-" + theme + ".png";
                            Files.write(folder.resolve(name), picture);
                            bytes += picture.length;
                            count++;
                            System.out.println(name + " " + picture.length / 1_024 + " kB");
                        }
                    }
                }
            }
        }
        if (only.isEmpty()) {
            for (Language in : Language.values()) {
                Files.writeString(
                        folder.resolve(in == Language.ENGLISH ? "README.md" : "README.zh-CN.md"), page(titles, in));
            }
        }
        System.out.println(count + " pictures, " + bytes / 1_024 + " kB, in " + folder);
        if (problems > 0) {
            throw new IllegalStateException(
                    problems + " pictures do not show what they should (expected: all do); see PROBLEM above");
        }
    }

    /** A page with all pictures in a language, each with links to its dark, narrow and foreign twins. */
    private static String page(Map<Tour.Stop, Map<Language, String>> titles, Language in) {
        boolean english = in == Language.ENGLISH;
        StringBuilder text = new StringBuilder(
                english
                        ? "# The console in pictures\n\nEnglish | [简体中文](README.zh-CN.md)\n\n"
                        : "# 控制台图集\n\n[English](README.md) | 简体中文\n\n");
        text.append(
                english
                        ? "Taken by `./carillon screenshots`. What each screen is for: [the console](../console.md).\n"
                        : "由 `./carillon screenshots` 生成。各页面的用途见[控制台](../console.zh-CN.md)。\n");
        titles.forEach((stop, said) -> {
            String name = stop.name() + "-" + in.tag();
            Language other = english ? Language.CHINESE : Language.ENGLISH;
            text.append("\n## ")
                    .append(stop.name())
                    .append(english ? ": " : "：")
                    .append(said.get(in))
                    .append("\n\n");
            text.append("[")
                    .append(english ? "dark" : "深色")
                    .append("](")
                    .append(name)
                    .append("-dark.png)");
            if (stop.telephone()) {
                text.append(" · [360 px](")
                        .append(stop.name())
                        .append("-360-")
                        .append(in.tag())
                        .append("-light.png)");
            }
            text.append(" · [")
                    .append(english ? "中文" : "English")
                    .append("](")
                    .append(stop.name())
                    .append('-')
                    .append(other.tag())
                    .append("-light.png)\n\n");
            text.append("![").append(said.get(in)).append("](").append(name).append("-light.png)\n");
        });
        return text.toString();
    }

    private static void deleteAll(Path folder) throws IOException {
        try (var old = Files.list(folder)) {
            for (Path picture :
                    old.filter(file -> file.toString().endsWith(".png")).toList()) {
                Files.delete(picture);
            }
        }
    }

    /** The same picture in the 256 colours it has most of: a third of the size, and the eye sees no difference on a page. */
    private static byte[] inFewColours(byte[] png) throws IOException {
        BufferedImage picture = ImageIO.read(new ByteArrayInputStream(png));
        int width = picture.getWidth();
        int height = picture.getHeight();
        int[] pixels = picture.getRGB(0, 0, width, height, null, 0, width);
        Map<Integer, Integer> counts = new HashMap<>();
        for (int pixel : pixels) {
            counts.merge(pixel & 0xffffff, 1, Integer::sum);
        }
        int[] palette = palette(counts);
        Map<Integer, Integer> nearest = new HashMap<>();
        byte[][] parts = new byte[3][palette.length];
        for (int i = 0; i < palette.length; i++) {
            for (int part = 0; part < 3; part++) {
                parts[part][i] = (byte) (palette[i] >> (16 - 8 * part));
            }
        }
        IndexColorModel colours = new IndexColorModel(8, palette.length, parts[0], parts[1], parts[2]);
        BufferedImage few = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_INDEXED, colours);
        byte[] row = new byte[width];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                row[x] = nearest.computeIfAbsent(pixels[y * width + x] & 0xffffff, pixel -> nearest(palette, pixel))
                        .byteValue();
            }
            few.getRaster().setDataElements(0, y, width, 1, row);
        }
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        ImageIO.write(few, "png", written);
        return written.toByteArray();
    }

    /** The colours there is most of, and of the others those that are furthest from them: a red word is small, and must stay red. */
    private static int[] palette(Map<Integer, Integer> counts) {
        List<Map.Entry<Integer, Integer>> colours = counts.entrySet().stream()
                .sorted(Map.Entry.<Integer, Integer>comparingByValue().reversed())
                .toList();
        int frequent = Math.min(COLOURS / 2, colours.size());
        int[] palette = new int[Math.min(COLOURS, colours.size())];
        double[] missed = new double[colours.size()];
        Arrays.fill(missed, Double.MAX_VALUE);
        for (int chosen = 0; chosen < palette.length; chosen++) {
            int next = chosen;
            if (chosen >= frequent) {
                next = frequent;
                for (int i = frequent; i < missed.length; i++) {
                    if (weight(missed[i], colours.get(i)) > weight(missed[next], colours.get(next))) {
                        next = i;
                    }
                }
            }
            palette[chosen] = colours.get(next).getKey();
            for (int i = 0; i < missed.length; i++) {
                missed[i] = Math.min(
                        missed[i], distance(palette[chosen], colours.get(i).getKey()));
            }
        }
        return palette;
    }

    private static double weight(double missed, Map.Entry<Integer, Integer> colour) {
        return missed * Math.sqrt(colour.getValue());
    }

    private static int distance(int one, int other) {
        int distance = 0;
        for (int shift = 0; shift <= 16; shift += 8) {
            int difference = ((one >> shift) & 0xff) - ((other >> shift) & 0xff);
            distance += difference * difference;
        }
        return distance;
    }

    private static int nearest(int[] palette, int pixel) {
        int best = 0;
        int least = Integer.MAX_VALUE;
        for (int i = 0; i < palette.length; i++) {
            int distance = distance(palette[i], pixel);
            if (distance < least) {
                least = distance;
                best = i;
            }
        }
        return best;
    }
}
