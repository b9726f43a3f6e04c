/** OpenAI's responses: text and calls of tools in and out, nothing stored. */
@NullMarked
package io.weft.gateway.responses;

import org.jspecify.annotations.NullMarked;
