/** POST /v1/embeddings. */
@NullMarked
package io.weft.gateway.embeddings;

import org.jspecify.annotations.NullMarked;
