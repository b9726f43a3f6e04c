package io.weft.gateway.backend;

/**
 * A label of a classifier and its score for one text.
 *
 * @param label its name, from the model's configuration
 * @param index its place in the model's output
 * @param score a probability, or the logit where that was asked for
 */
public record LabelScore(String label, int index, float score) {}
