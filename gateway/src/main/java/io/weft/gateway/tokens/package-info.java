/** POST /tokenize, by vLLM's and text-embeddings-inference's APIs, and POST /detokenize. */
@NullMarked
package io.weft.gateway.tokens;

import org.jspecify.annotations.NullMarked;
