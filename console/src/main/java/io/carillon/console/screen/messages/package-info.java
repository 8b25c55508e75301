/** Which messages there are, where each stands, and who has not consumed it. */
@NullMarked
package io.carillon.console.screen.messages;

import org.jspecify.annotations.NullMarked;
