package io.weft.importer.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.importer.error.ImportException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads the {@code config.json} of T5, T5 1.1, Flan-T5, mT5 and ByT5. */
final class T5Configs {
  /** Tokens of an input and of an output in T5's pre-training. */
  private static final int T5_CONTEXT = 512;

  /** The same of mT5 and ByT5. */
  private static final int LONG_CONTEXT = 1_024;

  static final int MAX_BUCKETS = 4_096;
  private static final int MAX_DISTANCE = 1 << 15;
  private static final Map<String, Activation> ACTIVATIONS =
      new TreeMap<>(
          Map.of(
              "relu", Activation.RELU,
              "gelu", Activation.GELU,
              "gelu_new", Activation.GELU_TANH,
              "silu", Activation.SILU));

  /** As whole models with a head are called; T5WithLMHeadModel is the name before 2020. */
  private static final List<String> MODELS =
      List.of("T5ForConditionalGeneration", "MT5ForConditionalGeneration", "T5WithLMHeadModel");

  private T5Configs() {}

  static T5Config read(ConfigJson config) {
    checkModel(config);
    String name = config.text("model_type", "");
    boolean multilingual = name.equals("mt5");
    int layers = config.integer("num_layers", Limits.LAYERS);
    String feedForward = config.text("feed_forward_proj", multilingual ? "gated-gelu" : "relu");
    return new T5Config(
        name,
        config.integer("vocab_size", Limits.VOCABULARY),
        contextLength(config, multilingual),
        config.integer("d_model", Limits.WIDTH),
        config.integer("d_ff", Limits.WIDTH),
        layers,
        config.integer("num_decoder_layers", Limits.LAYERS, layers),
        config.integer("num_heads", Limits.HEADS),
        config.integer("d_kv", Limits.WIDTH),
        config.positive("layer_norm_epsilon", 1e-6),
        activation(config, feedForward),
        config.flag("is_gated_act", feedForward.startsWith("gated-")),
        !multilingual && scalesHead(config),
        config.integer("relative_attention_num_buckets", MAX_BUCKETS, 32),
        config.integer("relative_attention_max_distance", MAX_DISTANCE, 128));
  }

  private static void checkModel(ConfigJson config) {
    for (JsonNode model : config.json().path("architectures")) {
      if (!MODELS.contains(model.asText())) {
        throw new ImportException(
            "config.json: architectures names '%s'; supported are whole encoder-decoders: %s"
                .formatted(model.asText(), MODELS));
      }
    }
    if (!config.flag("is_encoder_decoder", true)) {
      throw new ImportException(
          "config.json: is_encoder_decoder is false; T5 is supported as a whole, not its encoder"
              + " or its decoder alone");
    }
  }

  /**
   * Until transformers 5 models with a tied head scaled, and only they. Since then all
   * configurations say that they are tied, and another field whether T5 scales; mT5 never does.
   */
  private static boolean scalesHead(ConfigJson config) {
    return config.flag("scale_decoder_outputs", config.flag("tie_word_embeddings", true));
  }

  private static int contextLength(ConfigJson config, boolean multilingual) {
    boolean bytes = config.text("tokenizer_class", "").equals(ByT5Tokenizer.CLASS);
    int usual = multilingual || bytes ? LONG_CONTEXT : T5_CONTEXT;
    return config.integer("n_positions", Limits.CONTEXT, usual);
  }

  /**
   * {@code feed_forward_proj} is {@code ACTIVATION} or {@code gated-ACTIVATION}, where {@code
   * gated-gelu} has always meant the approximation; {@code dense_act_fn}, where it stands, decides.
   */
  private static Activation activation(ConfigJson config, String feedForward) {
    String plain = feedForward.replaceFirst("^gated-", "");
    String function =
        config.text("dense_act_fn", feedForward.equals("gated-gelu") ? "gelu_new" : plain);
    Activation activation = ACTIVATIONS.get(function);
    if (activation == null || !ACTIVATIONS.containsKey(plain)) {
      throw new ImportException(
          "config.json: feed_forward_proj '%s' with dense_act_fn '%s' is not supported; supported: %s, each alone or after 'gated-'"
              .formatted(feedForward, function, ACTIVATIONS.keySet()));
    }
    return activation;
  }
}
