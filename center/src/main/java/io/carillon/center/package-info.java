/**
 * The runnable server: the console over any number of registries and message stores, and the central message service
 * where it is switched on. {@link io.carillon.center.CenterApplication} starts it, {@code CenterConfiguration} composes it.
 * No authentication yet: it listens on the loopback address unless told otherwise.
 */
@NullMarked
package io.carillon.center;

import org.jspecify.annotations.NullMarked;
