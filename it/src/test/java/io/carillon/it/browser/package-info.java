/**
 * The console in a real browser: people's journeys, a scan for what keeps people out, pictures. The shop is real: ZooKeeper,
 * services as processes, a database; only its past is made up. What is here needs Debian's {@code chromium} and
 * {@code chromium-driver}, and a font with Chinese characters for the pictures.
 */
@NullMarked
package io.carillon.it.browser;

import org.jspecify.annotations.NullMarked;
