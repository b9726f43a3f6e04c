/** What a person sees of a run: progress, curves, doubted rows. */
@NullMarked
package io.weft.trainer.report;

import org.jspecify.annotations.NullMarked;
