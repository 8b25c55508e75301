/** {@code /api/v1}: the screens' questions, answered as JSON. */
@NullMarked
package io.carillon.console.api;

import org.jspecify.annotations.NullMarked;
