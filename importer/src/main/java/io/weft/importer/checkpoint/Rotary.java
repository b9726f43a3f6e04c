package io.weft.importer.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.importer.error.ImportException;

/** Reads rotary embeddings from a {@code config.json}. */
final class Rotary {
  private static final String LONG_ROPE = "longrope";

  private Rotary() {}

  /** The usual frequencies, {@code base^(-2i / width)}, before any scaling. */
  static float[] frequencies(double base, int width) {
    float[] frequencies = new float[width / 2];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = (float) (1 / Math.pow(base, 2.0 * i / width));
    }
    return frequencies;
  }

  /**
   * The embedding, scaled as {@code rope_scaling} (since transformers 5 {@code rope_parameters})
   * says.
   *
   * @param headSize values of a head, of which {@code partial_rotary_factor} are turned
   */
  static RotaryEmbedding read(ConfigJson config, int headSize) {
    ConfigJson scaling = scaling(config);
    ConfigJson thetaHolder = scaling.has("rope_theta") ? scaling : config;
    ConfigJson partHolder = scaling.has("partial_rotary_factor") ? scaling : config;
    float part = partHolder.positive("partial_rotary_factor", 1);
    int width = width(headSize, part);
    float[] frequencies = frequencies(thetaHolder.positive("rope_theta", 10_000), width);
    float scale = 1;
    String type = type(scaling);
    switch (type) {
      case "default" -> {}
      case "linear" -> {
        float factor = scaling.positive("factor", 1);
        for (int i = 0; i < frequencies.length; i++) {
          frequencies[i] /= factor;
        }
      }
      case "llama3" -> scaleAsLlama3(frequencies, config, scaling);
      case LONG_ROPE -> scale = scaleShort(frequencies, config, scaling);
      default ->
          throw new ImportException(
              ("config.json: rope type '%s' is not supported; supported: default, linear, llama3,"
                      + " longrope")
                  .formatted(type));
    }
    return new RotaryEmbedding(width, Floats.asList(frequencies), scale);
  }

  private static ConfigJson scaling(ConfigJson config) {
    return config.object(config.has("rope_parameters") ? "rope_parameters" : "rope_scaling");
  }

  private static String type(ConfigJson scaling) {
    String type = scaling.text("rope_type", scaling.text("type", "default"));
    // The first Phi-3 checkpoints call LongRoPE by the name of its author.
    return type.equals("su") ? LONG_ROPE : type;
  }

  /** Values of a head that are turned. */
  static int width(int headSize, float part) {
    int width = (int) (headSize * part);
    if (part > 1 || width < 2 || width % 2 != 0) {
      throw new ImportException(
          "config.json: rotary part %s of a head of %d is %d values, it must be an even number in [2, %d]"
              .formatted(part, headSize, width, headSize));
    }
    return width;
  }

  /** The context in which {@link #read}'s frequencies hold. */
  static int contextLength(ConfigJson config) {
    int context = config.integer("max_position_embeddings", Limits.CONTEXT);
    return type(scaling(config)).equals(LONG_ROPE) ? Math.min(context, original(config)) : context;
  }

  /** As in {@code _compute_llama3_parameters} of transformers. */
  private static void scaleAsLlama3(float[] frequencies, ConfigJson config, ConfigJson scaling) {
    float factor = scaling.positive("factor", 1);
    float low = scaling.positive("low_freq_factor", 1);
    float high = scaling.positive("high_freq_factor", 4);
    float original = original(config);
    if (high <= low) {
      throw new ImportException(
          "config.json: high_freq_factor is %s, it must be above low_freq_factor, %s"
              .formatted(high, low));
    }
    for (int i = 0; i < frequencies.length; i++) {
      double wavelength = 2 * Math.PI / frequencies[i];
      if (wavelength > original / low) {
        frequencies[i] /= factor;
      } else if (wavelength >= original / high) {
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
  private static float scaleShort(float[] frequencies, ConfigJson config, ConfigJson scaling) {
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
    int context = config.integer("max_position_embeddings", Limits.CONTEXT);
    int original = original(config);
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

  /** The context before the scaling, where nothing says the whole one. */
  private static int original(ConfigJson config) {
    String field = "original_max_position_embeddings";
    int context = config.integer("max_position_embeddings", Limits.CONTEXT);
    ConfigJson holder = config.has(field) ? config : scaling(config);
    return holder.integer(field, Limits.CONTEXT, context);
  }
}
