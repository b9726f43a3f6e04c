/** Texts or token ids, as prompts and as inputs of embeddings. */
@NullMarked
package io.weft.gateway.input;

import org.jspecify.annotations.NullMarked;
