/** Writes the result and the state of a run. */
@NullMarked
package io.weft.trainer.save;

import org.jspecify.annotations.NullMarked;
