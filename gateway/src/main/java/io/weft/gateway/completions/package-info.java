/** POST /v1/completions. */
@NullMarked
package io.weft.gateway.completions;

import org.jspecify.annotations.NullMarked;
