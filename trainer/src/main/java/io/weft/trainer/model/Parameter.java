package io.weft.trainer.model;

import ai.djl.ndarray.NDArray;

/**
 * A tensor of the model.
 *
 * @param name as transformers calls it
 * @param values 32-bit floats; changed in place by the optimizer, and by it alone
 * @param trained whether it is learnt
 * @param decayed whether weight decay applies: not to biases and normalisations
 */
public record Parameter(String name, NDArray values, boolean trained, boolean decayed) {}
