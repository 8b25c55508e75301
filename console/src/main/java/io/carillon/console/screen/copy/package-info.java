/** Jobs from cluster to cluster: compare, export, import. */
@NullMarked
package io.carillon.console.screen.copy;

import org.jspecify.annotations.NullMarked;
