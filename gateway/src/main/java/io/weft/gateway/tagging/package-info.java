/** POST /v1/token-classification. */
@NullMarked
package io.weft.gateway.tagging;

import org.jspecify.annotations.NullMarked;
