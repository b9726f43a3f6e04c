/** Work on text that several services do. */
@NullMarked
package io.weft.runtime.text;

import org.jspecify.annotations.NullMarked;
