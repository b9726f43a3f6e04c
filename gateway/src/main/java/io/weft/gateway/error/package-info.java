/** Failures as OpenAI's error JSON, in one place. */
@NullMarked
package io.weft.gateway.error;

import org.jspecify.annotations.NullMarked;
