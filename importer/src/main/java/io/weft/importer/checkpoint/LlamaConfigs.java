package io.weft.importer.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.importer.checkpoint.LlamaConfig.Variant;
import io.weft.importer.error.ImportException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Reads the {@code config.json} of the Llama family, with the defaults of transformers. */
final class LlamaConfigs {
  private LlamaConfigs() {}

  static LlamaConfig llama(ConfigJson config) {
    boolean bias = config.flag("attention_bias", false);
    List<Integer> windows = everywhere(0, layers(config));
    return read(
        config, "llama", new Variant(bias, bias, config.flag("mlp_bias", false), false, windows));
  }

  static LlamaConfig mistral(ConfigJson config) {
    // Without the field it is 4,096; null is no window.
    boolean said = !config.json().path("sliding_window").isMissingNode();
    List<Integer> windows = said ? sameWindows(config) : everywhere(4_096, layers(config));
    return read(config, "mistral", new Variant(false, false, false, false, windows));
  }

  static LlamaConfig qwen2(ConfigJson config) {
    return read(config, "qwen2", new Variant(true, false, false, false, qwenWindows(config)));
  }

  static LlamaConfig qwen3(ConfigJson config) {
    boolean bias = config.flag("attention_bias", false);
    return read(config, "qwen3", new Variant(bias, bias, false, true, qwenWindows(config)));
  }

  static LlamaConfig phi3(ConfigJson config) {
    return read(config, "phi3", new Variant(false, false, false, false, sameWindows(config)));
  }

  private static LlamaConfig read(ConfigJson config, String name, Variant variant) {
    config.require("hidden_act", "silu", "silu", "swish");
    int hidden = config.integer("hidden_size", Limits.WIDTH);
    int heads = config.integer("num_attention_heads", Limits.HEADS);
    int usualHeadSize = name.equals("qwen3") ? 128 : Math.max(1, hidden / heads);
    int headSize = config.integer("head_dim", Limits.WIDTH, usualHeadSize);
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
        rotary.embedding(headSize),
        variant);
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
    JsonNode types = config.json().path("layer_types");
    int from = config.json().path("max_window_layers").asInt(28);
    if (types.isArray() && types.size() != layers) {
      throw new ImportException(
          "config.json: layer_types has %,d elements for %,d layers"
              .formatted(types.size(), layers));
    }
    List<Integer> windows = new ArrayList<>();
    for (int i = 0; i < layers; i++) {
      String usual = i >= from ? "sliding_attention" : "full_attention";
      String type = types.isArray() ? types.path(i).asText("") : usual;
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
