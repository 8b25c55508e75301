/**
 * All SQL of Carillon: messages, confirmations, subscriptions, inbox, run history, transaction marks. Open {@link
 * io.carillon.store.jdbc.JdbcStore} first. What differs between databases is in one {@link io.carillon.store.jdbc.Dialect}
 * and one DDL file each; the only package that imports {@code java.sql}.
 */
@NullMarked
package io.carillon.store.jdbc;

import org.jspecify.annotations.NullMarked;
