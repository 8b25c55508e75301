/** Messages that were given up, by what they have in common. */
@NullMarked
package io.carillon.console.screen.dead;

import org.jspecify.annotations.NullMarked;
