/**
 * Who may do what: users, tokens, sessions, roles by scope. Begin with {@link io.carillon.console.access.Visitor}, which
 * each request has, and {@link io.carillon.console.access.Accounts}.
 */
@NullMarked
package io.carillon.console.access;

import org.jspecify.annotations.NullMarked;
