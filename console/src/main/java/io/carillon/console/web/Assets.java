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
package io.carillon.console.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPOutputStream;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;

/**
 * Serves the style sheet, the scripts and the icon from the class path, compressed, under addresses that hold a hash of
 * the content, so browsers may keep them for ever. Thread-safe.
 */
@Controller
public final class Assets {
    private static final String OWN = "/io/carillon/console/assets/";
    private static final String HTMX = "/META-INF/resources/webjars/htmx.org/2.0.10/dist/";

    private static final String SCRIPT = "text/javascript;charset=UTF-8";
    /** Our own modules. */
    private static final List<String> SCRIPTS =
            List.of("live.js", "keys.js", "timeline.js", "run.js", "shard-map.js", "import.js");

    private static final class Asset {
        private final String address;
        private final String type;
        private final byte[] plain;
        private final byte[] compressed;

        private Asset(String address, String type, byte[] plain, byte[] compressed) {
            this.address = address;
            this.type = type;
            this.plain = plain;
            this.compressed = compressed;
        }
    }

    private final Map<String, Asset> byName = new HashMap<>();

    public Assets() {
        add("console.css", OWN, "text/css;charset=UTF-8");
        // beside the one sheet: only pages of messages need it
        add("messages.css", OWN, "text/css;charset=UTF-8");
        add("timeline.css", OWN, "text/css;charset=UTF-8");
        add("run.css", OWN, "text/css;charset=UTF-8");
        add("shard-map.css", OWN, "text/css;charset=UTF-8");
        add("icon.svg", OWN, "image/svg+xml");
        for (String script : SCRIPTS) {
            add(script, OWN, SCRIPT);
        }
        add("htmx.min.js", HTMX, SCRIPT);
    }

    private void add(String name, String folder, String type) {
        byName.put(name, load(name, folder, type));
    }

    /** The address of an asset, without the base. */
    public String address(String name) {
        Asset asset = byName.get(name);
        if (asset == null) {
            throw new IllegalArgumentException("asset: '" + name + "' (expected: one of " + byName.keySet() + ")");
        }
        return asset.address;
    }

    @GetMapping("/assets/{hash}/{name}")
    void serve(
            @PathVariable("hash") String hash,
            @PathVariable("name") String name,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        Asset asset = byName.get(name);
        if (asset == null) {
            response.setStatus(HttpServletResponse.SC_NOT_FOUND);
            return;
        }
        boolean current = asset.address.startsWith("/assets/" + hash + "/");
        response.setContentType(asset.type);
        response.setHeader("Cache-Control", current ? "public, max-age=31536000, immutable" : "no-cache");
        response.setHeader("Vary", "Accept-Encoding");
        String accepted = request.getHeader("Accept-Encoding");
        byte[] body = asset.plain;
        if (accepted != null && accepted.contains("gzip")) {
            response.setHeader("Content-Encoding", "gzip");
            body = asset.compressed;
        }
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }

    private static Asset load(String name, String folder, String type) {
        try (InputStream in = Objects.requireNonNull(Assets.class.getResourceAsStream(folder + name), folder + name)) {
            byte[] plain = in.readAllBytes();
            ByteArrayOutputStream compressed = new ByteArrayOutputStream();
            try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
                gzip.write(plain);
            }
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(plain);
            String hash = HexFormat.of().formatHex(digest, 0, 8);
            return new Asset("/assets/" + hash + "/" + name, type, plain, compressed.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(folder + name, e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every JDK", e);
        }
    }
}
