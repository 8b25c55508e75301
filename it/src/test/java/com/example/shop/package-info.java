/** A small shop's jobs, for the stories of the console: in a package that is nobody's library. */
@NullMarked
package com.example.shop;

import org.jspecify.annotations.NullMarked;
