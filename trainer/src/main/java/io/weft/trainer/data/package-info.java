/** Labelled text: reading it, checking it, splitting it. */
@NullMarked
package io.weft.trainer.data;

import org.jspecify.annotations.NullMarked;
