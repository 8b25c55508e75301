/** Hints to open pages that something has changed; never what. */
@NullMarked
package io.carillon.console.live;

import org.jspecify.annotations.NullMarked;
