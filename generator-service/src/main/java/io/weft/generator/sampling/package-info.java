/** From logits to the next token. */
@NullMarked
package io.weft.generator.sampling;

import org.jspecify.annotations.NullMarked;
