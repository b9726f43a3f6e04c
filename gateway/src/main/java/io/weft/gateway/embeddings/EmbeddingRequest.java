package io.weft.gateway.embeddings;

import io.weft.gateway.input.Inputs;

/**
 * A valid request for embeddings.
 *
 * @param model as the client named it
 * @param inputs what to embed
 * @param dimensions keep the first n; 0 keeps all
 * @param base64 whether vectors are answered as base64 of little-endian 32-bit floats
 */
record EmbeddingRequest(String model, Inputs inputs, int dimensions, boolean base64) {}
