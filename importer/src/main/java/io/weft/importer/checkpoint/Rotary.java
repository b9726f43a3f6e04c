package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;

/** Rotary frequencies of a {@code config.json}. */
final class Rotary {
  private Rotary() {}

  /** The usual frequencies, {@code base^(-2i / headSize)}, before any scaling. */
  static float[] frequencies(double base, int headSize) {
    float[] frequencies = new float[headSize / 2];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = (float) (1 / Math.pow(base, 2.0 * i / headSize));
    }
    return frequencies;
  }

  /**
   * The frequencies, scaled as {@code rope_scaling} (since transformers 5 {@code rope_parameters})
   * says.
   */
  static float[] frequencies(ConfigJson config, int headSize) {
    ConfigJson scaling =
        config.object(config.has("rope_parameters") ? "rope_parameters" : "rope_scaling");
    double theta = (scaling.has("rope_theta") ? scaling : config).positive("rope_theta", 10_000);
    float[] frequencies = frequencies(theta, headSize);
    String type = scaling.text("rope_type", scaling.text("type", "default"));
    switch (type) {
      case "default" -> {}
      case "linear" -> {
        float factor = scaling.positive("factor", 1);
        for (int i = 0; i < frequencies.length; i++) {
          frequencies[i] /= factor;
        }
      }
      case "llama3" -> scaleAsLlama3(frequencies, scaling);
      default ->
          throw new ImportException(
              "config.json: rope type '%s' is not supported; supported: default, linear, llama3"
                  .formatted(type));
    }
    return frequencies;
  }

  /** As in {@code _compute_llama3_parameters} of transformers. */
  private static void scaleAsLlama3(float[] frequencies, ConfigJson scaling) {
    float factor = scaling.positive("factor", 1);
    float low = scaling.positive("low_freq_factor", 1);
    float high = scaling.positive("high_freq_factor", 4);
    float original = scaling.positive("original_max_position_embeddings", 8_192);
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
}
