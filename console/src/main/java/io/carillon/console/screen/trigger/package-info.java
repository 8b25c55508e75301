/** Running a job beside its schedule, once or for a range. */
@NullMarked
package io.carillon.console.screen.trigger;

import org.jspecify.annotations.NullMarked;
