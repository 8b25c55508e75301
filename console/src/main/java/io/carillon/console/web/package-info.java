/** What all pages share: the frame of a page, assets, headers. {@code Pages} is what a screen calls. */
@NullMarked
package io.carillon.console.web;

import org.jspecify.annotations.NullMarked;
