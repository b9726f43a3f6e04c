/** The table of a tokenizer's tokens, read from its file, and the way from ids back to text. */
@NullMarked
package io.weft.tokenizer.vocabulary;

import org.jspecify.annotations.NullMarked;
