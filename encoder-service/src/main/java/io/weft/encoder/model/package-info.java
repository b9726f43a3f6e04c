/** Running an encoder graph on packed batches. */
@NullMarked
package io.weft.encoder.model;

import org.jspecify.annotations.NullMarked;
