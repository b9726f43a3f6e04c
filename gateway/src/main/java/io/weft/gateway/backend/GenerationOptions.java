package io.weft.gateway.backend;

import org.jspecify.annotations.Nullable;

/**
 * What a client may choose about a generation.
 *
 * @param n sequences from each prompt, 1 to 16
 * @param sampling how tokens are chosen
 * @param stop when a sequence ends
 * @param topLogprobs how many rivals' log probabilities to return with each token, 0 to 20; absent
 *     means no log probabilities at all
 */
public record GenerationOptions(
    int n, Sampling sampling, StopConditions stop, @Nullable Integer topLogprobs) {}
