package io.weft.importer.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.importer.checkpoint.LlamaConfig.Attention;
import io.weft.importer.checkpoint.LlamaConfig.Biases;
import io.weft.importer.checkpoint.LlamaConfig.Variant;
import io.weft.importer.error.ImportException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;

/**
 * Reads the {@code config.json} of Gemma (arXiv 2403.08295), Gemma 2 (2408.00118) and Gemma 3
 * (2503.19786), with the defaults of transformers: theirs may leave any field out.
 */
final class GemmaConfigs {
  private static final String FULL = "full_attention";
  private static final String SLIDING = "sliding_attention";
  private static final String ROPE = "rope_parameters";
  private static final String WINDOW = "sliding_window";

  private static final Map<String, Integer> GEMMA =
      Map.of(
          "vocab_size", 256_000,
          "hidden_size", 3_072,
          "intermediate_size", 24_576,
          "num_hidden_layers", 28,
          "num_attention_heads", 16,
          "num_key_value_heads", 16,
          "head_dim", 256,
          "max_position_embeddings", 8_192);
  private static final Map<String, Integer> GEMMA2 =
      Map.of(
          "vocab_size", 256_000,
          "hidden_size", 2_304,
          "intermediate_size", 9_216,
          "num_hidden_layers", 26,
          "num_attention_heads", 8,
          "num_key_value_heads", 4,
          "head_dim", 256,
          "max_position_embeddings", 8_192);

  /** What is otherwise than in {@link #GEMMA2}. */
  private static final Map<String, Integer> GEMMA3 =
      Map.of("vocab_size", 262_208, "max_position_embeddings", 131_072);

  private GemmaConfigs() {}

  static LlamaConfig gemma(ConfigJson written) {
    ConfigJson config = filled(written, GEMMA);
    List<Integer> windows = Collections.nCopies(layers(config), 0);
    Attention attention = Attention.usual(headSize(config), false, windows, rotary(config));
    return read(
        config,
        "gemma",
        Rotary.ofLlama(config).contextLength(),
        new Variant(
            biases(config),
            attention,
            activationOfGemma(config),
            false,
            embeddingScale(config),
            0));
  }

  static LlamaConfig gemma2(ConfigJson written) {
    ConfigJson config = filled(written, GEMMA2);
    RotaryEmbedding rotary = rotary(config);
    Attention attention =
        new Attention(
            scoreScale(config),
            cap(config, "attn_logit_softcapping", 50),
            false,
            windows(config, layer -> (layer + 1) % 2 > 0),
            rotary,
            rotary);
    return read(
        config,
        "gemma2",
        Rotary.ofLlama(config).contextLength(),
        withOutputNorms(config, attention, cap(config, "final_logit_softcapping", 30)));
  }

  /** Also of those that see pictures, once {@link TextConfig} took the part that writes. */
  static LlamaConfig gemma3(ConfigJson written) {
    ConfigJson config = filled(filled(written, GEMMA3), GEMMA2);
    int period = config.integer("sliding_window_pattern", Limits.LAYERS, 6);
    ConfigJson full = withRope(config, FULL, "rope_theta", 1_000_000);
    ConfigJson sliding = withRope(config, SLIDING, "rope_local_base_freq", 10_000);
    // Its configurations have attn_logit_softcapping too, which transformers does not use.
    Attention attention =
        new Attention(
            scoreScale(config),
            0,
            true,
            windows(config, layer -> (layer + 1) % period > 0),
            rotary(full),
            rotary(sliding));
    return read(
        config,
        "gemma3_text",
        Math.min(Rotary.ofLlama(full).contextLength(), Rotary.ofLlama(sliding).contextLength()),
        withOutputNorms(config, attention, cap(config, "final_logit_softcapping", 0)));
  }

  private static Variant withOutputNorms(ConfigJson config, Attention attention, float logitCap) {
    Activation activation = Activation.read(config, "hidden_activation", "gelu_pytorch_tanh");
    return new Variant(
        biases(config), attention, activation, true, embeddingScale(config), logitCap);
  }

  private static LlamaConfig read(ConfigJson config, String name, int context, Variant variant) {
    config.refuse("use_bidirectional_attention");
    return new LlamaConfig(
        name,
        config.integer("vocab_size", Limits.VOCABULARY),
        context,
        config.integer("hidden_size", Limits.WIDTH),
        config.integer("intermediate_size", Limits.WIDTH),
        layers(config),
        config.integer("num_attention_heads", Limits.HEADS),
        config.integer("num_key_value_heads", Limits.HEADS),
        headSize(config),
        config.positive("rms_norm_eps", 1e-6),
        config.flag("tie_word_embeddings", true),
        variant);
  }

  /** The configuration with those numbers that it leaves out. */
  private static ConfigJson filled(ConfigJson config, Map<String, Integer> usual) {
    ObjectNode filled = copy(config);
    usual.forEach(
        (field, number) -> {
          if (!config.has(field)) {
            filled.put(field, number);
          }
        });
    return new ConfigJson(filled);
  }

  private static ObjectNode copy(ConfigJson config) {
    ObjectNode copy = JsonNodeFactory.instance.objectNode();
    config.json().properties().forEach(field -> copy.set(field.getKey(), field.getValue()));
    return copy;
  }

  private static int layers(ConfigJson config) {
    return config.integer("num_hidden_layers", Limits.LAYERS);
  }

  private static int headSize(ConfigJson config) {
    return config.integer("head_dim", Limits.WIDTH);
  }

  private static Biases biases(ConfigJson config) {
    boolean bias = config.flag("attention_bias", false);
    return new Biases(bias, bias, false);
  }

  /** The first configurations of Gemma say gelu and mean its approximation. */
  private static Activation activationOfGemma(ConfigJson config) {
    Activation activation = Activation.read(config, "hidden_act", "gelu_pytorch_tanh");
    return activation == Activation.GELU ? Activation.GELU_TANH : activation;
  }

  private static float embeddingScale(ConfigJson config) {
    return (float) Math.sqrt(config.integer("hidden_size", Limits.WIDTH));
  }

  private static float scoreScale(ConfigJson config) {
    return (float) (1 / Math.sqrt(config.positive("query_pre_attn_scalar", 256)));
  }

  /** A limit that null takes away. */
  private static float cap(ConfigJson config, String field, double usual) {
    return config.json().path(field).isNull() ? 0 : config.positive(field, usual);
  }

  /**
   * The window of each layer, or 0.
   *
   * @param usual whether a layer has one where {@code layer_types} does not say
   */
  private static List<Integer> windows(ConfigJson config, IntPredicate usual) {
    boolean none = config.json().path(WINDOW).isNull();
    int window = none ? -1 : config.integer(WINDOW, Limits.CONTEXT, 4_096);
    List<Integer> windows = LlamaConfigs.windows(config, layers(config), window, usual);
    if (windows.contains(-1)) {
      throw new ImportException(
          "config.json: sliding_window is null, but layer %d has %s"
              .formatted(windows.indexOf(-1), SLIDING));
    }
    return windows;
  }

  private static RotaryEmbedding rotary(ConfigJson config) {
    return Rotary.ofLlama(config).embedding(headSize(config));
  }

  /**
   * A configuration with the rotary parameters of one kind of layers in the place where {@link
   * Rotary} looks for those of all.
   *
   * @param theta where older configurations have the base
   */
  private static ConfigJson withRope(
      ConfigJson config, String layers, String theta, double usualTheta) {
    ConfigJson all = config.object(ROPE);
    for (String field : fields(all)) {
      if (!List.of(FULL, SLIDING).contains(field)) {
        throw new ImportException(
            "config.json: %s has %s, it must have %s and %s".formatted(ROPE, field, FULL, SLIDING));
      }
    }
    ObjectNode own = copy(all.object(layers));
    JsonNode scaling = config.object("rope_scaling").json();
    if (layers.equals(FULL) && scaling.isObject()) {
      own.setAll((ObjectNode) scaling);
    }
    if (!own.hasNonNull("rope_theta")) {
      own.put("rope_theta", config.positive(theta, usualTheta));
    }
    ObjectNode changed = copy(config);
    changed.set(ROPE, own);
    changed.remove("rope_scaling");
    return new ConfigJson(changed);
  }

  private static List<String> fields(ConfigJson config) {
    return config.json().properties().stream().map(Map.Entry::getKey).toList();
  }
}
