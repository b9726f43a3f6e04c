package io.weft.encoder.task;

import io.weft.encoder.model.SequenceStates;

/**
 * What a request wants made of each of its sequences. Runs on the thread that owns the model, while
 * the states are valid, so it is brief, and copies what it keeps.
 *
 * @param <R> the result of one sequence
 */
@FunctionalInterface
public interface EncoderTask<R> {
  /** Makes the result of one sequence; a failure fails this sequence only. */
  R apply(SequenceStates states);
}
