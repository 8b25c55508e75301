/** The first screen of a cluster: jobs, instances, messages. {@code OverviewScreen} is its handler. */
@NullMarked
package io.carillon.console.screen.overview;

import org.jspecify.annotations.NullMarked;
