/** Reading checkpoints, which are hostile until checked. */
@NullMarked
package io.weft.importer.checkpoint;

import org.jspecify.annotations.NullMarked;
