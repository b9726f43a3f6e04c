/** The REST API of text-embeddings-inference. */
@NullMarked
package io.weft.gateway.tei;

import org.jspecify.annotations.NullMarked;
