/** From single requests to batches: the queue, the loop that empties it, and the way back. */
@NullMarked
package io.weft.encoder.batch;

import org.jspecify.annotations.NullMarked;
