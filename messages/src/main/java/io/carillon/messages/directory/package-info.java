/**
 * The directory of topics, tags, producers, consumer groups and subscriptions: declared by the services when they start,
 * edited by people while they run. {@link io.carillon.messages.directory.LiveDirectory} is what a service runs with; {@link
 * io.carillon.messages.directory.Directory} is the port to where it is kept.
 */
@NullMarked
package io.carillon.messages.directory;

import org.jspecify.annotations.NullMarked;
