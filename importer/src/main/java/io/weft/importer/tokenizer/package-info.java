/**
 * What a tokenizer is ({@link io.weft.importer.tokenizer.TokenizerSpec}) and how {@code
 * tokenizer.json}, the format of Hugging Face's tokenizers library, says it. The kinds of
 * tokenizers are made here from vocabularies; who read those, and from what file, does not matter.
 */
@NullMarked
package io.weft.importer.tokenizer;

import org.jspecify.annotations.NullMarked;
