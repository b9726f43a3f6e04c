package io.weft.gateway.embeddings;

import io.weft.gateway.backend.EmbedOptions;
import io.weft.gateway.backend.EncodeOptions;
import io.weft.gateway.input.Inputs;

/**
 * A valid request for embeddings.
 *
 * @param model as the client named it
 * @param inputs what to embed
 * @param options what vectors are wanted
 * @param type what the numbers of the vectors are
 * @param cut what happens to a text that is too long
 * @param base64 whether vectors are answered as base64 of their bytes, floats little-endian
 */
record EmbeddingRequest(
    String model,
    Inputs inputs,
    EmbedOptions options,
    OutputType type,
    EncodeOptions.Cut cut,
    boolean base64) {}
