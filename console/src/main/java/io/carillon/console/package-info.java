/**
 * The web console. {@link io.carillon.console.ConsoleConfiguration} is the entry: import it into a Spring web
 * application that has at least one {@link io.carillon.console.ConsoleSources} bean.
 *
 * <p>Rooms: {@code ask} asks the sources within a time limit; {@code text} holds languages and formats; {@code screen.*}
 * has one room per screen (handler, view record; its template is {@code src/main/jte/<screen>}); {@code api} is the same
 * questions as JSON; {@code web} is what all pages share. Of {@code jobs} and {@code messages} only {@code operations},
 * {@code model} and {@code history} may be imported.
 */
@NullMarked
package io.carillon.console;

import org.jspecify.annotations.NullMarked;
