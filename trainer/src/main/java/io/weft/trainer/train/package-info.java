/** The training loop and what it is made of. */
@NullMarked
package io.weft.trainer.train;

import org.jspecify.annotations.NullMarked;
