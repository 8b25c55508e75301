/**
 * What people can do, one class each, and the one place through which all of it goes: {@link
 * io.carillon.console.command.Commands}.
 */
@NullMarked
package io.carillon.console.command;

import org.jspecify.annotations.NullMarked;
