package io.weft.gateway.backend;

import org.jspecify.annotations.Nullable;

/**
 * What a caller of an encoder may want to know before it asks.
 *
 * @param hiddenSize width of the hidden states
 * @param layers transformer blocks
 * @param heads attention heads of each
 * @param attentions whether it can give its attentions
 * @param maskTokenId the token to be filled in; absent where the model has none
 */
public record EncoderTraits(
    int hiddenSize, int layers, int heads, boolean attentions, @Nullable Integer maskTokenId) {}
