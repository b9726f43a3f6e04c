package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;
import java.util.Arrays;
import java.util.List;

/**
 * Reads rotary embeddings from a GGUF file: keys below {@code ARCHITECTURE.rope.}, and divisors of
 * the frequencies, which are tensors.
 */
record GgufRotary(Gguf gguf, String architecture) {
  /** Divisors of the frequencies, as Llama 3.1 has them. */
  private static final String FACTORS = "rope_freqs.weight";

  /** LongRoPE's divisors up to the original context length; see {@link Rotary}. */
  private static final String SHORT_FACTORS = "rope_factors_short.weight";

  /** The base in layers with a window, of Gemma 3. */
  static final String BASE_IN_WINDOWS = "rope.freq_base_swa";

  /** LongRoPE's divisors beyond it, which are not used. */
  private static final String LONG_FACTORS = "rope_factors_long.weight";

  /** Whether a tensor is none of the network's, but read here. */
  static boolean isFactors(String tensor) {
    return List.of(FACTORS, SHORT_FACTORS, LONG_FACTORS).contains(tensor);
  }

  /** The context in which the frequencies hold. */
  int contextLength() {
    int context = context();
    return isLongRope() ? Math.min(context, originalContext()) : context;
  }

  /**
   * The embedding.
   *
   * @param usualWidth values of a head that are turned where the file does not say
   */
  RotaryEmbedding read(int headSize, int usualWidth) {
    GgufMetadata metadata = gguf.metadata();
    int width = metadata.integer(key("dimension_count"), 2, headSize, usualWidth);
    float[] frequencies = Rotary.frequencies(metadata.positive(key("freq_base"), 10_000), width);
    String scaling = metadata.string(key("scaling.type"));
    if (scaling != null && !List.of("none", "linear", "longrope").contains(scaling)) {
      throw new ImportException(
          "%s '%s' is not supported; supported: none, linear, longrope"
              .formatted(key("scaling.type"), scaling));
    }
    if ((isLongRope() || "longrope".equals(scaling)) && !has(SHORT_FACTORS)) {
      throw new ImportException("the checkpoint has no tensor " + SHORT_FACTORS);
    }
    // As llama.cpp: a factor without a type is linear, and had another name at first.
    double factor =
        scaling == null || scaling.equals("linear")
            ? metadata.positive(key("scaling.factor"), metadata.positive(key("scale_linear"), 1))
            : 1;
    String tensor = isLongRope() ? SHORT_FACTORS : FACTORS;
    float[] divisors = divisors(tensor, frequencies.length);
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = (float) (frequencies[i] / (factor * divisors[i]));
      if (!Float.isFinite(frequencies[i]) || frequencies[i] <= 0) {
        throw new ImportException(
            "%s: element %d is %s, which gives the rotary frequency %s"
                .formatted(tensor, i, divisors[i], frequencies[i]));
      }
    }
    return new RotaryEmbedding(width, Floats.asList(frequencies), scale());
  }

  /** The embedding in layers with a window, where Gemma 3 has a base of their own, not scaled. */
  RotaryEmbedding readInWindows(int headSize) {
    GgufMetadata metadata = gguf.metadata();
    int width = metadata.integer(key("dimension_count"), 2, headSize, headSize);
    double base = metadata.positive(architecture + "." + BASE_IN_WINDOWS, 10_000);
    return new RotaryEmbedding(width, Floats.asList(Rotary.frequencies(base, width)), 1);
  }

  /** What turned values are scaled by. */
  private float scale() {
    double usual =
        isLongRope()
            ? Rotary.longRopeScale((double) context() / originalContext(), originalContext())
            : 1;
    return (float) gguf.metadata().positive(key("scaling.attn_factor"), usual);
  }

  private float[] divisors(String name, int count) {
    float[] divisors = new float[count];
    Arrays.fill(divisors, 1);
    Tensor factors = gguf.tensors().get(name);
    if (factors != null) {
      if (factors.rows() != 1 || factors.columns() != count) {
        throw new ImportException(
            "tensor %s has shape %s, the configuration asks for [%d]"
                .formatted(name, factors.shape(), count));
      }
      factors.readRows(0, 1, divisors);
    }
    return divisors;
  }

  private boolean isLongRope() {
    return has(SHORT_FACTORS) || has(LONG_FACTORS);
  }

  private boolean has(String tensor) {
    return gguf.tensors().containsKey(tensor);
  }

  private int context() {
    return gguf.metadata().integer(architecture + ".context_length", 1, Limits.CONTEXT);
  }

  private int originalContext() {
    return gguf.metadata().integer(key("scaling.original_context_length"), 1, Limits.CONTEXT);
  }

  private String key(String name) {
    return architecture + ".rope." + name;
  }
}
