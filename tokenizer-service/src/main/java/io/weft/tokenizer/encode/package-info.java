/** Text to token ids: options, truncation, offsets, and the threads that do the work. */
@NullMarked
package io.weft.tokenizer.encode;

import org.jspecify.annotations.NullMarked;
