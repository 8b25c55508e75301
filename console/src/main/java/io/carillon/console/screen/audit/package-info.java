/** What was done. {@code AuditScreen} is its handler. */
@NullMarked
package io.carillon.console.screen.audit;

import org.jspecify.annotations.NullMarked;
