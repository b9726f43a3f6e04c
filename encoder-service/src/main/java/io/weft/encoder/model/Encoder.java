package io.weft.encoder.model;

import java.util.List;

/**
 * The contract between the batch loop and a model: packed sequences in, states out. Not
 * thread-safe; one thread owns an encoder and closes it.
 */
public interface Encoder extends AutoCloseable {
  /**
   * Runs one batch.
   *
   * @param batch at least one sequence, each within the model's {@link SequenceLimits}
   * @return the states, valid until the next run
   * @throws io.weft.runtime.error.WeftException.Internal when the model fails
   */
  PackedStates run(List<TokenSequence> batch);

  @Override
  void close();
}
