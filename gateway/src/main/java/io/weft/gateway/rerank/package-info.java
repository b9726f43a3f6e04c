/** POST /v1/rerank and POST /v1/score. */
@NullMarked
package io.weft.gateway.rerank;

import org.jspecify.annotations.NullMarked;
