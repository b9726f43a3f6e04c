/** Bounds on the work that a service takes in. */
@NullMarked
package io.weft.runtime.limit;

import org.jspecify.annotations.NullMarked;
