package io.weft.encoder.task;

import io.weft.encoder.model.SequenceStates;

/** The probability of each label for each token of a sequence, shape (tokens, labels). */
public final class ClassifyTokensTask implements EncoderTask<float[][]> {
  @Override
  public float[][] apply(SequenceStates states) {
    float[][] probabilities = new float[states.scoreRows()][];
    for (int token = 0; token < probabilities.length; token++) {
      probabilities[token] = Scores.softmax(states.scores(token));
    }
    return probabilities;
  }
}
