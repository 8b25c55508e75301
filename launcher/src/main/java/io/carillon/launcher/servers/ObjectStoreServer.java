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
package io.carillon.launcher.servers;

import java.net.URI;
import java.util.Set;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;

/** An object store that speaks S3. See {@link ServerProcess#OBJECT_STORE}. */
public final class ObjectStoreServer {

    private ObjectStoreServer() {}

    /** Starts it and stays. */
    public static void main(String[] args) {
        ServerRun.stay(
                "object-store", Set.of("port", "dir", "access-key", "secret-key"), args, ObjectStoreServer::start);
    }

    private static int start(ServerRun run) throws Exception {
        int port = run.freePort("port");
        S3Proxy.builder()
                .blobStore(
                        run.textOrNull("dir") == null
                                ? new TransientNio2BlobStore()
                                : new FilesystemNio2BlobStore(run.folder("dir").toString()))
                .endpoint(URI.create("http://127.0.0.1:" + port))
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, run.text("access-key"), run.text("secret-key"))
                .ignoreUnknownHeaders(true)
                .jettyMaxThreads(24)
                .build()
                .start();
        return port;
    }
}
