/** The dialog of a command: what it will do, to what, why; then what came of it. */
@NullMarked
package io.carillon.console.screen.command;

import org.jspecify.annotations.NullMarked;
