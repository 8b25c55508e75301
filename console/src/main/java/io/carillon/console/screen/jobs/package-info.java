/** The list of jobs: find, sort, choose many. */
@NullMarked
package io.carillon.console.screen.jobs;

import org.jspecify.annotations.NullMarked;
