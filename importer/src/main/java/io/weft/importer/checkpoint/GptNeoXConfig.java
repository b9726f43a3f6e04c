package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;
import io.weft.runtime.model.Family;
import io.weft.runtime.model.ModelManifest;
import java.util.List;

/**
 * A decoder of the GPT-NeoX architecture (Pythia): rotary positions on a part of each head,
 * LayerNorm, and a feed-forward block beside or behind the attention.
 *
 * @param intermediateSize width of the feed-forward block
 * @param normEpsilon added to the variance in LayerNorm
 * @param parallelResidual whether attention and feed-forward block both start from the layer's
 *     input
 * @param attentionBias whether the projections of the attention have biases
 */
public record GptNeoXConfig(
    int vocabularySize,
    int contextLength,
    int hiddenSize,
    int intermediateSize,
    int layers,
    int heads,
    float normEpsilon,
    boolean tiedHead,
    Activation activation,
    boolean parallelResidual,
    boolean attentionBias,
    RotaryEmbedding rotary)
    implements Architecture {

  public GptNeoXConfig {
    if (hiddenSize % heads != 0) {
      throw new ImportException(
          "hidden size %d is no multiple of %d heads".formatted(hiddenSize, heads));
    }
    rotary.check(hiddenSize / heads);
  }

  /** Reads {@code config.json}, with the defaults of transformers. */
  static GptNeoXConfig read(ConfigJson config) {
    if (config.has("rope_scaling")) {
      throw new ImportException("config.json: rope_scaling is not supported in gpt_neox models");
    }
    int hidden = config.integer("hidden_size", Limits.WIDTH);
    int heads = config.integer("num_attention_heads", Limits.HEADS);
    ConfigJson rope = config.object("rope_parameters");
    rope.require("rope_type", "default", "default");
    int width =
        Rotary.width(
            Math.max(1, hidden / heads),
            rope.positive("partial_rotary_factor", config.positive("rotary_pct", 0.25)));
    double base =
        rope.positive(
            "rope_theta",
            config.positive("rotary_emb_base", config.positive("rope_theta", 10_000)));
    return new GptNeoXConfig(
        config.integer("vocab_size", Limits.VOCABULARY),
        config.integer("max_position_embeddings", Limits.CONTEXT),
        hidden,
        config.integer("intermediate_size", Limits.WIDTH),
        config.integer("num_hidden_layers", Limits.LAYERS),
        heads,
        config.positive("layer_norm_eps", 1e-5),
        config.flag("tie_word_embeddings", false),
        Activation.read(config, "hidden_act", "gelu"),
        config.flag("use_parallel_residual", true),
        config.flag("attention_bias", true),
        new RotaryEmbedding(width, Floats.asList(Rotary.frequencies(base, width)), 1));
  }

  @Override
  public String name() {
    return "gpt_neox";
  }

  @Override
  public Family family() {
    return Family.DECODER;
  }

  @Override
  public List<String> tasks() {
    return List.of(ModelManifest.TASK_GENERATE);
  }
}
