/** The OpenAI-compatible gateway: configuration. */
@NullMarked
package io.weft.gateway;

import org.jspecify.annotations.NullMarked;
