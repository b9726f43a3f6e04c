/** POST /v1/classify. */
@NullMarked
package io.weft.gateway.classify;

import org.jspecify.annotations.NullMarked;
