package io.weft.trainer;

import io.weft.trainer.model.Dropouts;
import io.weft.trainer.model.Method;
import io.weft.trainer.train.Recipe;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How to train. */
final class RecipeOptions {
  private static final double FULL_RATE = 5e-5;
  private static final double LORA_RATE = 3e-4;
  private static final double HEAD_RATE = 1e-3;

  /** Which weights are trained. */
  enum Weights {
    FULL,
    LORA,
    HEAD
  }

  @Option(
      names = "--train",
      paramLabel = "WHAT",
      defaultValue = "full",
      description =
          "full: all weights; lora: thin matrices beside them; head: only the classifier"
              + " (default: ${DEFAULT-VALUE})")
  Weights weights = Weights.FULL;

  @Option(
      names = "--lora-rank",
      paramLabel = "N",
      defaultValue = "8",
      description = "width of the thin matrices, 1 to 256 (${DEFAULT-VALUE})")
  int loraRank = 8;

  @Option(
      names = "--lora-alpha",
      paramLabel = "A",
      defaultValue = "16",
      description = "their product counts alpha / rank times (${DEFAULT-VALUE})")
  double loraAlpha = 16;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "3",
      description = "times that each row is seen (${DEFAULT-VALUE})")
  int epochs = 3;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "16",
      description = "rows that are computed together (${DEFAULT-VALUE})")
  int batch = 16;

  @Option(
      names = "--accumulate",
      paramLabel = "N",
      defaultValue = "1",
      description = "batches that make one step together (${DEFAULT-VALUE})")
  int accumulate = 1;

  @Option(
      names = "--lr",
      paramLabel = "R",
      description = "highest learning rate (full: 5e-5, lora: 3e-4, head: 1e-3)")
  @Nullable Double rate;

  @Option(
      names = "--weight-decay",
      paramLabel = "D",
      defaultValue = "0.01",
      description = "of all weights but biases and normalisations (${DEFAULT-VALUE})")
  double weightDecay = 0.01;

  @Option(
      names = "--warmup",
      paramLabel = "S",
      defaultValue = "0.1",
      description = "share of all steps in which the rate rises (${DEFAULT-VALUE})")
  double warmup = 0.1;

  @Option(
      names = "--clip",
      paramLabel = "L",
      defaultValue = "1.0",
      description = "longest gradient; longer ones are scaled down (${DEFAULT-VALUE})")
  double clip = 1;

  @Option(
      names = "--dropout",
      paramLabel = "S",
      description = "share of values that are zeroed, 0 to 0.9 (what the base says)")
  @Nullable Float dropout;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "42",
      description = "of everything that is drawn by chance (${DEFAULT-VALUE})")
  long seed = 42;

  @Option(
      names = "--class-weights",
      paramLabel = "W",
      defaultValue = "none",
      description =
          "none; balanced: rare labels count more; or LABEL=W,LABEL=W,... (${DEFAULT-VALUE})")
  String classWeights = "none";

  @Option(
      names = "--patience",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "stop after N epochs without a better validation, and keep the best epoch; 0: never"
              + " (${DEFAULT-VALUE})")
  int patience = 0;

  Recipe recipe() {
    return new Recipe(epochs, batch, accumulate, peak(), weightDecay, warmup, clip, seed);
  }

  private double peak() {
    if (rate != null) {
      return rate;
    }
    return switch (weights) {
      case FULL -> FULL_RATE;
      case LORA -> LORA_RATE;
      case HEAD -> HEAD_RATE;
    };
  }

  Method method() {
    return switch (weights) {
      case FULL -> new Method.Full();
      case HEAD -> new Method.HeadOnly();
      case LORA -> new Method.Lora(loraRank, loraAlpha);
    };
  }

  /**
   * @param ofBase what the base says
   */
  Dropouts dropouts(Dropouts ofBase) {
    return dropout == null ? ofBase : Dropouts.of(dropout);
  }

  /**
   * @throws IllegalArgumentException naming the option, its value and its limits
   */
  void check() {
    inRange("--lora-rank", loraRank, 1, 256);
    inRange("--lora-alpha", loraAlpha, 1e-3, 1e4);
    inRange("--patience", patience, 0, 1_000);
    inRange("--dropout", dropout == null ? 0 : dropout, 0, 0.9);
  }

  static void inRange(String name, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      throw new IllegalArgumentException(
          "%s is %s, it must lie in [%s, %s]".formatted(name, value, least, most));
    }
  }
}
