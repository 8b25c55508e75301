/** One run and its failure, to the bottom. */
@NullMarked
package io.carillon.console.screen.run;

import org.jspecify.annotations.NullMarked;
