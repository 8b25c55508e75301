/** Changing a job's settings while it runs. */
@NullMarked
package io.carillon.console.screen.edit;

import org.jspecify.annotations.NullMarked;
