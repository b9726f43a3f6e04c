package io.weft.importer.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.importer.error.ImportException;
import java.util.Arrays;
import java.util.List;

/** Reads {@code config.json} into an {@link Architecture}. */
final class HuggingFaceConfig {
  private final JsonNode json;

  private HuggingFaceConfig(JsonNode json) {
    this.json = json;
  }

  /**
   * @param json the content of config.json
   * @param maxSequence longest sequence that the checkpoint was tuned for, 0 without such a limit
   */
  static Architecture read(JsonNode json, int maxSequence) {
    HuggingFaceConfig config = new HuggingFaceConfig(json);
    String type = config.text("model_type", "");
    return switch (type) {
      case "llama" -> config.llama();
      case "bert" -> config.bert(maxSequence);
      default ->
          throw new ImportException(
              "config.json: model_type '%s' is not supported; supported: bert, llama"
                  .formatted(type));
    };
  }

  private LlamaConfig llama() {
    require("hidden_act", "silu", "silu");
    refuse("attention_bias");
    refuse("mlp_bias");
    int hidden = integer("hidden_size", Limits.WIDTH);
    int heads = integer("num_attention_heads", Limits.HEADS);
    int headSize = integer("head_dim", Limits.WIDTH, Math.max(1, hidden / heads));
    return new LlamaConfig(
        integer("vocab_size", Limits.VOCABULARY),
        integer("max_position_embeddings", Limits.CONTEXT),
        hidden,
        integer("intermediate_size", Limits.WIDTH),
        integer("num_hidden_layers", Limits.LAYERS),
        heads,
        integer("num_key_value_heads", Limits.HEADS, heads),
        headSize,
        positive(json, "rms_norm_eps", 1e-6),
        json.path("tie_word_embeddings").asBoolean(false),
        Floats.asList(frequencies(headSize)));
  }

  private BertConfig bert(int maxSequence) {
    require("hidden_act", "gelu", "gelu");
    require("position_embedding_type", "absolute", "absolute");
    refuse("is_decoder");
    int positions = integer("max_position_embeddings", Limits.CONTEXT);
    return new BertConfig(
        integer("vocab_size", Limits.VOCABULARY),
        maxSequence == 0 ? positions : Math.min(maxSequence, positions),
        positions,
        integer("type_vocab_size", Limits.WIDTH),
        integer("hidden_size", Limits.WIDTH),
        integer("intermediate_size", Limits.WIDTH),
        integer("num_hidden_layers", Limits.LAYERS),
        integer("num_attention_heads", Limits.HEADS),
        positive(json, "layer_norm_eps", 1e-12));
  }

  /**
   * The rotary frequencies, scaled as {@code rope_scaling} (since transformers 5 {@code
   * rope_parameters}) says.
   */
  private float[] frequencies(int headSize) {
    JsonNode scaling = json.path(json.has("rope_parameters") ? "rope_parameters" : "rope_scaling");
    JsonNode thetaHolder = scaling.has("rope_theta") ? scaling : json;
    double theta = positive(thetaHolder, "rope_theta", 10_000);
    float[] frequencies = LlamaConfig.frequencies(theta, headSize);
    String type = scaling.path("rope_type").asText(scaling.path("type").asText("default"));
    switch (type) {
      case "default" -> {}
      case "linear" -> {
        float factor = positive(scaling, "factor", 1);
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
  private static void scaleAsLlama3(float[] frequencies, JsonNode scaling) {
    float factor = positive(scaling, "factor", 1);
    float low = positive(scaling, "low_freq_factor", 1);
    float high = positive(scaling, "high_freq_factor", 4);
    float original = positive(scaling, "original_max_position_embeddings", 8_192);
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

  private int integer(String field, int max) {
    if (!json.hasNonNull(field)) {
      throw new ImportException("config.json has no " + field);
    }
    return integer(field, max, 0);
  }

  private int integer(String field, int max, int otherwise) {
    JsonNode value = json.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return otherwise;
    }
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw new ImportException("config.json: %s is no integer".formatted(field));
    }
    if (value.asLong() < 1 || value.asLong() > max) {
      throw new ImportException(
          "config.json: %s is %,d, it must lie in [1, %,d]".formatted(field, value.asLong(), max));
    }
    return value.asInt();
  }

  private static float positive(JsonNode json, String field, double otherwise) {
    JsonNode value = json.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return (float) otherwise;
    }
    float number = value.isNumber() ? value.floatValue() : Float.NaN;
    if (!Float.isFinite(number) || number <= 0) {
      throw new ImportException(
          "config.json: %s is %s, it must be a number above 0".formatted(field, value));
    }
    return number;
  }

  private String text(String field, String otherwise) {
    return json.path(field).asText(otherwise);
  }

  private void require(String field, String otherwise, String... supported) {
    String value = text(field, otherwise);
    if (!Arrays.asList(supported).contains(value)) {
      throw new ImportException(
          "config.json: %s '%s' is not supported; supported: %s"
              .formatted(field, value, List.of(supported)));
    }
  }

  private void refuse(String flag) {
    if (json.path(flag).asBoolean(false)) {
      throw new ImportException("config.json: %s is not supported".formatted(flag));
    }
  }
}
