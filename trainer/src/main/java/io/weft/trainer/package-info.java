/** Fine-tuning: a pre-trained encoder and labelled text in, a served model out. */
@NullMarked
package io.weft.trainer;

import org.jspecify.annotations.NullMarked;
