/** POST /v1/zero-shot-classification. */
@NullMarked
package io.weft.gateway.zeroshot;

import org.jspecify.annotations.NullMarked;
