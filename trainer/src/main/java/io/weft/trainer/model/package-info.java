/** A BERT-family encoder and its head in libtorch, through DJL. */
@NullMarked
package io.weft.trainer.model;

import org.jspecify.annotations.NullMarked;
