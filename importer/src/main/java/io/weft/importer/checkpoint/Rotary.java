package io.weft.importer.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.importer.error.ImportException;

/**
 * Reads rotary embeddings from a {@code config.json}: {@code rope_scaling}, since transformers 5
 * {@code rope_parameters}; where both stand there the first counts, as in {@code
 * convert_rope_params_to_dict} of transformers.
 */
final class Rotary {
  private static final String LONG_ROPE = "longrope";
  private static final String PART = "partial_rotary_factor";
  private static final String ORIGINAL = "original_max_position_embeddings";

  private final ConfigJson scaling;
  private final float theta;
  private final float part;
  private final int context;
  private final int original;

  /**
   * @param usualTheta the base of frequencies where the scaling has none
   * @param usualPart of a head that is turned where the scaling does not say
   * @param usualOriginal context before the scaling where nothing says, 0 for the whole one
   */
  private Rotary(ConfigJson config, float usualTheta, float usualPart, int usualOriginal) {
    this.scaling = scaling(config);
    this.theta = scaling.positive("rope_theta", usualTheta);
    this.part = scaling.positive(PART, usualPart);
    this.context = config.integer("max_position_embeddings", Limits.CONTEXT);
    int otherwise = usualOriginal == 0 ? context : usualOriginal;
    this.original =
        (config.has(ORIGINAL) ? config : scaling).integer(ORIGINAL, Limits.CONTEXT, otherwise);
  }

  /**
   * That of Llama, Mistral, Qwen2 and Qwen3, which turn whole heads.
   *
   * @throws ImportException where a part of each head is asked for: transformers turns them whole
   *     all the same, others do not
   */
  static Rotary ofLlama(ConfigJson config) {
    Rotary rotary =
        new Rotary(config, config.positive("rope_theta", 10_000), config.positive(PART, 1), 0);
    if (rotary.part != 1) {
      throw new ImportException(
          "config.json: %s is %s, which is not supported in %s models: they turn whole heads"
              .formatted(PART, rotary.part, config.text("model_type", "")));
    }
    return rotary;
  }

  static Rotary ofPhi3(ConfigJson config) {
    return new Rotary(
        config, config.positive("rope_theta", 10_000), config.positive(PART, 1), 4_096);
  }

  static Rotary ofGptNeoX(ConfigJson config) {
    return new Rotary(
        config, config.positive("rotary_emb_base", 10_000), config.positive("rotary_pct", 0.25), 0);
  }

  /** The usual frequencies, {@code base^(-2i / width)}, before any scaling. */
  static float[] frequencies(double base, int width) {
    float[] frequencies = new float[width / 2];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = (float) (1 / Math.pow(base, 2.0 * i / width));
    }
    return frequencies;
  }

  /**
   * The embedding, scaled as the configuration says.
   *
   * @param headSize values of a head
   */
  RotaryEmbedding embedding(int headSize) {
    int width = width(headSize);
    float[] frequencies = frequencies(theta, width);
    float scale = 1;
    String type = type();
    switch (type) {
      case "default" -> {}
      case "linear" -> {
        float factor = scaling.positive("factor", 1);
        for (int i = 0; i < frequencies.length; i++) {
          frequencies[i] /= factor;
        }
      }
      case "llama3" -> scaleAsLlama3(frequencies);
      case LONG_ROPE -> scale = scaleShort(frequencies);
      default ->
          throw new ImportException(
              ("config.json: rope type '%s' is not supported; supported: default, linear, llama3,"
                      + " longrope")
                  .formatted(type));
    }
    return new RotaryEmbedding(width, Floats.asList(frequencies), scale);
  }

  private static ConfigJson scaling(ConfigJson config) {
    ConfigJson scaling = config.object("rope_scaling");
    return scaling.json().isEmpty() ? config.object("rope_parameters") : scaling;
  }

  private String type() {
    String type = scaling.text("rope_type", scaling.text("type", "default"));
    // The first Phi-3 checkpoints call LongRoPE by the name of its author.
    return type.equals("su") ? LONG_ROPE : type;
  }

  /** Values of a head that are turned. */
  private int width(int headSize) {
    int width = (int) (headSize * part);
    if (part > 1 || width < 2 || width % 2 != 0) {
      throw new ImportException(
          "config.json: rotary part %s of a head of %d is %d values, it must be an even number in [2, %d]"
              .formatted(part, headSize, width, headSize));
    }
    return width;
  }

  /** The context in which the embedding's frequencies hold. */
  int contextLength() {
    return type().equals(LONG_ROPE) ? Math.min(context, original) : context;
  }

  /** As in {@code _compute_llama3_parameters} of transformers. */
  private void scaleAsLlama3(float[] frequencies) {
    float factor = scaling.positive("factor", 1);
    float low = scaling.positive("low_freq_factor", 1);
    float high = scaling.positive("high_freq_factor", 4);
    if (high <= low) {
      throw new ImportException(
          "config.json: high_freq_factor is %s, it must be above low_freq_factor, %s"
              .formatted(high, low));
    }
    for (int i = 0; i < frequencies.length; i++) {
      double wavelength = 2 * Math.PI / frequencies[i];
      if (wavelength > (double) original / low) {
        frequencies[i] /= factor;
      } else if (wavelength >= (double) original / high) {
        double smooth = (original / wavelength - low) / (high - low);
        frequencies[i] = (float) ((1 - smooth) * frequencies[i] / factor + smooth * frequencies[i]);
      }
    }
  }

  /**
   * LongRoPE (arXiv 2402.13753) has one set of divisors for texts within the original context and
   * one for longer ones. A key/value cache cannot change from one to the other, so the first is
   * taken and the context ends where it does. As in {@code _compute_longrope_parameters} of
   * transformers.
   *
   * @return the scale of the turned values
   */
  private float scaleShort(float[] frequencies) {
    JsonNode divisors = scaling.json().path("short_factor");
    if (!divisors.isArray() || divisors.size() != frequencies.length) {
      throw new ImportException(
          "config.json: short_factor has %,d elements, it must have %,d"
              .formatted(divisors.size(), frequencies.length));
    }
    for (int i = 0; i < frequencies.length; i++) {
      float divisor = divisors.path(i).floatValue();
      if (!Float.isFinite(divisor) || divisor <= 0) {
        throw new ImportException(
            "config.json: short_factor[%d] is %s, it must be a number above 0"
                .formatted(i, divisors.path(i)));
      }
      frequencies[i] /= divisor;
    }
    double factor = scaling.positive("factor", (double) context / original);
    return scaling.positive("attention_factor", longRopeScale(factor, original));
  }

  /**
   * What LongRoPE scales turned values by unless the checkpoint says.
   *
   * @param factor by how much the context is longer than the original one
   */
  static double longRopeScale(double factor, int original) {
    return factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
  }
}
