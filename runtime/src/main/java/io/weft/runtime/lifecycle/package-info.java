/** Beginning and end of a process. */
@NullMarked
package io.weft.runtime.lifecycle;

import org.jspecify.annotations.NullMarked;
