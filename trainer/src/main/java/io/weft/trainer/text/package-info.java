/** Rows of text into rows of tokens. */
@NullMarked
package io.weft.trainer.text;

import org.jspecify.annotations.NullMarked;
