/** What can go wrong, as one sealed hierarchy. */
@NullMarked
package io.weft.runtime.error;

import org.jspecify.annotations.NullMarked;
