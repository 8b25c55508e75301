/** Who runs the jobs, and what happens if one stops. */
@NullMarked
package io.carillon.console.screen.instances;

import org.jspecify.annotations.NullMarked;
