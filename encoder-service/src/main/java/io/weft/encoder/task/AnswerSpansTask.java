package io.weft.encoder.task;

import io.weft.encoder.model.SequenceStates;

/** How each token of a window scores as the start and as the end of an answer, as logits. */
public final class AnswerSpansTask implements EncoderTask<AnswerSpansTask.Result> {
  /**
   * The logits of one window; nobody writes to the arrays.
   *
   * @param starts shape (tokens)
   * @param ends shape (tokens)
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Result(float[] starts, float[] ends) {}

  @Override
  public Result apply(SequenceStates states) {
    float[] starts = new float[states.scoreRows()];
    float[] ends = new float[starts.length];
    for (int token = 0; token < starts.length; token++) {
      float[] scores = states.scores(token);
      starts[token] = scores[0];
      ends[token] = scores[1];
    }
    return new Result(starts, ends);
  }
}
