/** The console in a Spring Boot application. */
@NullMarked
package io.carillon.spring.console;

import org.jspecify.annotations.NullMarked;
