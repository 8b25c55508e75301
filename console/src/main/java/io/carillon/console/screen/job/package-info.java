/** One job: items and runs. {@code JobScreen} is its handler. */
@NullMarked
package io.carillon.console.screen.job;

import org.jspecify.annotations.NullMarked;
