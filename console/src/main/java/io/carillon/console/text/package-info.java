/** Languages, numbers, times. Imports the JDK and the ports' model. */
@NullMarked
package io.carillon.console.text;

import org.jspecify.annotations.NullMarked;
