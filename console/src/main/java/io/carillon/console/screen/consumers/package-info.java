/** Who sends and receives what, who is behind, and what could not be handled. */
@NullMarked
package io.carillon.console.screen.consumers;

import org.jspecify.annotations.NullMarked;
