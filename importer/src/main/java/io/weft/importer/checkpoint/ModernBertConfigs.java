package io.weft.importer.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.importer.error.ImportException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the {@code config.json} of ModernBERT, as transformers 4 and 5 write it. */
final class ModernBertConfigs {
  private static final String GLOBAL = "full_attention";
  private static final String LOCAL = "sliding_attention";

  private ModernBertConfigs() {}

  /**
   * @param maxSequence longest sequence that the checkpoint was tuned for, 0 without such a limit
   * @param tensors all names of the checkpoint; null where they are not known
   */
  static ModernBertConfig read(ConfigJson config, int maxSequence, @Nullable Set<String> tensors) {
    int positions = config.integer("max_position_embeddings", Limits.CONTEXT, 8_192);
    int hidden = config.integer("hidden_size", Limits.WIDTH);
    int heads = config.integer("num_attention_heads", Limits.HEADS);
    int headSize = Math.max(1, hidden / heads);
    int layers = config.integer("num_hidden_layers", Limits.LAYERS);
    if (config.has("rope_scaling")) {
      throw new ImportException("config.json: rope_scaling is not supported in modernbert models");
    }
    double globalTheta = theta(config, GLOBAL, "global_rope_theta", 160_000);
    // Null means as in the global layers; transformers 4 wrote it where nothing was chosen.
    boolean said = !config.json().path("local_rope_theta").isMissingNode();
    double localTheta = theta(config, LOCAL, "local_rope_theta", said ? globalTheta : 10_000);
    return new ModernBertConfig(
        EncoderHeads.read(config, tensors, "head.dense.weight"),
        config.integer("vocab_size", Limits.VOCABULARY),
        maxSequence == 0 ? positions : Math.min(maxSequence, positions),
        hidden,
        config.integer("intermediate_size", Limits.WIDTH),
        layers,
        heads,
        window(config),
        localLayers(config, layers),
        Floats.asList(Rotary.frequencies(globalTheta, headSize)),
        Floats.asList(Rotary.frequencies(localTheta, headSize)),
        Activation.read(config, "hidden_activation", "gelu"),
        config.positive("norm_eps", 1e-5),
        new ModernBertConfig.Biases(
            config.flag("attention_bias", false),
            config.flag("mlp_bias", false),
            config.flag("norm_bias", false)),
        classifier(config));
  }

  /** Half of what a local layer sees. */
  private static int window(ConfigJson config) {
    int window = config.integer("local_attention", Limits.CONTEXT, 128) / 2;
    if (window == 0) {
      throw new ImportException("config.json: local_attention is 1, it must be at least 2");
    }
    return window;
  }

  private static ModernBertConfig.Classifier classifier(ConfigJson config) {
    config.require("classifier_pooling", "cls", "cls", "mean");
    return new ModernBertConfig.Classifier(
        Activation.read(config, "classifier_activation", "gelu"),
        config.flag("classifier_bias", false),
        config.text("classifier_pooling", "cls").equals("mean"),
        config.flag("decoder_bias", true),
        config.flag("tie_word_embeddings", true));
  }

  /** The base of the rotary frequencies of one kind of layer. */
  private static double theta(ConfigJson config, String kind, String field, double otherwise) {
    ConfigJson parameters = config.object("rope_parameters").object(kind);
    parameters.require("rope_type", "default", "default");
    return parameters.has("rope_theta")
        ? parameters.positive("rope_theta", otherwise)
        : config.positive(field, otherwise);
  }

  private static List<Boolean> localLayers(ConfigJson config, int layers) {
    List<Boolean> local = new ArrayList<>();
    if (!config.has("layer_types")) {
      int every = config.integer("global_attn_every_n_layers", Limits.LAYERS, 3);
      for (int i = 0; i < layers; i++) {
        local.add(i % every != 0);
      }
      return local;
    }
    JsonNode types = config.json().path("layer_types");
    for (JsonNode type : types) {
      if (!type.asText("").equals(GLOBAL) && !type.asText("").equals(LOCAL)) {
        throw new ImportException(
            "config.json: layer_types has %s; supported: %s, %s".formatted(type, GLOBAL, LOCAL));
      }
      local.add(type.asText("").equals(LOCAL));
    }
    if (local.size() != layers) {
      throw new ImportException(
          "config.json: layer_types has %,d entries for %,d layers"
              .formatted(local.size(), layers));
    }
    return local;
  }
}
