/** POST /v1/fill-mask. */
@NullMarked
package io.weft.gateway.masks;

import org.jspecify.annotations.NullMarked;
