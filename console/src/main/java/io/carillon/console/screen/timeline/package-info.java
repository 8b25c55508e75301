/** What ran when, against what was planned, and why something did not. */
@NullMarked
package io.carillon.console.screen.timeline;

import org.jspecify.annotations.NullMarked;
