package io.weft.encoder.task;

/**
 * How sequences are embedded.
 *
 * @param pooling how token vectors become one
 * @param normalize scale the result to length 1
 * @param dimensions how many of the first dimensions are kept, 1 to the hidden size
 */
public record EmbedOptions(PoolingMode pooling, boolean normalize, int dimensions) {}
