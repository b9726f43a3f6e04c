package io.weft.encoder.task;

import io.weft.encoder.model.SequenceStates;
import org.jspecify.annotations.Nullable;

/**
 * The last hidden state of every token and the pooler's output, as 32-bit floats, little endian,
 * row-major.
 */
public final class HiddenStatesTask implements EncoderTask<HiddenStatesTask.Result> {
  @Override
  public Result apply(SequenceStates states) {
    return new Result(states.toLittleEndian(), states.pooledToLittleEndian());
  }

  /**
   * States of one sequence; nobody writes to the arrays.
   *
   * @param lastHiddenState shape (tokens, hidden size)
   * @param poolerOutput shape (hidden size); null for models without a pooler
   */
  @SuppressWarnings("ArrayRecordComponent") // handed on as they are, never compared
  public record Result(byte[] lastHiddenState, byte @Nullable [] poolerOutput) {}
}
