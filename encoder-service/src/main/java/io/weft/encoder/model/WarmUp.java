package io.weft.encoder.model;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * First runs of a model, before it is said to be ready: they load the weights into memory, grow the
 * buffers to their working size, and prove the kernels on this very machine by comparing a packed
 * batch with its sequences run alone.
 */
public final class WarmUp {
  private static final int SHORT = 5;
  private static final int LONG = 12;

  private WarmUp() {}

  /**
   * Runs a batch of full size and the self-check.
   *
   * @param maxBatchTokens places of the largest batch
   * @param dtype number format of the weights, which decides the tolerance
   * @throws IllegalStateException when the model does not compute the same for a sequence among
   *     others as for it alone, or not a finite number
   */
  public static void run(Encoder encoder, SequenceLimits limits, int maxBatchTokens, String dtype) {
    encoder.run(List.of(sequence(limits, 0, maxBatchTokens)));
    int rows = Math.max(1, maxBatchTokens / LONG);
    encoder.run(Stream.generate(() -> sequence(limits, 1, LONG)).limit(rows).toList());
    checkPackedEqualsAlone(encoder, limits, dtype);
  }

  private static void checkPackedEqualsAlone(Encoder encoder, SequenceLimits limits, String dtype) {
    List<TokenSequence> pair = List.of(sequence(limits, 2, SHORT), sequence(limits, 3, LONG));
    PackedStates states = encoder.run(pair);
    // Copied: the states of a run are gone after the next.
    List<float[]> packed = List.of(values(states.get(0)), values(states.get(1)));
    for (int i = 0; i < pair.size(); i++) {
      float[] alone = values(encoder.run(List.of(pair.get(i))).get(0));
      double error = relativeError(packed.get(i), alone);
      if (!(error <= tolerance(dtype))) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "self-check failed: a sequence run among others differs from itself alone by %.2g of"
                    + " its length, the limit for %s is %.2g: the kernels do not work on this"
                    + " machine",
                error,
                dtype,
                tolerance(dtype)));
      }
    }
  }

  /**
   * Sums are taken in another order in a batch, which moves fp32 by about 1e-6. Encoders in int8
   * have one scale for the activations of a whole batch and round differently in different company:
   * random tokens of MiniLM move by 5 %. A broken kernel is off by tens of percent.
   */
  private static double tolerance(String dtype) {
    return switch (dtype) {
      case "fp32" -> 1e-3;
      case "int8" -> 0.15;
      default -> 5e-2;
    };
  }

  /** |a - b| / |b|, NaN when a value is not finite. */
  private static double relativeError(float[] a, float[] b) {
    double difference = 0;
    double length = 0;
    for (int i = 0; i < b.length; i++) {
      difference += Math.pow((double) a[i] - b[i], 2);
      length += Math.pow(b[i], 2);
    }
    return Math.sqrt(difference / length);
  }

  /** The states, or, where the graph keeps them to itself, the scores. */
  private static float[] values(SequenceStates states) {
    if (!states.hasStates()) {
      return scores(states);
    }
    float[] values = new float[states.tokens() * states.hiddenSize()];
    float[] row = new float[states.hiddenSize()];
    for (int token = 0; token < states.tokens(); token++) {
      states.copyToken(token, row);
      System.arraycopy(row, 0, values, token * row.length, row.length);
    }
    return values;
  }

  private static float[] scores(SequenceStates states) {
    int width = states.scores(0).length;
    float[] values = new float[states.scoreRows() * width];
    for (int row = 0; row < states.scoreRows(); row++) {
      System.arraycopy(states.scores(row), 0, values, row * width, width);
    }
    return values;
  }

  /**
   * Some token ids all over the vocabulary, the first of which is to be scored; the same for the
   * same seed.
   */
  private static TokenSequence sequence(SequenceLimits limits, int seed, int length) {
    int tokens = Math.min(length, limits.contextLength());
    return TokenSequence.of(
            IntStream.range(0, tokens)
                .map(i -> (int) ((seed * 104_729L + i * 7_919L) % limits.vocabularySize()))
                .toArray())
        .scoring(0);
  }
}
