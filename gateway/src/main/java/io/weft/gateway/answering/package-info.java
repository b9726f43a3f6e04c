/** POST /v1/question-answering. */
@NullMarked
package io.weft.gateway.answering;

import org.jspecify.annotations.NullMarked;
