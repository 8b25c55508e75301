/** The registry node by node. {@code RegistryScreen} is its handler. */
@NullMarked
package io.carillon.console.screen.registry;

import org.jspecify.annotations.NullMarked;
