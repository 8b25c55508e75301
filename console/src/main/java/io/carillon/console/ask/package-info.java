/** Asks the registries and stores within a time limit, and shares the answers between pages. Imports only the JDK. */
@NullMarked
package io.carillon.console.ask;

import org.jspecify.annotations.NullMarked;
