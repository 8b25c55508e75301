/** Coming in, the first administrator, the reader's own settings. */
@NullMarked
package io.carillon.console.screen.login;

import org.jspecify.annotations.NullMarked;
