/** POST /v1/chat/completions. */
@NullMarked
package io.weft.gateway.chat;

import org.jspecify.annotations.NullMarked;
