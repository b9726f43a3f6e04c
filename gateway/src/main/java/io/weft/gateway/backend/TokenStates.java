package io.weft.gateway.backend;

import org.jspecify.annotations.Nullable;

/**
 * The states of one sequence.
 *
 * @param lastHiddenState shape (tokens, hidden size)
 * @param poolerOutput shape (hidden size); null for models without a pooler
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared, and copying would cost the speed.
public record TokenStates(float[][] lastHiddenState, float @Nullable [] poolerOutput) {}
