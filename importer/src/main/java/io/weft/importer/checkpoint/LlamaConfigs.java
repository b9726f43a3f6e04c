package io.weft.importer.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.importer.checkpoint.LlamaConfig.Attention;
import io.weft.importer.checkpoint.LlamaConfig.Biases;
import io.weft.importer.checkpoint.LlamaConfig.Variant;
import io.weft.importer.error.ImportException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Reads the {@code config.json} of the Llama family, with the defaults of transformers; those of
 * the Gemmas are read by {@link GemmaConfigs}.
 */
final class LlamaConfigs {
  private LlamaConfigs() {}

  static LlamaConfig llama(ConfigJson config) {
    boolean bias = config.flag("attention_bias", false);
    Biases biases = new Biases(bias, bias, config.flag("mlp_bias", false));
    return read(config, "llama", biases, everywhere(0, layers(config)));
  }

  static LlamaConfig mistral(ConfigJson config) {
    // Without the field it is 4,096; null is no window.
    boolean said = !config.json().path("sliding_window").isMissingNode();
    List<Integer> windows = said ? sameWindows(config) : everywhere(4_096, layers(config));
    return read(config, "mistral", Biases.NONE, windows);
  }

  static LlamaConfig qwen2(ConfigJson config) {
    return read(config, "qwen2", new Biases(true, false, false), qwenWindows(config));
  }

  static LlamaConfig qwen3(ConfigJson config) {
    boolean bias = config.flag("attention_bias", false);
    return read(config, "qwen3", new Biases(bias, bias, false), qwenWindows(config));
  }

  static LlamaConfig phi3(ConfigJson config) {
    return read(config, "phi3", Biases.NONE, sameWindows(config));
  }

  private static LlamaConfig read(
      ConfigJson config, String name, Biases biases, List<Integer> windows) {
    config.require("hidden_act", "silu", "silu", "swish");
    boolean qwen3 = name.equals("qwen3");
    int hidden = config.integer("hidden_size", Limits.WIDTH);
    int heads = config.integer("num_attention_heads", Limits.HEADS);
    int headSize =
        config.integer("head_dim", Limits.WIDTH, qwen3 ? 128 : Math.max(1, hidden / heads));
    Rotary rotary = name.equals("phi3") ? Rotary.ofPhi3(config) : Rotary.ofLlama(config);
    return new LlamaConfig(
        name,
        config.integer("vocab_size", Limits.VOCABULARY),
        rotary.contextLength(),
        hidden,
        config.integer("intermediate_size", Limits.WIDTH),
        layers(config),
        heads,
        config.integer("num_key_value_heads", Limits.HEADS, heads),
        headSize,
        config.positive("rms_norm_eps", name.equals("phi3") ? 1e-5 : 1e-6),
        config.flag("tie_word_embeddings", false),
        Variant.usual(
            biases, Attention.usual(headSize, qwen3, windows, rotary.embedding(headSize))));
  }

  private static int layers(ConfigJson config) {
    return config.integer("num_hidden_layers", Limits.LAYERS);
  }

  /** A window that holds in all layers, or none. */
  private static List<Integer> sameWindows(ConfigJson config) {
    return everywhere(config.integer("sliding_window", Limits.CONTEXT, 0), layers(config));
  }

  private static List<Integer> everywhere(int window, int layers) {
    return Collections.nCopies(layers, window);
  }

  /** As in transformers' {@code Qwen2Config}: by {@code layer_types}, else from a layer on. */
  private static List<Integer> qwenWindows(ConfigJson config) {
    int layers = layers(config);
    if (!config.flag("use_sliding_window", false)) {
      return everywhere(0, layers);
    }
    int window = config.integer("sliding_window", Limits.CONTEXT, 4_096);
    int from = config.json().path("max_window_layers").asInt(28);
    return windows(config, layers, window, layer -> layer >= from);
  }

  /**
   * The window of each layer, or 0.
   *
   * @param window of layers that {@code layer_types} calls sliding
   * @param usual whether a layer is sliding where there is no such field
   */
  static List<Integer> windows(ConfigJson config, int layers, int window, IntPredicate usual) {
    JsonNode types = config.json().path("layer_types");
    if (types.isArray() && types.size() != layers) {
      throw new ImportException(
          "config.json: layer_types has %,d elements for %,d layers"
              .formatted(types.size(), layers));
    }
    List<Integer> windows = new ArrayList<>();
    for (int i = 0; i < layers; i++) {
      String otherwise = usual.test(i) ? "sliding_attention" : "full_attention";
      String type = types.isArray() ? types.path(i).asText("") : otherwise;
      windows.add(
          switch (type) {
            case "sliding_attention" -> window;
            case "full_attention" -> 0;
            default ->
                throw new ImportException(
                    ("config.json: layer_types[%d] '%s' is not supported; supported:"
                            + " full_attention, sliding_attention")
                        .formatted(i, type));
          });
    }
    return windows;
  }
}
