/** The encoder service: its RPCs, its models and its configuration. */
@NullMarked
package io.weft.encoder;

import org.jspecify.annotations.NullMarked;
