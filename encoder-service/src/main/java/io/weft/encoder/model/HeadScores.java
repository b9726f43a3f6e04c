package io.weft.encoder.model;

import ai.onnxruntime.OnnxTensor;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.model.ModelManifest;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a head scores, before any softmax or sigmoid.
 *
 * @param rows what has a row of scores
 * @param width scores of a row
 */
record HeadScores(Rows rows, int width) {
  /** The graph's output. */
  static final String LOGITS = "logits";

  /** Of an answer: start and end. */
  private static final int SPAN_SCORES = 2;

  /** What has a row of scores. */
  enum Rows {
    SEQUENCES,
    TOKENS,
    /** The positions that {@link TokenSequence#scoring} names. */
    SCORED_TOKENS;

    /** Rows of one sequence. */
    int count(TokenSequence sequence) {
      return switch (this) {
        case SEQUENCES -> 1;
        case TOKENS -> sequence.length();
        case SCORED_TOKENS -> sequence.scoredCount();
      };
    }
  }

  /** The head of a model; null where it has none. */
  static @Nullable HeadScores of(ModelManifest manifest) {
    ModelManifest.EncoderSpec encoder = manifest.encoder();
    int labels = encoder == null ? 0 : encoder.labels().size();
    List<String> tasks = manifest.tasks();
    if (tasks.contains(ModelManifest.TASK_CLASSIFY)) {
      return new HeadScores(Rows.SEQUENCES, labels);
    }
    if (tasks.contains(ModelManifest.TASK_CLASSIFY_TOKENS)) {
      return new HeadScores(Rows.TOKENS, labels);
    }
    if (tasks.contains(ModelManifest.TASK_ANSWER_SPANS)) {
      return new HeadScores(Rows.TOKENS, SPAN_SCORES);
    }
    if (tasks.contains(ModelManifest.TASK_FILL_MASK)) {
      return new HeadScores(Rows.SCORED_TOKENS, manifest.vocabularySize());
    }
    return null;
  }

  /** Whether a batch has anything to score. */
  boolean wants(List<TokenSequence> batch) {
    return rows != Rows.SCORED_TOKENS || batch.stream().anyMatch(s -> s.scoredCount() > 0);
  }

  /**
   * A copy of a run's output, shape ({@code expectedRows}, width).
   *
   * @throws WeftException.Internal when the graph gives another shape
   */
  FloatBuffer read(OnnxTensor output, long expectedRows) {
    long[] shape = output.getInfo().getShape();
    FloatBuffer values = output.getFloatBuffer();
    if (shape.length == 0
        || shape[shape.length - 1] != width
        || values.capacity() != expectedRows * width) {
      throw new WeftException.Internal(
          "the model's logits have the shape %s, expected are %,d rows of %,d"
              .formatted(Arrays.toString(shape), expectedRows, width),
          null);
    }
    return values;
  }
}
