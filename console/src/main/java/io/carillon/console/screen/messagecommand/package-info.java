/** The dialog of every command on messages: what it would do, then what became of each. */
@NullMarked
package io.carillon.console.screen.messagecommand;

import org.jspecify.annotations.NullMarked;
