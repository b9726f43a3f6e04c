package io.weft.encoder.task;

import io.weft.encoder.model.SequenceStates;
import io.weft.runtime.model.ModelManifest;
import org.jspecify.annotations.Nullable;

/** How relevant a document is to a query, as CrossEncoder of sentence-transformers has it. */
public final class ScorePairsTask implements EncoderTask<Float> {
  private final boolean sigmoid;

  /**
   * @param activation of the model, as in its manifest; null means a sigmoid
   * @param raw whether the logit is wanted
   * @throws IllegalArgumentException for an activation that this version does not know
   */
  public ScorePairsTask(@Nullable String activation, boolean raw) {
    this.sigmoid = isSigmoid(activation) && !raw;
  }

  /**
   * Whether an activation is a sigmoid.
   *
   * @throws IllegalArgumentException for one that this version does not know
   */
  public static boolean isSigmoid(@Nullable String activation) {
    return switch (activation) {
      case null -> true;
      case ModelManifest.SIGMOID -> true;
      case ModelManifest.IDENTITY -> false;
      default -> throw new IllegalArgumentException("unknown activation " + activation);
    };
  }

  @Override
  public Float apply(SequenceStates states) {
    float logit = states.scores(0)[0];
    return sigmoid ? Scores.sigmoid(logit) : logit;
  }
}
