/** Who may do what, and settings. {@code AccessScreen} is its handler. */
@NullMarked
package io.carillon.console.screen.access;

import org.jspecify.annotations.NullMarked;
