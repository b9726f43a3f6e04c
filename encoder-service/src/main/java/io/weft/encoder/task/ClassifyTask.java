package io.weft.encoder.task;

import io.weft.encoder.model.SequenceStates;
import io.weft.runtime.model.ModelManifest;

/** A score for each label of a sequence, as TextClassificationPipeline of transformers has it. */
public final class ClassifyTask implements EncoderTask<float[]> {
  private final Function function;

  /** What makes scores of logits. */
  public enum Function {
    /** One label is right: probabilities that sum to 1. */
    SOFTMAX,
    /** Each label is right or wrong by itself. */
    SIGMOID,
    /** The logits themselves. */
    NONE;

    /**
     * The function of a model. A single label is scored by a sigmoid, however it was trained: among
     * one label a softmax gives 1 for every text.
     *
     * @param raw whether logits are wanted
     * @throws IllegalArgumentException for a problem type that this version does not know
     */
    public static Function of(ModelManifest.EncoderSpec encoder, boolean raw) {
      String type = encoder.problemType();
      if (raw || type == null) {
        return NONE;
      }
      return switch (type) {
        case ModelManifest.SINGLE_LABEL -> encoder.labels().size() == 1 ? SIGMOID : SOFTMAX;
        case ModelManifest.MULTI_LABEL -> SIGMOID;
        case ModelManifest.REGRESSION -> NONE;
        default -> throw new IllegalArgumentException("unknown problem type " + type);
      };
    }
  }

  public ClassifyTask(Function function) {
    this.function = function;
  }

  /** The scores, shape (labels), in the order of the labels. */
  @Override
  public float[] apply(SequenceStates states) {
    float[] logits = states.scores(0);
    switch (function) {
      case SOFTMAX -> Scores.softmax(logits);
      case SIGMOID -> {
        for (int i = 0; i < logits.length; i++) {
          logits[i] = Scores.sigmoid(logits[i]);
        }
      }
      case NONE -> {}
    }
    return logits;
  }
}
