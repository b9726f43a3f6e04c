/** Tells running services of a new model. */
@NullMarked
package io.weft.trainer.serve;

import org.jspecify.annotations.NullMarked;
