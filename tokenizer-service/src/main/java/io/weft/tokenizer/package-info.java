/** The tokenizer service: its RPCs, configuration, health and metrics. */
@NullMarked
package io.weft.tokenizer;

import org.jspecify.annotations.NullMarked;
