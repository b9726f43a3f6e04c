package io.weft.generator.engine;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;

/**
 * First runs of a model, before it is said to be ready: they load the weights into memory, grow
 * buffers to their working size, and prove the kernels on this very machine, by comparing the
 * logits of one token computed in four ways: at the end of a prompt, alone, in a full batch, and at
 * the end of a prompt beside others.
 */
public final class WarmUp {
  private static final int TOKENS = 9;

  /** What warming all sizes may take: more than enough, except for a model that is slow anyway. */
  private static final Duration SIZES_LIMIT = Duration.ofSeconds(5);

  /** By how many tokens the input of a slot is longer than that of the slot before. */
  private static final int INPUT_STEP = 5;

  private final ModelRunner runner;
  private final String dtype;

  private WarmUp(ModelRunner runner, String dtype) {
    this.runner = runner;
    this.dtype = dtype;
  }

  /**
   * Runs it all.
   *
   * @param prefillChunk the longest run
   * @param dtype number format of the weights, which decides the tolerance
   * @throws IllegalStateException when the ways disagree, or a logit is not a finite number
   */
  public static void run(ModelRunner runner, int prefillChunk, String dtype) {
    new WarmUp(runner, dtype).run(prefillChunk);
  }

  private void run(int prefillChunk) {
    int chunk = Math.min(prefillChunk, runner.capacity() - 1);
    encode(0, runner.inputCapacity());
    runner.prefill(new PromptPart(0, prompt(chunk), 0, chunk));

    int length = Math.min(TOKENS, chunk);
    Prompt prompt = prompt(length);
    float[][] whole = new float[runner.slots()][];
    for (int slot = 0; slot < runner.slots(); slot++) {
      // Inputs differ in length, so that rows of a run do.
      encode(slot, Math.min(1 + slot * INPUT_STEP, runner.inputCapacity()));
      runner.prefill(new PromptPart(slot, prompt, 0, length));
      whole[slot] = logits(0);
    }
    // The last token again, on top of the others.
    int[] tokens = new int[runner.slots()];
    Arrays.fill(tokens, prompt.id(length - 1));
    int[] lengths = new int[runner.slots()];
    Arrays.fill(lengths, length - 1);
    runner.decode(1, tokens, lengths, null);
    compare(logits(0), whole[0], "decoded alone");
    runner.decode(runner.slots(), tokens, lengths, null);
    for (int row = 0; row < runner.slots(); row++) {
      compare(logits(row), whole[row], "decoded among %d".formatted(runner.slots()));
    }
    int last = runner.slots() - 1;
    if (last > 0) {
      encode(last, Math.min(1 + last * INPUT_STEP, runner.inputCapacity()));
      runner.decode(last, tokens, lengths, new PromptPart(last, prompt, 0, length));
      compare(logits(last), whole[last], "in a prompt beside %d".formatted(last));
    }
    runEverySize(prefillChunk, tokens, lengths);
    for (int slot = 0; slot < runner.slots(); slot++) {
      runner.freeSlot(slot);
    }
  }

  /**
   * Runs every batch size and every size of a part of a prompt once, so that no request pays for
   * the tensors and buffers of the first such run; the largest first, as time allows.
   */
  private void runEverySize(int prefillChunk, int[] tokens, int[] lengths) {
    long end = System.nanoTime() + SIZES_LIMIT.toNanos();
    for (int rows = runner.slots(); rows >= 1 && System.nanoTime() < end; rows--) {
      runner.decode(rows, tokens, lengths, null);
    }
    int[] sizes = PrefillPace.sizes(prefillChunk);
    int last = runner.slots() - 1;
    for (int i = sizes.length - 1; i >= 0 && System.nanoTime() < end; i--) {
      if (sizes[i] >= runner.capacity()) {
        continue;
      }
      PromptPart part = new PromptPart(last, prompt(sizes[i]), 0, sizes[i]);
      if (last > 0) {
        runner.decode(last, tokens, lengths, part);
      } else {
        runner.prefill(part);
      }
    }
  }

  /** Reads an input with the model's encoder, if it has one. */
  private void encode(int slot, int tokens) {
    if (runner.inputCapacity() > 0) {
      runner.encode(slot, prompt(tokens));
    }
  }

  private void compare(float[] logits, float[] expected, String how) {
    double error = relativeError(logits, expected);
    if (!(error <= tolerance())) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "self-check failed: the logits of a token %s differ from those at the end of a prompt"
                  + " by %.2g of their length, the limit for %s is %.2g: the kernels do not work on"
                  + " this machine",
              how,
              error,
              dtype,
              tolerance()));
    }
  }

  /**
   * Sums are taken in another order in another kernel, which moves fp32 by about 1e-6. Where
   * activations become 8-bit integers, that changes how some of them are rounded, and so on from
   * layer to layer: Gemma 3 270M in int4 was 0.053 off. A broken kernel is off by tens of percent.
   */
  private double tolerance() {
    if (dtype.equals("fp32")) {
      return 1e-3;
    }
    return dtype.startsWith("fp") ? 5e-2 : 0.15;
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

  private float[] logits(int row) {
    float[] logits = new float[runner.vocabularySize()];
    runner.readLogits(row, logits);
    return logits;
  }

  /** Some token ids all over the vocabulary. */
  private Prompt prompt(int length) {
    int[] ids = new int[Math.max(1, length)];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = (int) ((17 + i * 7_919L) % runner.vocabularySize());
    }
    return Prompt.of(ids);
  }
}
